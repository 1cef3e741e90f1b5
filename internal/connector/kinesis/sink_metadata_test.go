package kinesis

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

var keyed = []connector.Column{
	{Name: "pk", Type: types.String, Metadata: metadataPartitionKey},
	{Name: "n", Type: types.Of(types.BigInt)},
	{Name: "hash", Type: types.String, Metadata: metadataExplicitHashKey},
}

// parse reads rows of columns in text form.
func (w *world) parse(columns []connector.Column, text string) *batch.Batch {
	w.Helper()
	var schema types.Schema
	for _, column := range columns {
		schema = append(schema, types.Field{Name: column.Name, Type: column.Type})
	}
	b, err := batch.Parse(text, schema)
	w.must(err)
	return b
}

func TestKeysAreWrittenFromMetadataColumns(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		const most = "340282366920938463463374607431768211455" // 2^128-1
		writer := w.writer(w.table(keyed))
		w.must(writer.Write(w.Context(), w.parse(keyed, "pk|n|hash\na|1|0\na|2|"+most+"\nb|3|NULL\n|4|0\n"+strings.Repeat("ä", 300)+"|5|0\nNULL|6|"+most)))
		w.must(writer.Flush(w.Context()))
		var got []string
		for _, r := range w.records() {
			key := *r.PartitionKey
			if len(key) > 16 {
				key = fmt.Sprintf("%d characters", len([]rune(key)))
			}
			if string(r.Data) == `{"n":6}` {
				key = fmt.Sprintf("random of %d characters", len(key))
			}
			got = append(got, fmt.Sprintf("%s %s", key, r.Data))
		}
		// The second shard begins with the second record of a, for its hash key.
		want := []string{`a {"n":1}`, `  {"n":4}`, `256 characters {"n":5}`, `a {"n":2}`, `b {"n":3}`, `random of 16 characters {"n":6}`}
		if !slices.Equal(got, want) {
			w.Errorf("got\n%q\nwant\n%q", got, want)
		}
	})
}

func TestBadExplicitHashKeys(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		rows := w.parse(keyed, "pk|n|hash\na|1|0\na|2|-1\na|3|01\na|4|340282366920938463463374607431768211456\na|5|7")
		wantError(w.T, w.writer(w.table(keyed)).Write(w.Context(), rows), `
error: table "clicks": "-1" is no explicit hash key
  hint: it is a number from 0 to 2^128-1, in decimal digits; NULL leaves it to the service; 'sink.bad-records' = 'skip' counts and leaves out such rows, 'dead-letter' keeps them as well`)
		writer := w.writer(w.table(keyed, "sink.bad-records", "skip"))
		before := w.meter.BadRecords.Load()
		w.must(writer.Write(w.Context(), rows))
		w.must(writer.Flush(w.Context()))
		if got, bad := len(w.records()), w.meter.BadRecords.Load()-before; got != 2 || bad != 3 {
			w.Errorf("%d records, %d bad", got, bad)
		}
	})
}

func TestMetadataThatCannotBeWritten(t *testing.T) {
	for _, test := range []struct {
		columns []connector.Column
		by      []string
		options []string
		want    string
	}{
		{columns: append([]connector.Column{{Name: "at", Type: types.TimestampLTZ3, Metadata: metadataTimestamp}}, keyed...), want: `
error: column "at" of table "clicks" cannot be written: its metadata "timestamp" comes from the service
  hint: declare it VIRTUAL; what can be written is partition-key and explicit-hash-key`},
		{columns: append([]connector.Column{{Name: "pk2", Type: types.String, Metadata: metadataPartitionKey}}, keyed...), want: `
error: table "clicks" writes metadata "partition-key" twice
  hint: declare one of the columns VIRTUAL`},
		{columns: keyed, by: []string{"n"}, want: `
error: table "clicks" has two partition keys: PARTITIONED BY and a column with metadata "partition-key"
  hint: remove PARTITIONED BY, or declare the column VIRTUAL`},
		{columns: keyed, options: []string{"sink.partitioner", "random"}, want: `
error: option "sink.partitioner" is 'random', but table "clicks" writes the partition key from a column
  hint: remove the option, or declare the column VIRTUAL`},
	} {
		inWorld(t, 1, func(w *world) {
			table := w.table(test.columns, test.options...)
			table.PartitionedBy = test.by
			_, err := w.sink(table)
			wantError(w.T, err, test.want)
		})
	}
	inWorld(t, 1, func(w *world) {
		table := w.table(keyed, "sink.partitioner", "metadata")
		_, err := w.sink(table)
		w.must(err)
		_, err = w.factory.NewSink(w.Context(), connector.SinkRequest{Table: table, Columns: keyed[1:2], Meter: &w.meter})
		wantError(w.T, err, `
error: option "sink.partitioner" is 'metadata', but the column with the partition key is VIRTUAL
  hint: remove VIRTUAL, so that INSERT writes the column`)
	})
}

// Two writers of one sink have keys of their own, so that both shards get something.
func TestFixedKeysDifferBetweenWriters(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		snk, err := w.sink(w.table(userAndNumber, "sink.partitioner", "fixed"))
		w.must(err)
		for lane := range 4 {
			writer, err := snk.Open(w.Context(), lane)
			w.must(err)
			w.must(writer.Write(w.Context(), someRows(10)))
			w.must(writer.Flush(w.Context()))
			w.must(writer.Close())
		}
		var keys []string
		for _, r := range w.records() {
			keys = append(keys, *r.PartitionKey)
		}
		slices.Sort(keys)
		if keys = slices.Compact(keys); !slices.Equal(keys, []string{"0", "1", "2", "3"}) {
			w.Errorf("got %q", keys)
		}
		out, err := w.api.ListShards(w.Context(), &kinesis.ListShardsInput{StreamName: aws.String(streamName)})
		w.must(err)
		if len(out.Shards) != 2 {
			w.Errorf("%d shards", len(out.Shards))
		}
	})
}
