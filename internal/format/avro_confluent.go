package format

import (
	"context"
	"encoding/binary"

	"github.com/twmb/avro"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

var avroConfluentFormat = Format{
	Name:   "avro-confluent",
	binary: true,
	Doc: "Avro with the ID of its schema in front, as Confluent's serializers write it: a zero byte, four bytes of ID, the record. The schema of each record comes from the " +
		"schema registry, so records of several versions may be mixed; fields become columns by name, and columns that a schema lacks are NULL.",
	Options: option.Table{
		{Key: registryURL, Type: option.String, Required: true, Doc: "URL of the schema registry, such as http://localhost:8081."},
		{Key: registrySubject, Type: option.String, Doc: "The subject under which the schema is registered before rows are written. Required for writing."},
		{
			Key: registrySchema, Type: option.String, Check: func(text string) error { _, err := avro.Parse(text); return err },
			Doc: "The Avro schema to write, in JSON; without it, one is made from the columns.",
		},
		{Key: registryBasicFrom, Type: option.String, Doc: "Where user and password come from: USER_INFO, the option below, or URL."},
		{Key: registryBasic, Type: option.String, Secret: true, Doc: "User and password for the registry, as user:password."},
		{Key: registryBearerFrom, Type: option.String, Doc: "Where the token comes from: STATIC_TOKEN, the option below."},
		{Key: registryBearer, Type: option.String, Secret: true, Doc: "A bearer token for the registry."},
		{Key: registryAuthority, Type: option.String, Doc: "A file with the certificate, in PEM, of the authority that has signed the registry's own."},
	},
	newDecoder: newConfluentDecoder,
	newEncoder: newConfluentEncoder,
	check: func(config Config) error {
		if _, err := newRegistry(config.Options); err != nil {
			return err
		}
		_, err := confluentSchema(config)
		return err
	},
}

// confluentHeader is a zero byte and the ID of a schema.
const confluentHeader = 5

// confluentSchema returns the schema for writing.
func confluentSchema(config Config) (*avro.Schema, error) {
	if text := config.Options.String(registrySchema); text != "" {
		return avro.Parse(text)
	}
	return deriveAvro(config.Record, false)
}

// confluentDecoder decodes records that name their schemas.
type confluentDecoder struct {
	registry *registry
	wanted   types.Schema
	programs map[int32]*confluentProgram // by the ID of the schema, the last ones that were used
}

// maxPrograms bounds the schemas of which a decoder keeps the programs.
const maxPrograms = 256

// confluentProgram is how to read records of a schema, or why they cannot be read.
type confluentProgram struct {
	*avroProgram
	err error
}

func newConfluentDecoder(config Config) (Decoder, error) {
	r, err := newRegistry(config.Options)
	if err != nil {
		return nil, err
	}
	return &confluentDecoder{registry: r, wanted: config.Schema, programs: map[int32]*confluentProgram{}}, nil
}

// Decode decodes records up to one whose schema is not like that of the others: they go into builders of
// their own.
func (d *confluentDecoder) Decode(records [][]byte) Decoded {
	var current *avroProgram
	p := newRowCollector(0)
	for i, record := range records {
		program, cause, err := d.programFor(record)
		if cause == unanswered {
			out := p.finish(d.none().builders)
			out.Err = err
			return out
		}
		if err != nil {
			p.bad = append(p.bad, BadRecord{Record: i, Cause: cause, Err: err})
			p.records++
			continue
		}
		if current != nil && program.avroProgram != current {
			break
		}
		current = program.avroProgram
		err = program.append(record[confluentHeader:], p.appended)
		p.add(i, err, program.compiler.fault != nil)
		p.records++
	}
	if current == nil {
		current = d.none()
	}
	return p.finish(current.builders)
}

// unanswered says that the registry, and not the record, is the reason for an error.
const unanswered = causes

// programFor returns the program for a record.
func (d *confluentDecoder) programFor(record []byte) (*confluentProgram, Cause, error) {
	switch {
	case len(record) == 0:
		return nil, Empty, emptyRecord()
	case len(record) < confluentHeader || record[0] != 0:
		return nil, Malformed, badData("the record does not begin with a zero byte and the ID of a schema")
	}
	id := int32(binary.BigEndian.Uint32(record[1:]))
	program := d.programs[id]
	if program == nil {
		schema, err := d.registry.schema(context.Background(), id)
		if err != nil && diag.KindOf(err) != diag.NotFound && diag.KindOf(err) != diag.Unsupported {
			return nil, unanswered, err
		}
		program = &confluentProgram{err: err}
		if err == nil {
			program.avroProgram, program.err = compileAvro(schema, d.wanted)
		}
		if len(d.programs) >= maxPrograms {
			clear(d.programs)
		}
		d.programs[id] = program
	}
	if program.err != nil {
		return nil, Unsupported, badData("schema %d: %v", id, program.err)
	}
	return program, 0, nil
}

// none returns the program for no record at all.
func (d *confluentDecoder) none() *avroProgram {
	p := &avroProgram{}
	for _, field := range d.wanted {
		p.builders = append(p.builders, batch.NewBuilder(field.Type))
	}
	return p
}

func newConfluentEncoder(config Config) (Encoder, error) {
	schema, err := confluentSchema(config)
	if err != nil {
		return nil, err
	}
	subject := config.Options.String(registrySubject)
	if subject == "" {
		return nil, diag.Errorf(diag.Option, config.Options.Span("format"), "option %q is required for writing", registrySubject).
			WithHint("name the subject, such as '%s' = 'orders-value'", registrySubject)
	}
	r, err := newRegistry(config.Options)
	if err != nil {
		return nil, err
	}
	e, err := compileAvroEncoder(schema, config.Schema)
	if err != nil {
		return nil, err
	}
	id, err := r.register(context.Background(), subject, schema.String())
	if err != nil {
		return nil, err
	}
	e.prefix = binary.BigEndian.AppendUint32([]byte{0}, uint32(id))
	return e, nil
}
