package cli

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/spf13/cobra"
)

type putFlags struct {
	awsFlags

	file     string
	key      string
	keyField string
	rate     string
	progress bool
}

func newPut(a *app) *cobra.Command {
	var f putFlags
	cmd := &cobra.Command{
		Use:   "put stream [payload]",
		Short: "Write records to a stream",
		Example: `  penstock put orders '{"id": 1}' --partition-key eu             one record
  penstock put orders --file orders.ndjson.gz                    one record for each line
  penstock put orders --file orders.ndjson --partition-key-field customer --rate 1000/s
  generate | penstock put orders                                 from standard input`,
		Long: `Each line is one record; empty lines are skipped, and gzip is recognised. Records go out in
order, one request at a time, and those that the stream refuses for the moment are sent again,
which may put them behind later ones. Without a partition key each record gets a random one.`,
		Args: argCount(1, "stream", "payload"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return f.completeStream(cmd, a, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.put(cmd, args, &f) },
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "file", "f", "-", "`file` with one record per line, or - for standard input")
	flags.StringVar(&f.key, "partition-key", "", "partition `key` of all records")
	flags.StringVar(&f.keyField, "partition-key-field", "", "`field` of each JSON record that holds its partition key")
	flags.StringVar(&f.rate, "rate", "", "`records` in a time at most, such as 1000/s or 90/m (default: no limit)")
	flags.BoolVar(&f.progress, "progress", false, "show progress also where it is not a terminal")
	for _, name := range []string{"partition-key", "partition-key-field", "rate"} {
		mustRegister(cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
	return cmd
}

func (a *app) put(cmd *cobra.Command, args []string, f *putFlags) error {
	perSecond, err := parseRate(f.rate)
	if err != nil {
		return usageError(cmd, "--rate %q is not of the form 1000/s or 90/m", f.rate)
	}
	if f.key != "" && f.keyField != "" {
		return usageError(cmd, "--partition-key and --partition-key-field exclude each other")
	}
	if len(args) > 1 && (cmd.Flags().Changed("file") || f.keyField != "" || f.rate != "") {
		return usageError(cmd, "a payload in the command takes none of --file, --partition-key-field and --rate")
	}
	ctx, done := a.interruptible(cmd.Context())
	defer done()
	client, err := f.client(ctx, a, args[0])
	if err != nil {
		return err
	}
	if len(args) > 1 {
		return a.putOne(ctx, client, args[1], f.key)
	}
	input, err := a.openInput(f.file)
	if err != nil {
		return err
	}
	defer input.Close()
	p := &putter{
		client: client, pace: pace{perSecond: perSecond}, progress: newPutProgress(a, f.progress, input),
	}
	err = p.run(ctx, readLines(ctx, input, keyer{constant: f.key, field: f.keyField}))
	return p.finish(a, args[0], err)
}

// putOne writes one record and prints where it went.
func (a *app) putOne(ctx context.Context, client *streamClient, payload, key string) error {
	if key == "" {
		key = randomKey()
	}
	name, arn := client.target()
	out, err := client.PutRecord(ctx, &kinesis.PutRecordInput{
		StreamName: name, StreamARN: arn, Data: []byte(payload), PartitionKey: aws.String(key),
	})
	if err != nil {
		return client.explain(ctx, "PutRecord", err)
	}
	place := recordPlace{ShardID: aws.ToString(out.ShardId), SequenceNumber: aws.ToString(out.SequenceNumber)}
	if a.json() {
		return a.printJSON(place)
	}
	_, err = fmt.Fprintf(a.env.Out, "%s %s\n", place.ShardID, place.SequenceNumber)
	return err
}

// recordPlace says where a record is.
type recordPlace struct {
	ShardID        string `json:"shard_id"`
	SequenceNumber string `json:"sequence_number"`
}

// parseRate reads 1000/s, 1000 or 90/m as records per second; 0 is no limit.
func parseRate(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	number, unit, _ := strings.Cut(text, "/")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(n > 0) || math.IsInf(n, 1) {
		return 0, fmt.Errorf("not a rate: %q", text)
	}
	switch strings.TrimSpace(unit) {
	case "", "s", "sec", "second":
		return n, nil
	case "m", "min", "minute":
		return n / time.Minute.Seconds(), nil
	}
	return 0, fmt.Errorf("not a unit of time: %q", unit)
}

// completeStream completes the names of streams by asking the service for them.
func (f *awsFlags) completeStream(cmd *cobra.Command, a *app, args []string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	const patience = 2 * time.Second // a shell waits for this
	ctx, cancel := context.WithTimeout(cmd.Context(), patience)
	defer cancel()
	client, err := f.client(ctx, a, "")
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	streams, err := client.ListStreams(ctx, &kinesis.ListStreamsInput{})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return streams.StreamNames, cobra.ShellCompDirectiveNoFileComp
}
