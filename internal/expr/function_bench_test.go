package expr_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
)

// BenchmarkFunctions evaluates expressions over the columns of the tests, a batch of 4096 rows at a time,
// and reports the time and the allocations of a row.
func BenchmarkFunctions(b *testing.B) {
	const rows = 4096
	var documents batch.BytesBuilder
	for row := range rows {
		documents.AppendString(fmt.Sprintf(`{"user":{"id":%d,"name":"user %d"},"tags":["a","b"],"geo":{"country":"CH","city":"Zürich"},"amount":%d.25}`, row, row%100, row))
	}
	input := generatedRows(rows, documents.Finish())
	for _, text := range []string{
		"JSON_VALUE(j, '$.geo.country')",
		"JSON_VALUE(j, '$.user.id' RETURNING BIGINT)",
		"j -> 'user' ->> 'name'",
		"JSON_OBJECT('a', a, 's', s, 'j', j)",
		"REGEXP(s, '[0-9]+$')",
		"s LIKE '%1%_'",
		"ARRAY[a, b, n][2]",
		"ARRAY_CONTAINS(ARRAY[a, b, n], 7)",
		"MAP['x', a, 'y', b][s]",
		"ROW(a, s).EXPR$0",
		"SPLIT_INDEX(s, ',', 0)",
		"DATE_FORMAT(ts, 'yyyy-MM-dd HH')",
	} {
		e, err := bound(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Eval(utc, input); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}

// generatedRows returns random rows without NULLs whose JSON column is the one given.
func generatedRows(n int, documents batch.Column) *batch.Batch {
	b := generator{Rand: rand.New(rand.NewPCG(1, 1))}.rows(n)
	for i, field := range columns {
		b.Columns[i] = b.Columns[i].WithValid(nil)
		if field.Name == "j" {
			b.Columns[i] = documents
		}
	}
	return b
}
