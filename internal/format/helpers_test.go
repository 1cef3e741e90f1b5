package format_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// parseOptions checks "key", "value" pairs against the options of the JSON format.
func parseOptions(tb testing.TB, pairs ...string) *option.Values {
	tb.Helper()
	return optionsOf(tb, "json", pairs...)
}

// optionsOf checks "key", "value" pairs against the options of a format and of all tables.
func optionsOf(tb testing.TB, name string, pairs ...string) *option.Values {
	tb.Helper()
	values, err := option.Parse(`table "t"`, given(pairs...), lookup(tb, name).Options, format.TableOptions)
	if err != nil {
		tb.Fatal(err)
	}
	return values
}

func given(pairs ...string) []option.Given {
	var given []option.Given
	for i := 0; i < len(pairs); i += 2 {
		given = append(given, option.Given{Key: pairs[i], Value: pairs[i+1]})
	}
	return given
}

func lookup(tb testing.TB, name string) *format.Format {
	tb.Helper()
	f, err := format.Lookup(name, diag.Span{})
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func lookupJSON(tb testing.TB) *format.Format {
	tb.Helper()
	return lookup(tb, "json")
}

func newDecoder(tb testing.TB, schema types.Schema, options ...string) format.Decoder {
	tb.Helper()
	return decoderOf(tb, "json", schema, schema, options...)
}

// decoderOf returns a decoder for the wanted ones of the fields that a record has.
func decoderOf(tb testing.TB, name string, record, wanted types.Schema, options ...string) format.Decoder {
	tb.Helper()
	config := format.Config{Schema: wanted, Record: record, Options: optionsOf(tb, name, options...), Zone: time.UTC}
	decoder, err := lookup(tb, name).NewDecoder(config)
	if err != nil {
		tb.Fatal(err)
	}
	return decoder
}

// encoderOf returns an encoder for rows of the schema.
func encoderOf(tb testing.TB, name string, schema types.Schema, options ...string) format.Encoder {
	tb.Helper()
	config := format.Config{Schema: schema, Record: schema, Options: optionsOf(tb, name, options...), Zone: time.UTC}
	encoder, err := lookup(tb, name).NewEncoder(config)
	if err != nil {
		tb.Fatal(err)
	}
	return encoder
}

// decodeOne decodes one record and returns its rows, and what is bad, as text.
func decodeOne(decoder format.Decoder, record string, schema types.Schema) string {
	out := decoder.Decode([][]byte{[]byte(record)})
	var lines []string
	b := batch.New(out.Rows, out.Columns...)
	for row := range out.Rows {
		lines = append(lines, batch.FormatRow(b, schema, row))
	}
	for _, bad := range out.Bad {
		line := "bad: " + bad.Err.Error()
		if bad.Data != nil {
			line += fmt.Sprintf(" in %q", bad.Data)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// messageOf is the text of an error; "" for none.
func messageOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
