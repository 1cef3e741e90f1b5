package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/connector/kinesis"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
)

type inferFlags struct {
	awsFlags

	limit int64
	table string
}

func newInfer(a *app) *cobra.Command {
	var f inferFlags
	cmd := &cobra.Command{
		Use:   "infer stream|file",
		Short: "Print a CREATE TABLE for what is in a stream or a file",
		Long: `Reads a sample of the records, the oldest first, and finds out their format (json, debezium-json, csv, raw),
whether they are compressed, aggregated or log events of CloudWatch, their columns with types, and which column
says when things happened. A column is NOT NULL if every record of the sample has a value: look at that, and at
the delay of the watermark, before you rely on them.`,
		Example: `  penstock infer orders
  penstock infer orders.ndjson.gz --table orders
  penstock infer orders --limit 10000 --output json`,
		Args: argCount(1, "stream or file"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			streams, _ := f.completeStream(cmd, a, args)
			return streams, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.infer(cmd, args[0], &f) },
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.Int64VarP(&f.limit, "limit", "n", 1000, "look at so `many` records at most")
	flags.StringVar(&f.table, "table", "", "`name` of the table (default: that of the stream or file)")
	for _, name := range []string{"limit", "table"} {
		mustRegister(cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
	return cmd
}

// inferObject is the JSON form of what infer has found.
type inferObject struct {
	SQL     string        `json:"sql"`
	Format  string        `json:"format"`
	Records int           `json:"records"`
	Bad     int           `json:"bad"`
	Columns []inferColumn `json:"columns"`
}

type inferColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func (a *app) infer(cmd *cobra.Command, source string, f *inferFlags) error {
	if f.limit < 1 {
		return usageError(cmd, "--limit must be at least 1")
	}
	ctx, done := a.interruptible(cmd.Context())
	defer done()
	records, with, err := a.sample(ctx, source, f)
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return diag.Errorf(diag.NotFound, diag.Span{}, "there is no record in %s to infer a table from", source).
			WithHint("write some first: penstock put %s '{\"id\": 1}'", source)
	}
	found := format.Infer(records, with[0][1] == "filesystem")
	name := f.table
	if name == "" {
		name = tableName(source)
	}
	text := createTable(name, &found, with)
	if a.json() {
		object := inferObject{SQL: text, Format: found.Format, Records: found.Records, Bad: found.Bad}
		for _, column := range found.Columns {
			object.Columns = append(object.Columns, inferColumn{column.Name, column.Type.String()})
		}
		return a.printJSON(object)
	}
	if _, err := fmt.Fprint(a.env.Out, text); err != nil {
		return err
	}
	bad := ""
	if found.Bad > 0 {
		bad = ", " + count(found.Bad) + " of them not like the others"
	}
	a.console.printf("from %s%s\n", plural(found.Records, "record"), bad)
	return nil
}

// sample returns records of a file or stream, and the options of a table that reads it.
func (a *app) sample(ctx context.Context, source string, f *inferFlags) (records [][]byte, with [][2]string, err error) {
	if info, err := os.Stat(source); err == nil && info.Mode().IsRegular() {
		records, err := a.sampleFile(source, f.limit)
		return records, [][2]string{{"connector", "filesystem"}, {"path", source}}, err
	}
	client, err := f.client(ctx, a, source)
	if err != nil {
		return nil, nil, err
	}
	t := &tailer{
		client: client, from: startPoint{kind: types.ShardIteratorTypeTrimHorizon}, idleExit: sampleIdle,
		print: func(_ string, page []types.Record) error {
			for i := range page {
				for _, data := range kinesis.UserRecords(page[i].Data) {
					if int64(len(records)) == f.limit {
						return errLimit
					}
					records = append(records, bytes.Clone(data))
				}
			}
			return nil
		},
	}
	err = t.run(ctx)
	with = [][2]string{{"connector", "kinesis"}, {"stream", source}}
	if client.region != "" {
		with = append(with, [2]string{"aws.region", client.region})
	}
	return records, append(with, [2]string{"scan.stream.initpos", "TRIM_HORIZON"}), err
}

// sampleIdle is how long nothing has to come before the sample is what there is.
const sampleIdle = time.Second

func (a *app) sampleFile(path string, limit int64) ([][]byte, error) {
	input, err := a.openInput(path)
	if err != nil {
		return nil, err
	}
	defer input.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var records [][]byte
	for line := range readLines(ctx, input, keyer{constant: "unused"}) {
		if line.err != nil {
			return nil, line.err
		}
		if records = append(records, line.data); int64(len(records)) == limit {
			break
		}
	}
	return records, nil
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// tableName makes a name for a table of that of a stream, its ARN, or a file.
func tableName(source string) string {
	name, _, _ := strings.Cut(filepath.Base(source), ".")
	name = strings.Trim(notInNames.ReplaceAllString(name, "_"), "_")
	if name == "" {
		return "t"
	}
	return name
}

// createTable writes the statement.
func createTable(name string, found *format.Inferred, with [][2]string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "CREATE TABLE %s (\n", identifier(name))
	for i, column := range found.Columns {
		fmt.Fprintf(&out, "  %s %s", identifier(column.Name), column.Type)
		if i < len(found.Columns)-1 || found.EventTime != "" {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
	}
	if column := found.EventTime; column != "" {
		event := identifier(column)
		if found.EpochUnit >= 0 {
			event = identifier(column + "_ltz")
			fmt.Fprintf(&out, "  %s AS TO_TIMESTAMP_LTZ(%s, %d),\n", event, identifier(column), found.EpochUnit)
		}
		fmt.Fprintf(&out, "  WATERMARK FOR %s AS %s - INTERVAL '%d' SECOND\n", event, event, delaySeconds(found.Disorder))
	}
	out.WriteString(") WITH (\n")
	with = append(append(with, [2]string{"format", found.Format}), found.Options...)
	for i, option := range with {
		comma := ","
		if i == len(with)-1 {
			comma = ""
		}
		fmt.Fprintf(&out, "  '%s' = '%s'%s\n", option[0], strings.ReplaceAll(option[1], "'", "''"), comma)
	}
	out.WriteString(");\n")
	return out.String()
}

// delaySeconds is a delay that would have been enough, and a little more.
func delaySeconds(disorder int64) int64 {
	const least = 1
	seconds := (disorder + time.Second.Microseconds() - 1) / time.Second.Microseconds()
	return max(least, seconds+seconds/4)
}

func identifier(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
