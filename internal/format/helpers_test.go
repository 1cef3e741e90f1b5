package format_test

import (
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// parseOptions checks "key", "value" pairs against the options of the JSON format.
func parseOptions(tb testing.TB, pairs ...string) *option.Values {
	tb.Helper()
	var given []option.Given
	for i := 0; i < len(pairs); i += 2 {
		given = append(given, option.Given{Key: pairs[i], Value: pairs[i+1]})
	}
	values, err := option.Parse(`table "t"`, given, lookupJSON(tb).Options)
	if err != nil {
		tb.Fatal(err)
	}
	return values
}

func lookupJSON(tb testing.TB) *format.Format {
	tb.Helper()
	f, err := format.Lookup("json", diag.Span{})
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func newDecoder(tb testing.TB, schema types.Schema, options ...string) format.Decoder {
	tb.Helper()
	decoder, err := lookupJSON(tb).NewDecoder(format.Config{Schema: schema, Options: parseOptions(tb, options...), Zone: time.UTC})
	if err != nil {
		tb.Fatal(err)
	}
	return decoder
}
