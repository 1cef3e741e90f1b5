package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

// wide is a batch of many rows with columns of common types.
func wide(tb testing.TB) ([]connector.Column, *batch.Batch) {
	tb.Helper()
	schema := types.Schema{
		{Name: "id", Type: types.Of(types.BigInt)},
		{Name: "name", Type: types.String},
		{Name: "price", Type: types.Of(types.Double)},
		{Name: "at", Type: types.Timestamp3},
		{Name: "total", Type: types.Type{Kind: types.Decimal, Precision: 10, Scale: 2}},
	}
	b, err := batch.Parse("id | name | price | at | total"+strings.Repeat("\n12345 | some text, with a comma | 1.25 | 2026-01-01 10:20:30.123 | 123.45", 1000), schema)
	if err != nil {
		tb.Fatal(err)
	}
	var columns []connector.Column
	for _, field := range schema {
		columns = append(columns, connector.Column{Name: field.Name, Type: field.Type})
	}
	return columns, b
}

func TestEncoderAllocatesNothingPerRow(t *testing.T) {
	columns, b := wide(t)
	e, buffer := newEncoder(columns), make([]byte, 0, 1<<20)
	allocations := testing.AllocsPerRun(10, func() {
		out := buffer[:0]
		for row := range b.Rows() {
			out, _ = e.append(out, b, row)
			out = appendStaged(out, int64(row), false)
		}
	})
	if allocations > 1 {
		t.Errorf("%v allocations for %d rows", allocations, b.Rows())
	}
}

func TestEncoderWritesWhatCopyReads(t *testing.T) {
	schema := types.Schema{{Name: "a", Type: types.String}, {Name: "b", Type: types.Of(types.Int)}}
	var text batch.BytesBuilder
	text.AppendString("tab\tline\nback\\slash")
	text.AppendNull()
	text.AppendString(`\N`)
	b := batch.New(3, text.Finish(), batch.NewFixed([]int32{1, 2, 3}, nil))
	e := newEncoder([]connector.Column{{Name: "a", Type: schema[0].Type}, {Name: "b", Type: schema[1].Type}})
	var out []byte
	for row := range b.Rows() {
		var err error
		if out, err = e.append(out, b, row); err != nil {
			t.Fatal(err)
		}
		out = appendStaged(out, int64(10+row), row == 1)
	}
	want := `tab\tline\nback\\slash` + "\t1\t10\tf\n" + `\N` + "\t2\t11\tt\n" + `\\N` + "\t3\t12\tf\n"
	if string(out) != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

func TestTimestampsBeforeTheFirstYear(t *testing.T) {
	before := time.Date(-43, time.March, 15, 12, 0, 0, 5000, time.UTC) // 44 BC
	if got := string(appendTimestamp(nil, before.UnixMicro(), 6, "+00")); got != "0044-03-15 12:00:00.000005+00 BC" {
		t.Errorf("got %s", got)
	}
	if got := string(appendDate(nil, types.FloorDiv(before.UnixMicro(), types.Day))); got != "0044-03-15 BC" {
		t.Errorf("got %s", got)
	}
}

func BenchmarkEncode(b *testing.B) {
	columns, rows := wide(b)
	e := newEncoder(columns)
	var out []byte
	for b.Loop() {
		out = out[:0]
		for row := range rows.Rows() {
			out, _ = e.append(out, rows, row)
			out = appendStaged(out, int64(row), false)
		}
	}
	b.SetBytes(int64(len(out)))
	b.ReportMetric(float64(b.N)*float64(rows.Rows())/b.Elapsed().Seconds(), "rows/s")
}
