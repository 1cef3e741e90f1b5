package cli

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/diag"
)

type tailFlags struct {
	awsFlags

	from     string
	shard    string
	limit    int64
	idleExit time.Duration
	raw      bool
}

func newTail(a *app) *cobra.Command {
	var f tailFlags
	cmd := &cobra.Command{
		Use:   "tail stream",
		Short: "Print the records of a stream",
		Example: `  penstock tail orders                                   what arrives from now on, until Ctrl-C
  penstock tail orders --from trim-horizon --limit 10    the first ten there are
  penstock tail orders --from 15m --output json          the last 15 minutes, with keys and numbers
  penstock tail orders --from trim-horizon --idle-exit 2s | wc -l`,
		Long: `Each record is a line. All shards are read, and those that follow from them after a split or
merge when their parents have been read to the end; only the order within a shard is kept.
Control characters and bytes that are no text are printed as escapes, unless --raw is given.`,
		Args: argCount(1, "stream"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return f.completeStream(cmd, a, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.tail(cmd, args[0], &f) },
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "latest", "`where` to begin: latest, trim-horizon, a time such as 2026-01-31T08:00:00Z, or so long ago, such as 15m")
	flags.StringVar(&f.shard, "shard", "", "`id` of the only shard to read, such as shardId-000000000003")
	flags.Int64VarP(&f.limit, "limit", "n", 0, "end after this many `records`; 0: no limit")
	flags.DurationVar(&f.idleExit, "idle-exit", 0, "end when no record has come for this `time` and everything there was has been read")
	flags.BoolVar(&f.raw, "raw", false, "print payloads byte for byte")
	mustRegister(
		cmd.RegisterFlagCompletionFunc("from", cobra.FixedCompletions([]string{"latest", "trim-horizon"}, cobra.ShellCompDirectiveNoFileComp)),
		cmd.RegisterFlagCompletionFunc("shard", cobra.NoFileCompletions),
		cmd.RegisterFlagCompletionFunc("limit", cobra.NoFileCompletions),
		cmd.RegisterFlagCompletionFunc("idle-exit", cobra.NoFileCompletions),
	)
	return cmd
}

func (a *app) tail(cmd *cobra.Command, stream string, f *tailFlags) error {
	from, ok := parseFrom(f.from, time.Now())
	switch {
	case !ok:
		return usageError(cmd, "--from %q is not latest, trim-horizon, a time such as 2026-01-31T08:00:00Z, or a duration such as 15m", f.from)
	case f.limit < 0 || f.idleExit < 0:
		return usageError(cmd, "--limit and --idle-exit cannot be negative")
	case f.raw && a.json():
		return usageError(cmd, "--raw has no effect on --output json")
	}
	ctx, done := a.interruptible(cmd.Context())
	defer done()
	err := a.follow(ctx, stream, from, f)
	if diag.KindOf(err) == diag.Interrupted { // there is no other way to end it, so it is no failure
		return nil
	}
	return err
}

func (a *app) follow(ctx context.Context, stream string, from startPoint, f *tailFlags) error {
	client, err := f.client(ctx, a, stream)
	if err != nil {
		return err
	}
	if a.console.canRewrite && !a.json() {
		a.console.printf("%s\n", a.console.style(dim, "reading "+stream+" from "+f.from+"; Ctrl-C ends it"))
	}
	t := &tailer{
		client: client, from: from, only: f.shard, idleExit: f.idleExit,
		print: (&recordPrinter{app: a, raw: f.raw, limit: f.limit}).print,
	}
	return t.run(ctx)
}

// startPoint is where the reading of a shard begins.
type startPoint struct {
	kind types.ShardIteratorType
	at   time.Time // of AT_TIMESTAMP
	id   string    // of AFTER_SEQUENCE_NUMBER
}

// parseFrom reads the value of --from.
func parseFrom(text string, now time.Time) (startPoint, bool) {
	switch strings.ToLower(strings.ReplaceAll(text, "_", "-")) {
	case "latest":
		return startPoint{kind: types.ShardIteratorTypeLatest}, true
	case "trim-horizon":
		return startPoint{kind: types.ShardIteratorTypeTrimHorizon}, true
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return startPoint{kind: types.ShardIteratorTypeAtTimestamp, at: now.Add(-ago)}, true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
			return startPoint{kind: types.ShardIteratorTypeAtTimestamp, at: at}, true
		}
	}
	return startPoint{}, false
}
