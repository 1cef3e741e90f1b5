package format

import (
	"github.com/twmb/avro"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// avroProgram reads records of one schema into builders.
type avroProgram struct {
	compiler *avroCompiler
	read     avroReader
	builders []batch.Builder // one for each wanted field
}

// compileAvro makes the program that reads the wanted fields of records that were written with a schema.
func compileAvro(schema *avro.Schema, wanted types.Schema) (*avroProgram, error) {
	root, err := newAvroNode(schema)
	if err != nil {
		return nil, err
	}
	if root.kind != avroRecord {
		return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "the Avro schema is a %s, not a record", root.name).
			WithHint("a row is a record whose fields are the columns")
	}
	p := &avroProgram{compiler: &avroCompiler{}}
	p.read, err = p.compiler.record(root, wanted, "", &p.builders)
	return p, err
}

// append reads a record into the builders, which hold rows rows. Whatever is wrong with it, they hold one
// more afterwards.
func (p *avroProgram) append(record []byte, rows int) error {
	p.compiler.fault = nil
	i := p.read(record, 0)
	if i == len(record) {
		return nil
	}
	for _, builder := range p.builders {
		settle(builder, rows+1)
	}
	switch {
	case p.compiler.fault != nil:
		return p.compiler.fault
	case i >= 0:
		return badData("not Avro of this schema: %s left over", count(len(record)-i, "byte"))
	}
	return badData("not Avro of this schema: it ends, or goes wrong, before its last field")
}

// settle makes a builder hold rows values, where reading one of them has stopped anywhere.
func settle(builder batch.Builder, rows int) {
	switch b := builder.(type) {
	case *batch.StructBuilder:
		for _, field := range b.Fields {
			settle(field, rows)
		}
		for b.Len() < rows {
			b.Close()
		}
	case *batch.ListBuilder:
		items := b.Items.Len()
		if entries, ok := b.Items.(*batch.StructBuilder); ok {
			for _, field := range entries.Fields {
				items = max(items, field.Len())
			}
		}
		settle(b.Items, items)
		for b.Len() < rows {
			b.Close()
		}
	default:
		for b.Len() < rows {
			b.AppendNull()
		}
	}
}

// avroDecoder decodes bare Avro: the records are of one schema and do not say which.
type avroDecoder struct {
	program *avroProgram
	convert func(record []byte) ([]byte, error) // to the binary encoding; nil: it is that
}

func newAvroDecoder(config Config) (Decoder, error) {
	schema, err := avroSchemaOf(config)
	if err != nil {
		return nil, err
	}
	d := &avroDecoder{}
	if d.program, err = compileAvro(schema, config.Schema); err != nil {
		return nil, err
	}
	if config.Options.String(avroEncoding) == avroJSON {
		d.convert = func(record []byte) ([]byte, error) {
			var v any
			if err := schema.DecodeJSON(record, &v); err != nil {
				return nil, badData("not Avro in JSON of this schema: %v", err)
			}
			return schema.Encode(v)
		}
	}
	return d, nil
}

// Decode decodes one row per record.
func (d *avroDecoder) Decode(records [][]byte) Decoded {
	p := newRowCollector(len(records))
	for i, record := range records {
		err := error(nil)
		if len(record) == 0 && len(d.program.builders) > 0 {
			err = emptyRecord()
		} else if d.convert != nil {
			record, err = d.convert(record)
		}
		if err != nil {
			p.bad = append(p.bad, BadRecord{Record: i, Cause: causeOfRecord(err), Err: err})
			continue
		}
		err = d.program.append(record, p.appended)
		p.add(i, err, d.program.compiler.fault != nil)
	}
	return p.finish(d.program.builders)
}

func emptyRecord() error {
	return &diag.Error{Kind: diag.BadData, Msg: errEmptyRecord.Error(), Err: errEmptyRecord}
}

func causeOfRecord(err error) Cause {
	if isEmpty(err) {
		return Empty
	}
	return Malformed
}

// rowCollector keeps track of rows in builders, of which some are bad.
type rowCollector struct {
	records  int
	appended int     // rows in the builders
	rows     []int32 // the good ones among them
	from     []int32 // the records that these come from
	bad      []BadRecord
}

func newRowCollector(records int) *rowCollector {
	return &rowCollector{records: records, rows: make([]int32, 0, records), from: make([]int32, 0, records)}
}

// add notes that a row of a record is in the builders; an error says that it does not count.
func (c *rowCollector) add(record int, err error, mismatch bool) {
	if err != nil {
		b := BadRecord{Record: record, Cause: Malformed, Err: err}
		if mismatch {
			b.Cause = Mismatch
		}
		c.bad = append(c.bad, b)
	} else {
		c.rows, c.from = append(c.rows, int32(c.appended)), append(c.from, int32(record))
	}
	c.appended++
}

// finish makes the result of what is in the builders.
func (c *rowCollector) finish(builders []batch.Builder) Decoded {
	out := Decoded{Rows: len(c.rows), Taken: c.records, Bad: c.bad, Columns: make([]batch.Column, len(builders))}
	for i, builder := range builders {
		column := builder.Finish()
		if len(c.rows) < c.appended {
			column = column.Gather(c.rows)
		}
		out.Columns[i] = column
	}
	if len(c.rows) != c.records || len(c.bad) > 0 {
		out.Records = c.from
	}
	return out
}
