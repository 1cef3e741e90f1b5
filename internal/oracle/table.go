package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/types"
)

// column is a column of the table that queries read.
type column struct {
	name  string
	typ   types.Type
	tame  bool // values are small: sums and products of a few do not overflow
	value func(r *rand.Rand) string
}

// The values of a row as text: as SQL writes them without quotes; "" with null set is NULL.
type cell struct {
	text string
	null bool
}

type row []cell

func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

func small(limit int) func(r *rand.Rand) string {
	return func(r *rand.Rand) string { return strconv.Itoa(r.IntN(2*limit+1) - limit) }
}

// oneOf returns one of the texts, so that duplicates are common.
func oneOf(texts ...string) func(r *rand.Rand) string {
	return func(r *rand.Rand) string { return pick(r, texts...) }
}

func decimalText(digits, scale int) func(r *rand.Rand) string {
	return func(r *rand.Rand) string {
		limit := int64(math.Pow10(digits))
		v := r.Int64N(2*limit) - limit
		sign := ""
		if v < 0 {
			sign, v = "-", -v
		}
		text := fmt.Sprintf("%0*d", scale+1, v)
		return sign + text[:len(text)-scale] + "." + text[len(text)-scale:]
	}
}

// columns is the schema of the table. ts is the event time.
var columns = []column{
	{"k", types.String, true, oneOf("a", "b", "c", "")},
	{"p", types.Of(types.Boolean), true, oneOf("true", "false")},
	{"tiny", types.Of(types.TinyInt), true, small(4)},
	{"small", types.Of(types.SmallInt), true, small(30)},
	{"a", types.Of(types.Int), true, small(9)},
	{"b", types.Of(types.Int), true, small(1000)},
	{"i", types.Of(types.Int), false, oneOf("2147483647", "-2147483648", "0", "-1", "7", "1000000")},
	{"big", types.Of(types.BigInt), false, oneOf("9223372036854775807", "-9223372036854775808", "0", "1", "-1", "4294967296", "9007199254740993")},
	{"x", types.Of(types.Double), true, oneOf("0.0", "1.5", "-2.25", "0.1", "100.0", "-7.75", "3.0")},
	{"y", types.Of(types.Double), false, oneOf("1e300", "-1e300", "5e-324", "0.1", "0.0", "1.7976931348623157e308")},
	{"f", types.Of(types.Float), true, oneOf("0.5", "-1.25", "3.0", "16.0")},
	{"d", types.DecimalOf(8, 2), true, decimalText(3, 2)},
	{"e", types.DecimalOf(12, 5), true, decimalText(7, 5)},
	{"w", types.DecimalOf(38, 10), false, oneOf("9999999999999999999999999999.9999999999", "-9999999999999999999999999999.9999999999", "0.0000000001", "0.0000000000", "-12.5000000000")},
	{"s", types.String, true, oneOf("", "x", "12", " -3 ", "1.5", "äñé", "it's", "a,b,,c", "Hello World", "aXbXc", "%", "a_c", "2024-02-29", "aaaaaaaaaaaaaaaaaaaaaa")},
	{"t", types.String, true, oneOf("x", "", "b", "Hello", "ab", "yyyy", "ö")},
	{"da", types.Of(types.Date), true, oneOf("2024-02-29", "1969-12-31", "2000-01-01", "2023-12-31", "2024-03-01")},
	{"u", types.Timestamp3, true, oneOf("2024-02-29 23:59:59.999", "2024-01-31 10:20:30.400", "1969-12-31 23:59:59.500", "2023-12-31 00:00:00.000", "2000-01-01 12:00:00.001")},
	{"ts", types.Timestamp3, true, eventTime},
}

const timeColumn = 18 // position of ts

// eventTime is within ten minutes, so that windows have several rows and some are empty.
func eventTime(r *rand.Rand) string {
	second := r.IntN(600)
	return fmt.Sprintf("2024-05-06 00:%02d:%02d.%03d", second/60, second%60, pick(r, 0, 0, 1, 999, 500))
}

func randomRows(r *rand.Rand, n int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = make(row, len(columns))
		for j, c := range columns {
			if r.IntN(6) == 0 {
				rows[i][j] = cell{null: true}
			} else {
				rows[i][j] = cell{text: c.value(r)}
			}
		}
		if i > 0 && r.IntN(12) == 0 {
			copy(rows[i], rows[r.IntN(i)])
		}
	}
	return rows
}

// json is the row as a line of JSON, of the columns that are used.
func (w row) json(used map[int]bool) string {
	var parts []string
	for i, c := range columns {
		if !used[i] {
			continue
		}
		text := w[i].text
		switch {
		case w[i].null:
			text = "null"
		case !c.typ.Kind.IsInteger() && !c.typ.Kind.IsFloat() && c.typ.Kind != types.Boolean:
			text = strconv.Quote(text)
		}
		parts = append(parts, strconv.Quote(c.name)+":"+text)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// values is the row in a VALUES list of DuckDB, with its number behind it.
func (w row) values(number int) string {
	parts := make([]string, len(w), len(w)+1)
	for i, c := range w {
		if parts[i] = "NULL"; !c.null {
			parts[i] = "'" + strings.ReplaceAll(c.text, "'", "''") + "'"
		}
	}
	return "(" + strings.Join(append(parts, strconv.Itoa(number)), ", ") + ")"
}

// duckType returns how DuckDB writes a type.
func duckType(t types.Type) string {
	switch t.Kind { //nolint:exhaustive // the others are written the same
	case types.Varchar:
		return "VARCHAR"
	case types.Timestamp:
		return "TIMESTAMP"
	case types.IntervalSecond:
		return "INTERVAL"
	}
	return t.Nullable().String()
}

// ddl is the CREATE TABLE of Penstock for the columns that are used.
func ddl(used map[int]bool, with string) string {
	var parts []string
	for i, c := range columns {
		if used[i] {
			parts = append(parts, c.name+" "+c.typ.String())
		}
	}
	if used[timeColumn] {
		parts = append(parts, "WATERMARK FOR ts AS ts - INTERVAL '1' DAY")
	}
	return "CREATE TABLE t (" + strings.Join(parts, ", ") + ")\nWITH (" + with + ");"
}

// rowNumber is the column that DuckDB's table has besides: the order of arrival.
const rowNumber = "row_number_"

func duckDDL() string {
	parts := make([]string, len(columns), len(columns)+1)
	for i, c := range columns {
		parts[i] = c.name + " " + duckType(c.typ)
	}
	return "CREATE OR REPLACE TABLE t (" + strings.Join(append(parts, rowNumber+" INTEGER"), ", ") + ")"
}
