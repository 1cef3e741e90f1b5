// Package format turns the bytes of records into columns and rows into bytes.
//
// It owns the formats (json, ...), their options, and the policy for records that cannot be
// decoded. It knows no connector: a record is a byte slice, and where it came from is told by the
// caller only for messages.
//
// Invariant: whatever the bytes are, a decoder returns rows or reports the record as bad; it never
// panics and never drops a record silently.
package format

import (
	"errors"
	"slices"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// Decoder decodes the records of a page into columns. It keeps buffers between calls and is used by
// one goroutine.
type Decoder interface {
	// Decode decodes records, in order: all, or as many as Decoded.Taken says, at least one; the caller
	// gives it the others afterwards. The records may be reused by the caller then; the result is new
	// memory.
	Decode(records [][]byte) Decoded
}

// Decoded is the rows of a page of records.
type Decoded struct {
	Columns []batch.Column // one per wanted field
	Rows    int
	Taken   int // records that were decoded
	// Records says from which record each row came, in rising order; nil: row i came from record i
	// and there is exactly one row per record.
	Records []int32
	// Err is why the decoder cannot go on behind the records that it has taken, though nothing is wrong
	// with the next one: something that it has to ask does not answer. It ends the job.
	Err error
	// Bad lists what could not be decoded, in order of the records; it contributed no row. A record
	// of several rows may have several bad parts, beside rows that are good.
	Bad []BadRecord
}

// BadRecord is a record, or a part of one, that could not be decoded.
type BadRecord struct {
	Record int // index into the records given to Decode
	Cause  Cause
	Err    error
	// Data is the bad part of a record whose other parts are rows, in a form that can be decoded once
	// what is wrong with it has been mended; nil: the whole record.
	Data []byte
}

// Encoder encodes rows. It keeps buffers between calls and is used by one goroutine.
type Encoder interface {
	// Append appends the encoding of a row of b to dst. On an error dst is returned as it was.
	Append(dst []byte, b *batch.Batch, row int) ([]byte, error)
}

// Config is what a decoder or encoder is made from.
type Config struct {
	Schema types.Schema // fields to decode, or columns of the batches to encode
	// Record is the fields that a record holds, in order: the physical columns of the table, of which
	// Schema has some or all.
	Record types.Schema
	// Lines says that the records are the lines of a file without its first Format.HeaderLines.
	Lines   bool
	Options *option.Values
	Zone    *time.Location // session time zone
}

// Format describes a format and makes its decoders and encoders.
type Format struct {
	Name       string
	Aliases    []string // other names
	binary     bool     // records may begin with any bytes
	Doc        string   // one sentence
	Options    option.Table
	newDecoder func(Config) (Decoder, error) // nil: cannot be read
	newEncoder func(Config) (Encoder, error) // nil: cannot be written
	check      func(Config) error            // whether the options and the columns of a table go together
	// HeaderLines returns how many lines at the beginning of a file are no records; nil: none.
	HeaderLines func(*option.Values) int
}

// NewDecoder returns a decoder of records of the format.
func (f *Format) NewDecoder(config Config) (Decoder, error) {
	if f.newDecoder == nil {
		return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "format %q cannot be read", f.Name)
	}
	u, err := f.parseUnpacking(config.Options, config.Lines)
	if err != nil {
		return nil, err
	}
	decoder, err := f.newDecoder(config)
	if err != nil {
		return nil, err
	}
	return newUnpacker(u, decoder)
}

// NewEncoder returns an encoder of rows to records of the format.
func (f *Format) NewEncoder(config Config) (Encoder, error) {
	if f.newEncoder == nil {
		return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "format %q cannot be written", f.Name)
	}
	u, err := f.parseUnpacking(config.Options, config.Lines)
	if err != nil {
		return nil, err
	}
	if u.envelope != envelopeNone {
		return nil, diag.Errorf(diag.Unsupported, config.Options.Span(envelope), "'%s' = '%s' can only be read", envelope, u.envelope).
			WithHint("only CloudWatch Logs writes it: declare another table for writing")
	}
	encoder, err := f.newEncoder(config)
	if err != nil {
		return nil, err
	}
	return newPacker(u, encoder)
}

// Check reports what is wrong with the options and the record of a table. It looks at these two only.
func (f *Format) Check(config Config) error {
	_, err := f.parseUnpacking(config.Options, config.Lines)
	return errors.Join(f.check(config), checkPolicy(config.Options), err)
}

// All returns the formats in the order in which the documentation lists them.
func All() []*Format {
	return []*Format{&jsonFormat, &csvFormat, &rawFormat, &avroFormat, &avroConfluentFormat, &debeziumFormat, &parquetFormat}
}

// Lookup returns the format with the name; span is where the name was written.
func Lookup(name string, span diag.Span) (*Format, error) {
	var names []string
	for _, f := range All() {
		if f.Name == name || slices.Contains(f.Aliases, name) {
			return f, nil
		}
		names = append(names, f.Name)
	}
	err := diag.Errorf(diag.Option, span, "there is no format %q", name)
	err.Hint = diag.DidYouMean(name, names)
	return nil, err
}
