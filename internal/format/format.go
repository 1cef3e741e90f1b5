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
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// Decoder decodes the records of a page into columns. It keeps buffers between calls and is used by
// one goroutine.
type Decoder interface {
	// Decode decodes the records, in order. The records may be reused by the caller afterwards; the
	// result is new memory.
	Decode(records [][]byte) Decoded
}

// Decoded is the rows of a page of records.
type Decoded struct {
	Columns []batch.Column // one per wanted field
	Rows    int
	// Records says from which record each row came; nil: row i came from record i and there is
	// exactly one row per record.
	Records []int32
	// Bad lists the records that could not be decoded, in order; they contributed no row.
	Bad []BadRecord
}

// BadRecord is a record that could not be decoded.
type BadRecord struct {
	Record int // index into the records given to Decode
	Err    error
}

// Encoder encodes rows. It keeps buffers between calls and is used by one goroutine.
type Encoder interface {
	// Append appends the encoding of a row of b to dst. On an error dst is returned as it was.
	Append(dst []byte, b *batch.Batch, row int) ([]byte, error)
}

// Config is what a decoder or encoder is made from.
type Config struct {
	Schema  types.Schema // fields to decode, or columns of the batches to encode
	Options *option.Values
	Zone    *time.Location // session time zone
}

// Format describes a format and makes its decoders and encoders.
type Format struct {
	Name       string
	Doc        string // one sentence
	Options    option.Table
	NewDecoder func(Config) (Decoder, error) // nil: cannot be read
	NewEncoder func(Config) (Encoder, error) // nil: cannot be written
}

// All returns the formats in the order in which the documentation lists them.
func All() []*Format { return []*Format{&jsonFormat} }

// Lookup returns the format with the name; span is where the name was written.
func Lookup(name string, span diag.Span) (*Format, error) {
	var names []string
	for _, f := range All() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	err := diag.Errorf(diag.Option, span, "there is no format %q", name)
	err.Hint = diag.DidYouMean(name, names)
	return nil, err
}
