package format

import (
	"encoding/json"
	"errors"

	"github.com/twmb/avro"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// The options of the avro format.
const (
	avroEncoding = "avro.encoding"
	avroLegacy   = "avro.timestamp_mapping.legacy"
	avroSchema   = "avro.schema"
)

// The values of avro.encoding.
const (
	avroBinary = "binary"
	avroJSON   = "json"
)

var avroFormat = Format{
	Name:   "avro",
	binary: true,
	Doc: "One Avro record without its schema per Kinesis record. The schema is made from the columns, as Flink does, unless 'avro.schema' has the one " +
		"that the records were written with: then its fields become columns by name, those that the table lacks are skipped, and columns that it lacks are NULL.",
	Options: option.Table{
		{Key: avroEncoding, Type: option.Enum, Enum: []string{avroBinary, avroJSON}, Default: avroBinary, Doc: "The encoding of the records."},
		{
			Key: avroLegacy, Type: option.Bool, Default: "true",
			Doc: "In a schema made from the columns, TIMESTAMP is timestamp-millis and TIMESTAMP_LTZ is refused, as in Flink before 1.19. " +
				"'false': TIMESTAMP is local-timestamp-millis or -micros, TIMESTAMP_LTZ timestamp-millis or -micros.",
		},
		{
			Key: avroSchema, Type: option.String, Check: func(text string) error { _, err := avro.Parse(text); return err },
			Doc: "The Avro schema of the records, in JSON.",
		},
	},
	newDecoder: newAvroDecoder,
	newEncoder: newAvroEncoder,
	check: func(config Config) error {
		schema, err := avroSchemaOf(config)
		if err != nil {
			return err
		}
		_, err = compileAvro(schema, config.Record)
		return err
	},
}

// avroSchemaOf returns the schema of the records of a table.
func avroSchemaOf(config Config) (*avro.Schema, error) {
	legacy := config.Options.Bool(avroLegacy)
	if text := config.Options.String(avroSchema); text != "" {
		return avro.Parse(text)
	}
	return deriveAvro(config.Record, legacy)
}

// deriveAvro makes a schema from columns, with the names that Flink gives.
func deriveAvro(record types.Schema, legacy bool) (*avro.Schema, error) {
	d := avroDeriver{legacy: legacy}
	root := d.record(record, "record")
	if err := errors.Join(d.faults...); err != nil {
		return nil, err
	}
	root["name"] = "org.apache.flink.avro.generated.record"
	text, err := json.Marshal(root)
	if err != nil {
		return nil, err
	}
	schema, err := avro.Parse(string(text))
	if err != nil {
		return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "the columns make no Avro schema: %w", err).
			WithHint("names in Avro begin with a letter or _ and go on with letters, digits and _")
	}
	return schema, nil
}

// avroDeriver makes Avro types, as JSON, from types of columns.
type avroDeriver struct {
	legacy bool
	faults []error
}

type avroType = map[string]any

func (d *avroDeriver) record(fields types.Schema, name string) avroType {
	members := make([]any, 0, len(fields))
	for _, field := range fields {
		member := avroType{"name": field.Name, "type": d.nullable(field.Type, name+"_"+field.Name, field.Name)}
		if !field.Type.NotNull {
			member["default"] = nil
		}
		members = append(members, member)
	}
	return avroType{"type": "record", "name": name, "fields": members}
}

func (d *avroDeriver) nullable(t types.Type, name, path string) any {
	what := d.of(t, name, path)
	if t.NotNull {
		return what
	}
	return []any{"null", what}
}

// of returns the Avro type; name is that of the record that it may be.
func (d *avroDeriver) of(t types.Type, name, path string) any {
	logical := func(what, meaning string) any { return avroType{"type": what, "logicalType": meaning} }
	switch t.Kind {
	case types.Boolean:
		return "boolean"
	case types.TinyInt, types.SmallInt, types.Int:
		return "int"
	case types.BigInt:
		return "long"
	case types.Float:
		return "float"
	case types.Double:
		return "double"
	case types.Char, types.Varchar, types.JSON:
		return "string"
	case types.Varbinary:
		return "bytes"
	case types.Decimal:
		return avroType{"type": "bytes", "logicalType": "decimal", "precision": t.Precision, "scale": t.Scale}
	case types.Date:
		return logical("int", "date")
	case types.Time:
		if t.Precision <= 3 {
			return logical("int", "time-millis")
		}
		return d.refuse(path, t, "Flink writes at most TIME(3)")
	case types.Timestamp, types.TimestampLTZ:
		return d.timestamp(t, path)
	case types.Array:
		return avroType{"type": "array", "items": d.nullable(t.Element(), name, path)}
	case types.Map, types.Multiset:
		if t.Key().Kind.IsText() {
			return avroType{"type": "map", "values": d.nullable(t.Value(), name, path)}
		}
		return d.refuse(path, t, "the keys of an Avro map are texts")
	case types.Row:
		return d.record(t.Fields(), name)
	case types.Null, types.IntervalMonth, types.IntervalSecond:
	}
	return d.refuse(path, t, "CAST it to STRING or BIGINT, or leave it out")
}

func (d *avroDeriver) timestamp(t types.Type, path string) any {
	unit := "micros"
	if t.Precision <= 3 {
		unit = "millis"
	}
	switch {
	case !d.legacy && t.Kind == types.TimestampLTZ:
		return avroType{"type": "long", "logicalType": "timestamp-" + unit}
	case !d.legacy:
		return avroType{"type": "long", "logicalType": "local-timestamp-" + unit}
	case t.Kind == types.Timestamp && unit == "millis":
		return avroType{"type": "long", "logicalType": "timestamp-millis"}
	}
	return d.refuse(path, t, "set '"+avroLegacy+"' = 'false', as Flink asks for it")
}

func (d *avroDeriver) refuse(path string, t types.Type, hint string) any {
	d.faults = append(d.faults, diag.Errorf(diag.Unsupported, diag.Span{}, "format avro has no type for column %q of type %s", path, t).WithHint("%s", hint))
	return "null"
}
