// Package datagen is the connector datagen: a source of made-up rows, for trying out queries and
// for load tests.
//
// It owns the generators of values. A row is a function of the seed, the name of the column and the
// number of the row alone (and for dates and times of when the table was first opened), so a job
// that resumes gets exactly the rows that it would have got.
package datagen

import (
	"context"
	"math"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/option"
)

const (
	optionRate   = "rows-per-second"
	optionRows   = "number-of-rows"
	optionSeed   = "seed"
	optionFields = "fields."
)

// Factory returns the connector.
func Factory() *connector.Factory {
	return &connector.Factory{
		Name: "datagen",
		Doc:  "Made-up rows at a given rate.",
		Options: option.Table{
			{
				Key: optionRate, Type: option.Int, Default: "10000", Check: option.Range(1, math.MaxInt64),
				Doc: "How many rows come in a second. A job that resumes catches up on those that came meanwhile.",
			},
			{
				Key: optionRows, Type: option.Int, Check: option.Range(1, math.MaxInt64),
				Doc: "How many rows come in all. Not set: they never end, unless a column is a sequence.",
			},
			{
				Key: optionSeed, Type: option.Int, Default: "0",
				Doc: "Another number gives other random values; the same number gives the same ones.",
			},
			{
				Key: optionFields, Type: option.String, Prefix: true,
				Doc: "What a column holds: 'fields.<column>.kind' is random (the default) or sequence; " +
					".min and .max bound random numbers; .start and .end bound a sequence, which ends the table; " +
					".length is the size of random texts and bytes (default: that of the type, or 100); " +
					".max-past is how far back random times may lie (default: 0 s, which is now); " +
					".null-rate is the share of NULLs (0 to 1).",
			},
		},
		NewSource: func(_ context.Context, request connector.ScanRequest) (connector.Source, error) {
			return newSource(request)
		},
		Bounded: func(table connector.Table) bool {
			g, err := newGenerators(table, table.Columns)
			return table.Options.IsSet(optionRows) || err == nil && g.end < math.MaxInt64
		},
		Check: func(table connector.Table) error {
			_, err := newGenerators(table, table.Columns)
			return err
		},
	}
}
