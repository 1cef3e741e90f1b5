package format

import (
	"errors"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// The options of the JSON format.
const (
	jsonFailOnMissing  = "json.fail-on-missing-field"
	jsonIgnoreErrors   = "json.ignore-parse-errors"
	jsonTimestamps     = "json.timestamp-format.standard"
	jsonZeroTimestamp  = "json.zero-timestamp.behavior"
	jsonNullKeys       = "json.map-null-key.mode"
	jsonNullKeyLiteral = "json.map-null-key.literal"
	jsonPlainDecimals  = "json.encode.decimal-as-plain-number"
	jsonIgnoreNulls    = "json.encode.ignore-null-fields"
)

// The values of json.zero-timestamp.behavior.
const (
	zeroFail = "FAIL"
	zeroNull = "CONVERT_TO_NULL"
)

// The values of json.map-null-key.mode.
const (
	nullKeyFail    = "FAIL"
	nullKeyDrop    = "DROP"
	nullKeyLiteral = "LITERAL"
)

// The values of json.timestamp-format.standard. Without one, reading takes both and writing uses
// SQL.
const (
	standardSQL = "SQL"
	standardISO = "ISO-8601"
)

var jsonFormat = Format{
	Name: "json",
	Doc: "JSON objects whose fields are the columns: one in a record, several that follow each other, or an array of them, each of which is a row. " +
		"ROW is an object, ARRAY an array, MAP and MULTISET an object with any keys.",
	Options: option.Table{
		{
			Key: jsonFailOnMissing, Type: option.Bool, Default: "false",
			Doc: "A record without one of the fields that the query reads is bad; otherwise such a field is NULL.",
		},
		{
			Key: jsonIgnoreErrors, Type: option.Bool, Default: "false",
			Doc: "A field whose value does not fit the type of its column is NULL; otherwise the record is bad. " +
				"Records that are not JSON are left out: this excludes 'bad-records' = 'fail'.",
		},
		{
			Key: jsonTimestamps, Type: option.Enum, Enum: []string{standardSQL, standardISO},
			Doc: "How timestamps are written: 2006-01-02 15:04:05.999 (SQL) or 2006-01-02T15:04:05.999 (ISO-8601). " +
				"Not set: both are read, and SQL is written.",
		},
		{
			Key: jsonZeroTimestamp, Type: option.Enum, Enum: []string{zeroFail, zeroNull}, Default: zeroFail,
			Doc: "What a timestamp 0000-00-00 00:00:00, as MySQL has it, is read as: no timestamp (FAIL), or NULL (CONVERT_TO_NULL).",
		},
		{
			Key: jsonNullKeys, Type: option.Enum, Enum: []string{nullKeyFail, nullKeyDrop, nullKeyLiteral}, Default: nullKeyFail,
			Doc: "What a NULL key of a MAP is written as: the row is bad (FAIL), the entry is left out (DROP), or 'json.map-null-key.literal' stands for it (LITERAL).",
		},
		{Key: jsonNullKeyLiteral, Type: option.String, Default: "null", Doc: "The key that stands for NULL with 'json.map-null-key.mode' = 'LITERAL'."},
		{
			Key: jsonPlainDecimals, Type: option.Bool, Default: "false",
			Doc: "A DECIMAL is written without an exponent: 0.000000027 and 100, not 2.7E-8 and 1E+2.",
		},
		{
			Key: jsonIgnoreNulls, Type: option.Bool, Default: "false",
			Doc: "NULL columns are left out of the object; otherwise they are written as null.",
		},
	},
	newDecoder: newJSONDecoder,
	newEncoder: newJSONEncoder,
	check:      func(config Config) error { _, err := parseJSONMode(config.Options); return err },
}

// jsonMode is what the options say about reading.
type jsonMode struct {
	failOnMissing bool
	ignoreErrors  bool
	standard      string
	zeroNull      bool
}

func parseJSONMode(values *option.Values) (jsonMode, error) {
	mode := jsonMode{
		failOnMissing: values.Bool(jsonFailOnMissing),
		ignoreErrors:  values.Bool(jsonIgnoreErrors),
		standard:      values.String(jsonTimestamps),
		zeroNull:      values.String(jsonZeroTimestamp) == zeroNull,
	}
	var faults []error
	if mode.failOnMissing && mode.ignoreErrors {
		faults = append(faults, diag.Errorf(diag.Option, values.Span(jsonIgnoreErrors),
			"options %q and %q exclude each other", jsonFailOnMissing, jsonIgnoreErrors).
			WithHint("set only one of the two to 'true'"))
	}
	if mode.ignoreErrors {
		faults = append(faults, refuseToFail(values, jsonIgnoreErrors))
	}
	return mode, errors.Join(faults...)
}

// checkTypes reports the columns that a text format has no form for.
func checkTypes(format string, schema types.Schema, verb string) error {
	var faults []error
	for _, field := range schema {
		if why := unsupported(format, field.Type); why != "" {
			faults = append(faults, diag.Errorf(diag.Unsupported, diag.Span{},
				"format %s cannot %s column %q of type %s", format, verb, field.Name, field.Type).WithHint("%s", why))
		}
	}
	return errors.Join(faults...)
}

// unsupported says what to do about a type that a format has no form for; "" if it has one.
func unsupported(format string, t types.Type) string {
	switch kind := t.Kind; {
	case kind == types.Null, kind.IsInterval():
		return "CAST it to STRING or BIGINT, or leave it out"
	case !kind.IsNested():
		return ""
	case format != "json" && format != "debezium-json":
		return "use 'format' = 'json', or declare it as JSON"
	case kind == types.Array:
		return unsupported(format, t.Element())
	case (kind == types.Map || kind == types.Multiset) && !t.Key().Kind.IsText():
		return "the keys of a JSON object are texts: declare them as STRING"
	}
	for _, field := range t.Fields() {
		if why := unsupported(format, field.Type); why != "" {
			return why
		}
	}
	return ""
}
