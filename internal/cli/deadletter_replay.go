package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/diag"
)

type replayFlags struct {
	awsFlags
	letterFilter

	to       string
	rate     string
	dryRun   bool
	progress bool
}

func newDeadLetterReplay(a *app) *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay file",
		Short: "Put the records of dead letters back into their streams",
		Long: `The bytes go out as they came, with their partition key and their explicit hash key, in the order of the
letters, into the stream that each came from or into the one that --to names. The letters stay in the
file: move it away when all is well, or use --after the next time.`,
		Example: `  penstock dead-letter replay letters.ndjson --dry-run
  penstock dead-letter replay letters.ndjson --table orders --to orders-repair --rate 100/s
  penstock tail dead-letters --from trim-horizon --raw | penstock dead-letter replay -`,
		Args: argCount(1, "file"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.replay(cmd, args[0], &f) },
	}
	f.awsFlags.add(cmd)
	f.letterFilter.add(cmd, "replay")
	flags := cmd.Flags()
	flags.StringVar(&f.to, "to", "", "`stream` to put all records into (default: where each came from)")
	flags.StringVar(&f.rate, "rate", "", "`records` in a time at most, such as 1000/s or 90/m (default: no limit)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would go where, and put nothing")
	flags.BoolVar(&f.progress, "progress", false, "show progress also where it is not a terminal")
	for _, name := range []string{"to", "rate"} {
		mustRegister(cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
	return cmd
}

// replaySummary is the JSON form of what replay did, or with DryRun would do.
type replaySummary struct {
	Streams map[string]int64 `json:"streams"` // records by stream
	Records int64            `json:"records"`
	Bytes   int64            `json:"bytes"`
	Left    int64            `json:"left"` // letters without a stream or without bytes
	Last    int64            `json:"last"` // number of the last letter whose record was put
	DryRun  bool             `json:"dry_run"`
}

// replayer puts letters back, a request at a time.
type replayer struct {
	app     *app
	ctx     context.Context //nolint:containedctx // of one command
	flags   *replayFlags
	pace    pace
	clients map[string]*streamClient
	show    *putProgress

	stream  string // of the entries
	entries []types.PutRecordsRequestEntry
	numbers []int64 // of the letters of the entries
	bytes   int

	sum  replaySummary
	sent putter // counts for the progress line
}

func (a *app) replay(cmd *cobra.Command, path string, f *replayFlags) error {
	perSecond, err := parseRate(f.rate)
	if err != nil {
		return usageError(cmd, "--rate %q is not of the form 1000/s or 90/m", f.rate)
	}
	ctx, done := a.interruptible(cmd.Context())
	defer done()
	r := &replayer{
		app: a, ctx: ctx, flags: f, pace: pace{perSecond: perSecond}, clients: map[string]*streamClient{},
		show: newPutProgress(a, f.progress, &input{name: path}), sum: replaySummary{Streams: map[string]int64{}, DryRun: f.dryRun},
	}
	r.show.begin()
	_, _, err = a.letters(path, f.letterFilter, r.add)
	if err == nil {
		err = r.flush()
	}
	return r.finish(err)
}

// add takes a letter, and sends those before it if it does not fit to them.
func (r *replayer) add(letter *deadletter.Letter, number int64) error {
	if r.ctx.Err() != nil {
		return diag.Errorf(diag.Interrupted, diag.Span{}, "interrupted")
	}
	stream := cmp.Or(r.flags.to, letter.Stream)
	if stream == "" || len(letter.Data) == 0 {
		r.sum.Left++
		return nil
	}
	entry := types.PutRecordsRequestEntry{Data: letter.Data, PartitionKey: aws.String(cmp.Or(letter.PartitionKey, randomKey()))}
	if letter.ExplicitHashKey != "" {
		entry.ExplicitHashKey = &letter.ExplicitHashKey
	}
	size := len(entry.Data) + len(*entry.PartitionKey)
	if len(r.entries) > 0 && (stream != r.stream || r.bytes+size > maxRequestBytes || len(r.entries) >= r.pace.batchSize()) {
		if err := r.flush(); err != nil {
			return err
		}
	}
	r.stream = stream
	r.entries = append(r.entries, entry)
	r.numbers = append(r.numbers, number)
	r.bytes += size
	return nil
}

// flush sends the entries and waits until the stream has taken them all.
func (r *replayer) flush() error {
	if len(r.entries) == 0 {
		return nil
	}
	if !r.flags.dryRun {
		client := r.clients[r.stream]
		if client == nil {
			var err error
			if client, err = r.flags.client(r.ctx, r.app, r.stream); err != nil {
				return err
			}
			r.clients[r.stream] = client
		}
		p := &putter{client: client, pace: r.pace}
		err := p.send(r.ctx, r.entries)
		r.pace = p.pace
		r.sent.records += p.records
		r.sent.retried += p.retried
		if err != nil {
			return err
		}
		r.show.show(&r.sent)
	}
	r.sum.Streams[r.stream] += int64(len(r.entries))
	r.sum.Records += int64(len(r.entries))
	for _, entry := range r.entries {
		r.sum.Bytes += int64(len(entry.Data))
	}
	r.sum.Last = r.numbers[len(r.numbers)-1]
	r.entries, r.numbers, r.bytes = r.entries[:0], r.numbers[:0], 0
	return nil
}

// finish says what was put, also when the rest failed.
func (r *replayer) finish(fault error) error {
	a := r.app
	a.console.clearLive()
	if a.json() {
		return cmp.Or(fault, a.printJSON(r.sum))
	}
	verb := "put"
	if r.flags.dryRun {
		verb = "would put"
	}
	for _, stream := range slices.Sorted(maps.Keys(r.sum.Streams)) {
		a.console.printf("%s %s into %s\n", verb, plural(r.sum.Streams[stream], "record"), stream)
	}
	if r.sum.Left > 0 {
		a.console.printf("left %s that came from no stream or %s no bytes: --to names a stream\n", plural(r.sum.Left, "letter"), hasOrHave(r.sum.Left))
	}
	if r.sum.Records == 0 && r.sum.Left == 0 && fault == nil {
		a.console.printf("there was nothing to put\n")
	}
	if fault != nil && r.sum.Records > 0 {
		return fmt.Errorf("after letter %d, go on with --after %d: %w", r.sum.Last, r.sum.Last, fault)
	}
	return fault
}

func hasOrHave(n int64) string {
	if n == 1 {
		return "has"
	}
	return "have"
}
