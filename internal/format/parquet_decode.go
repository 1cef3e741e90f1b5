package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

const (
	// parquetRows is after how many rows the files of a page wait for the next call.
	parquetRows = 64 << 10
	// parquetValues is how many values are read at a time.
	parquetValues = 1024
)

// parquetDecoder reads files of Parquet.
type parquetDecoder struct {
	wanted types.Schema
	limit  int64
	zone   *time.Location // of INT96
	values []parquet.Value
}

func newParquetDecoder(config Config) (Decoder, error) {
	d := &parquetDecoder{
		wanted: config.Schema, limit: config.Options.Int(parquetMaxSize), zone: zoneOf(config), values: make([]parquet.Value, parquetValues),
	}
	if config.Options.Bool(parquetUTC) {
		d.zone = time.UTC
	}
	return d, checkParquet(config.Schema)
}

// Decode decodes files until they have many rows together.
func (d *parquetDecoder) Decode(records [][]byte) Decoded {
	var out Decoded
	builders := make([]batch.Builder, len(d.wanted))
	for i, field := range d.wanted {
		builders[i] = batch.NewBuilder(field.Type)
	}
	var origins, kept []int32
	appended := 0
	for ; out.Taken < len(records) && appended < parquetRows; out.Taken++ {
		rows, cause, err := d.file(records[out.Taken], builders, appended)
		for i := range rows {
			if err == nil {
				kept, origins = append(kept, int32(appended+i)), append(origins, int32(out.Taken))
			}
		}
		for _, builder := range builders {
			settle(builder, appended+rows)
		}
		if appended += rows; err != nil {
			out.Bad = append(out.Bad, BadRecord{Record: out.Taken, Cause: cause, Err: err})
		}
	}
	out.Rows, out.Records = len(kept), append([]int32{}, origins...)
	for _, builder := range builders {
		column := builder.Finish()
		if len(kept) < column.Len() {
			column = column.Gather(kept)
		}
		out.Columns = append(out.Columns, column)
	}
	return out
}

// file appends the rows of a file to the builders, which have begin rows. It returns how many rows the
// builders may have more, at most, whatever is wrong.
func (d *parquetDecoder) file(record []byte, builders []batch.Builder, begin int) (rows int, cause Cause, err error) {
	if len(record) == 0 {
		return 0, Empty, emptyRecord()
	}
	defer func() {
		if fault := recover(); fault != nil { // the library trusts files more than it should
			rows, cause, err = mostRows(builders, begin), Malformed, badData("not a Parquet file: %v", fault)
		}
	}()
	file, err := parquet.OpenFile(bytes.NewReader(record), int64(len(record)), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return 0, Malformed, badData("not a Parquet file: %v", err)
	}
	size := int64(0)
	for _, group := range file.Metadata().RowGroups {
		size += group.TotalByteSize
	}
	if size > d.limit || file.NumRows() > d.limit {
		return 0, Unpackable, badData("the file has %d bytes of data in %d rows, more than the %d that it may have ('%s')", size, file.NumRows(), d.limit, parquetMaxSize)
	}
	for i, field := range d.wanted {
		cause, err := d.column(file, field, builders[i])
		if err == nil && int64(builders[i].Len()-begin) != file.NumRows() {
			err = badData("not a Parquet file: column %q has %d values for %d rows", field.Name, builders[i].Len()-begin, file.NumRows())
		}
		if err != nil {
			return mostRows(builders, begin), cause, err
		}
	}
	return int(file.NumRows()), 0, nil
}

// mostRows is how many rows the longest of the builders has behind the first begin.
func mostRows(builders []batch.Builder, begin int) int {
	most := begin
	for _, builder := range builders {
		most = max(most, builder.Len())
	}
	return most - begin
}

// column appends the values of a column of all row groups.
func (d *parquetDecoder) column(file *parquet.File, field types.Field, builder batch.Builder) (Cause, error) {
	leaf := file.Root().Column(field.Name)
	if leaf == nil {
		if field.Type.NotNull {
			return Mismatch, badData("the file has no column %q, and it is NOT NULL", field.Name)
		}
		for range file.NumRows() {
			builder.AppendNull()
		}
		return 0, nil
	}
	if !leaf.Leaf() || leaf.Repeated() {
		return Unsupported, badData("column %q is nested in the file", field.Name)
	}
	appendValue, ok := parquetAppender(leaf.Type(), field.Type, builder, d.zone)
	if !ok {
		return Unsupported, badData("column %q is %s, but its Parquet type is %s", field.Name, field.Type.Nullable(), leaf.Type())
	}
	for _, group := range file.RowGroups() {
		pages := group.ColumnChunks()[leaf.Index()].Pages()
		cause, err := d.pages(pages, field, builder, appendValue)
		if err := errors.Join(err, pages.Close()); err != nil {
			return cause, err
		}
	}
	return 0, nil
}

func (d *parquetDecoder) pages(pages parquet.Pages, field types.Field, builder batch.Builder, appendValue func(parquet.Value) bool) (Cause, error) {
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		if err != nil {
			return Malformed, badData("not a Parquet file: column %q: %v", field.Name, err)
		}
		cause, err := d.page(page, field, builder, appendValue)
		parquet.Release(page)
		if err != nil {
			return cause, err
		}
	}
}

func (d *parquetDecoder) page(page parquet.Page, field types.Field, builder batch.Builder, appendValue func(parquet.Value) bool) (Cause, error) {
	values := page.Values()
	for {
		n, err := values.ReadValues(d.values)
		for _, v := range d.values[:n] {
			switch {
			case v.IsNull() && field.Type.NotNull:
				return Mismatch, badData("column %q is null, and it is NOT NULL", field.Name)
			case v.IsNull():
				builder.AppendNull()
			case !appendValue(v):
				return Mismatch, badData("column %q: %.64s is out of range for %s", field.Name, fmt.Sprint(v), field.Type.Nullable())
			}
		}
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		if err != nil {
			return Malformed, badData("not a Parquet file: column %q: %v", field.Name, err)
		}
	}
}
