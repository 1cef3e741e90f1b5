package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/types"
)

// delays is a batch with a value of every family, a NULL, and something that is no text.
func delays(changes ...batch.Change) (types.Schema, *batch.Batch) {
	schema := types.Schema{
		{Name: "window_start", Type: types.Timestamp3},
		{Name: "origin", Type: types.String},
		{Name: "flights", Type: types.Of(types.BigInt)},
		{Name: "avg", Type: types.Of(types.Double)},
		{Name: "ok", Type: types.Of(types.Boolean)},
		{Name: "extra", Type: types.Of(types.JSON)},
		{Name: "raw", Type: types.Of(types.Varbinary)},
	}
	texts := func(values ...string) *batch.Bytes {
		offsets, data := []int32{0}, ""
		for _, value := range values {
			data += value
			offsets = append(offsets, int32(len(data)))
		}
		return batch.NewBytes(offsets, []byte(data), nil)
	}
	notFirst := batch.NewBitmap(2)
	notFirst[0] = 0b10
	b := batch.New(2,
		batch.NewFixed([]int64{982_972_800_000_000, 982_972_800_500_000}, nil), texts("DFW", "<Zürich>\n"), batch.NewFixed([]int64{15, 1234567}, nil),
		batch.NewFixed([]float64{90.53, 1e20}, nil), batch.NewFixed([]bool{true, false}, notFirst), texts(`{"a": 1}`, `[ ]`), texts("\x00\x01", "b"))
	b.Changes = changes
	return schema, b
}

func head(statement int, schema types.Schema) engine.Header {
	return engine.Header{Statement: statement, Schema: schema, Zone: time.UTC}
}

func printRows(t *testing.T, args []string, do func(p *rowPrinter) error) string {
	t.Helper()
	var stdout strings.Builder
	p := newRowPrinter(newApp(process{stdout: &stdout}.env(nil, &strings.Builder{}, args)))
	if err := do(p); err != nil {
		t.Fatal(err)
	}
	return stdout.String()
}

func TestRowsAsTable(t *testing.T) {
	got := printRows(t, nil, func(p *rowPrinter) error {
		schema, b := delays()
		if err := p.print(head(0, schema), b); err != nil {
			return err
		}
		if err := p.print(head(0, schema), b.Gather([]int32{0})); err != nil { // the heading stands there already
			return err
		}
		schema, b = delays(batch.UpdateBefore, batch.UpdateAfter)
		return p.print(head(1, schema[:3]), b.Select([]int{0, 1, 2}))
	})
	golden(t, "rows.txt", got)
}

func TestRowsAsJSON(t *testing.T) {
	got := printRows(t, []string{"-o", "json"}, func(p *rowPrinter) error {
		schema, b := delays()
		if err := p.print(head(0, schema), b); err != nil {
			return err
		}
		schema, b = delays(batch.Delete, batch.Insert)
		if err := p.print(head(0, schema[1:2]), b.Select([]int{1})); err != nil {
			return err
		}
		return p.print(head(0, nil), batch.New(1))
	})
	golden(t, "rows.ndjson", got)
}

func TestNumbersThatJSONDoesNotHave(t *testing.T) {
	got := printRows(t, []string{"-o", "json"}, func(p *rowPrinter) error {
		zero := 0.0
		return p.print(head(0, types.Schema{{Name: "x", Type: types.Of(types.Double)}}), batch.New(2, batch.NewFixed([]float64{1 / zero, zero / zero}, nil)))
	})
	if want := "{\"x\":\"Infinity\"}\n{\"x\":\"NaN\"}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
