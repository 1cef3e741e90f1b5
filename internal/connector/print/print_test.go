package print_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	printsink "github.com/penstock-io/penstock/internal/connector/print"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

var schema = types.Schema{{Name: "name", Type: types.String}, {Name: "n", Type: types.Of(types.Int)}}

// outputs are where the connector under test writes.
type outputs struct{ stdout, stderr bytes.Buffer }

func open(tb testing.TB, out *outputs, schema types.Schema, pairs ...string) (connector.Sink, connector.SinkRequest) {
	tb.Helper()
	factory := printsink.Factory(&out.stdout, &out.stderr)
	var given []option.Given
	for i := 0; i < len(pairs); i += 2 {
		given = append(given, option.Given{Key: pairs[i], Value: pairs[i+1]})
	}
	values, err := option.Parse(`table "t"`, given, factory.Options)
	if err != nil {
		tb.Fatal(err)
	}
	request := connector.SinkRequest{Table: connector.Table{Name: "t", Options: values}, Meter: &connector.Meter{}}
	for _, field := range schema {
		request.Columns = append(request.Columns, connector.Column{Name: field.Name, Type: field.Type})
	}
	sink, err := factory.NewSink(tb.Context(), request)
	if err != nil {
		tb.Fatal(err)
	}
	return sink, request
}

func write(tb testing.TB, sink connector.Sink, b *batch.Batch) error {
	tb.Helper()
	writer, err := sink.Open(tb.Context(), 0)
	if err != nil {
		tb.Fatal(err)
	}
	defer writer.Close()
	if err := writer.Write(tb.Context(), b); err != nil {
		return err
	}
	return writer.Flush(tb.Context())
}

func rows(tb testing.TB, text string) *batch.Batch {
	tb.Helper()
	b, err := batch.Parse(text, schema)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestPrintWritesRowsAsFlinkDoes(t *testing.T) {
	changelog := rows(t, "name | n\na | 1\na | 2\nNULL | NULL\nb | 3")
	changelog.Changes = []batch.Change{batch.UpdateBefore, batch.UpdateAfter, batch.Delete, batch.Insert}
	tests := []struct {
		options []string
		b       *batch.Batch
		stdout  string
		stderr  string
	}{
		{nil, rows(t, "name | n\na | 1\nNULL | NULL"), "+I[a, 1]\n+I[null, null]\n", ""},
		{nil, changelog, "-U[a, 1]\n+U[a, 2]\n-D[null, null]\n+I[b, 3]\n", ""},
		{[]string{"print-identifier", "out"}, rows(t, "name | n\na | 1"), "out> +I[a, 1]\n", ""},
		{[]string{"standard-error", "true"}, rows(t, "name | n\na | 1"), "", "+I[a, 1]\n"},
	}
	for _, test := range tests {
		var out outputs
		sink, request := open(t, &out, schema, test.options...)
		if err := write(t, sink, test.b); err != nil {
			t.Fatal(err)
		}
		if out.stdout.String() != test.stdout || out.stderr.String() != test.stderr {
			t.Errorf("%v: got %q and %q, want %q and %q", test.options, out.stdout.String(), out.stderr.String(), test.stdout, test.stderr)
		}
		if records, size := request.Meter.Records.Load(), request.Meter.Bytes.Load(); records != int64(test.b.Rows()) || size != int64(len(test.stdout+test.stderr)) {
			t.Errorf("%v: counted %d records and %d bytes", test.options, records, size)
		}
		if unread := request.Table.Options.Unread(); len(unread) > 0 {
			t.Errorf("nothing reads the options %v", unread)
		}
	}
}

func TestPrintWritesValuesAsJavaDoes(t *testing.T) {
	fixed := func(micros int64) batch.Column { return batch.NewFixed([]int64{micros}, nil) }
	timestamp, local, clock := types.Timestamp3, types.TimestampLTZ3, types.Type{Kind: types.Time, Precision: 3}
	tests := []struct {
		typ    types.Type
		column batch.Column
		want   string
	}{
		{timestamp, fixed(0), "1970-01-01T00:00"},
		{timestamp, fixed(types.Second), "1970-01-01T00:00:01"},
		{timestamp, fixed(types.Millisecond), "1970-01-01T00:00:00.001"},
		{timestamp, fixed(-1), "1969-12-31T23:59:59.999999"},
		{local, fixed(0), "1970-01-01T00:00:00Z"},
		{local, fixed(500 * types.Millisecond), "1970-01-01T00:00:00.500Z"},
		{clock, fixed(types.Hour), "01:00"},
		{clock, fixed(types.Hour + 20*types.Millisecond), "01:00:00.020"},
		{types.Of(types.Date), batch.NewFixed([]int32{1}, nil), "1970-01-02"},
		{types.Of(types.Double), batch.NewFixed([]float64{1e7}, nil), "1.0E7"},
		{types.Of(types.Boolean), batch.NewFixed([]bool{true}, nil), "true"},
		{types.Of(types.Varbinary), batch.NewBytes([]int32{0, 2}, []byte{1, 255}, nil), "[1, -1]"},
	}
	for _, test := range tests {
		var out outputs
		sink, _ := open(t, &out, types.Schema{{Name: "v", Type: test.typ}})
		if err := write(t, sink, batch.New(1, test.column)); err != nil {
			t.Fatal(err)
		}
		if got, want := out.stdout.String(), "+I["+test.want+"]\n"; got != want {
			t.Errorf("%v: got %s, want %s", test.typ, got, want)
		}
	}
}

func TestPrintDoesNotMixLinesOfTasks(t *testing.T) {
	var out outputs
	sink, _ := open(t, &out, schema)
	b := rows(t, "name | n\n"+strings.Repeat("some name | 123456\n", 10))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 50 {
				if err := write(t, sink, b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if got, want := out.stdout.String(), strings.Repeat("+I[some name, 123456]\n", 2000); got != want {
		t.Errorf("lines are mixed up, or lost: got %d bytes, want %d", len(got), len(want))
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestPrintReportsAnOutputThatIsGone(t *testing.T) {
	factory := printsink.Factory(brokenWriter{}, brokenWriter{})
	values, err := option.Parse(`table "t"`, nil, factory.Options)
	if err != nil {
		t.Fatal(err)
	}
	sink, err := factory.NewSink(t.Context(), connector.SinkRequest{Table: connector.Table{Options: values}, Meter: &connector.Meter{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := write(t, sink, batch.New(1)); err == nil || err.Error() != "print rows: broken pipe" || diag.KindOf(err) != diag.Unreachable {
		t.Errorf("got error %v", err)
	}
}
