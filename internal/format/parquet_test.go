package format_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

type parquetRow struct {
	ID    int32     `parquet:"id"`
	Big   *int64    `parquet:"big,optional"`
	Name  *string   `parquet:"name,optional,dict"`
	Price float64   `parquet:"price,zstd"`
	Exact int64     `parquet:"exact,decimal(2:12)"`
	Yes   bool      `parquet:"yes"`
	At    time.Time `parquet:"at,timestamp(millisecond)"`
	Nanos time.Time `parquet:"nanos,timestamp(nanosecond)"`
	Day   int32     `parquet:"day,date"`
	Data  []byte    `parquet:"data,snappy"`
	Other []string  `parquet:"other,list"`
}

func parquetFile(tb testing.TB, rows ...parquetRow) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := parquet.NewGenericWriter[parquetRow](&out)
	if _, err := w.Write(rows); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func someRows() []parquetRow {
	big, name := int64(-5_000_000_000), "Zoë"
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC)
	return []parquetRow{{ID: 1, Big: &big, Name: &name, Price: 1.5, Exact: -128, Yes: true, At: at, Nanos: at, Day: 20455, Data: []byte{0, 255}, Other: []string{"x"}}, {ID: 300, At: at, Nanos: at}}
}

func TestParquetReadsFiles(t *testing.T) {
	schema := types.Schema{
		{Name: "name", Type: types.String},
		{Name: "id", Type: types.Of(types.BigInt)},
		{Name: "big", Type: types.Of(types.BigInt)},
		{Name: "price", Type: types.Of(types.Double)},
		{Name: "exact", Type: types.DecimalOf(12, 2)},
		{Name: "yes", Type: types.Of(types.Boolean)},
		{Name: "at", Type: types.Timestamp3},
		{Name: "nanos", Type: types.Type{Kind: types.TimestampLTZ, Precision: 6}},
		{Name: "day", Type: types.Of(types.Date)},
		{Name: "data", Type: types.Of(types.Varbinary)},
		{Name: "absent", Type: types.String},
	}
	decoder := decoderOf(t, "parquet", schema, schema)
	file := parquetFile(t, someRows()...)
	page := [][]byte{file, []byte("PAR1 no file"), {}, file[:len(file)-1], parquetFile(t), file}
	for range 2 {
		out := decoder.Decode(page)
		checkRows(t, out, len(page))
		want := `Zoë | 1 | -5000000000 | 1.5 | -1.28 | true | 2026-01-02 03:04:05.678 | 2026-01-02 03:04:05.678901 | 2026-01-02 | ` + "\x00\xff" + ` | NULL
NULL | 300 | NULL | 0.0 | 0.00 | false | 2026-01-02 03:04:05.678 | 2026-01-02 03:04:05.678901 | 1970-01-01 |  | NULL
`
		_, got, _ := strings.Cut(batch.Format(batch.New(out.Rows, out.Columns...), schema), "\n")
		if got != want+want || len(out.Bad) != 3 || out.Taken != len(page) {
			t.Errorf("got\n%s\nbad %v", got, out.Bad)
		}
	}
	none := decoderOf(t, "parquet", schema, nil).Decode([][]byte{file, file})
	if checkRows(t, none, 2); none.Rows != 4 {
		t.Errorf("without columns: got %d rows", none.Rows)
	}
}

func TestParquetColumnsThatDoNotFit(t *testing.T) {
	file := string(parquetFile(t, someRows()...))
	for _, test := range []struct {
		name string
		typ  types.Type
		want string
	}{
		{"id", types.Of(types.TinyInt), `bad: column "id": 300 is out of range for TINYINT`},
		{"name", types.String.Required(), `bad: column "name" is null, and it is NOT NULL`},
		{"absent", types.String.Required(), `bad: the file has no column "absent", and it is NOT NULL`},
		{"other", types.String, `bad: column "other" is nested in the file`},
		{"at", types.Of(types.BigInt), `bad: column "at" is BIGINT, but its Parquet type is TIMESTAMP(isAdjustedToUTC=true,unit=MILLIS)`},
		{"name", types.Of(types.Int), `bad: column "name" is INT, but its Parquet type is STRING`},
		{"exact", types.DecimalOf(2, 2), `bad: column "exact": -128 is out of range for DECIMAL(2, 2)`},
	} {
		schema := types.Schema{{Name: test.name, Type: test.typ}, {Name: "price", Type: types.Of(types.Double)}}
		if got := decodeOne(decoderOf(t, "parquet", schema, schema), file, schema); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
	schema := types.Schema{{Name: "id", Type: types.Of(types.Int)}}
	if got := decodeOne(decoderOf(t, "parquet", schema, schema, "parquet.max-size", "10"), file, schema); !strings.Contains(got, "more than the 10 that it may have ('parquet.max-size')") {
		t.Errorf("got %s", got)
	}
}

// FuzzParquet damages files.
func FuzzParquet(f *testing.F) {
	f.Add(parquetFile(f, someRows()...), uint16(7), byte(1))
	schema := types.Schema{{Name: "name", Type: types.String}, {Name: "big", Type: types.Of(types.BigInt)}, {Name: "price", Type: types.Of(types.Double)}, {Name: "data", Type: types.Of(types.Varbinary)}}
	good := parquetFile(f, someRows()...)
	f.Fuzz(func(t *testing.T, file []byte, at uint16, with byte) {
		if len(file) > 0 {
			file[int(at)%len(file)] ^= with
		}
		out := decoderOf(t, "parquet", schema, schema, "parquet.max-size", "1 mb").Decode([][]byte{good, file, good})
		checkRows(t, out, 3)
		if out.Rows < 4 {
			t.Fatalf("the good files have %d rows; bad %v", out.Rows, out.Bad)
		}
	})
}
