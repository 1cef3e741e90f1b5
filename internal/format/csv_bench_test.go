package format_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/bench/events"
	"github.com/penstock-io/penstock/internal/types"
)

// csvPages returns the pages of benchmarkPages as encoding/csv writes them: with quotes where there have
// to be some.
func csvPages(b *testing.B) (pages [][][]byte, size int64) {
	b.Helper()
	decoder := newDecoder(b, events.Schema())
	in, _ := benchmarkPages(b)
	for _, page := range in {
		out := decoder.Decode(page)
		var records [][]byte
		for row := range out.Rows {
			var buffer bytes.Buffer
			w := csv.NewWriter(&buffer)
			var values []string
			for i, field := range events.Schema() {
				value := ""
				if out.Columns[i].Valid().Get(row) {
					value = string(batch.AppendText(nil, out.Columns[i], row, field.Type, time.UTC))
				}
				values = append(values, value)
			}
			if err := w.Write(values); err != nil {
				b.Fatal(err)
			}
			w.Flush()
			record := bytes.TrimSuffix(buffer.Bytes(), []byte{'\n'})
			records = append(records, record)
			size += int64(len(record))
		}
		pages = append(pages, records)
	}
	return pages, size
}

// BenchmarkCSVDecode reads 5 of 15 columns. The peer gets a page as one text, as it likes best.
func BenchmarkCSVDecode(b *testing.B) {
	pages, size := csvPages(b)
	b.Run("impl=penstock", func(b *testing.B) { benchmarkFormat(b, "csv", pages, size, events.Wanted()) })
	b.Run("impl=peer-encoding-csv", func(b *testing.B) {
		var texts [][]byte
		for _, page := range pages {
			texts = append(texts, bytes.Join(page, []byte{'\n'}))
		}
		b.SetBytes(size)
		before := mallocs()
		for b.Loop() {
			if err := readWithEncodingCSV(texts); err != nil {
				b.Fatal(err)
			}
		}
		reportRecords(b, len(pages)*pageRecords, before)
	})
}

func readWithEncodingCSV(texts [][]byte) error {
	var rows struct {
		kinds, users []string
		times        []int64
		prices       []float64
		quantities   []int32
	}
	for _, text := range texts {
		in := csv.NewReader(bytes.NewReader(text))
		in.ReuseRecord = true
		for {
			record, err := in.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			at, err0 := time.Parse("2006-01-02 15:04:05.999", record[2])
			price, err1 := strconv.ParseFloat(record[10], 64)
			quantity, err2 := strconv.ParseInt(record[11], 10, 32)
			if err := errors.Join(err0, err1, err2); err != nil {
				return err
			}
			rows.kinds = append(rows.kinds, record[1])
			rows.times = append(rows.times, at.UnixMicro())
			rows.users = append(rows.users, record[3])
			rows.prices = append(rows.prices, price)
			rows.quantities = append(rows.quantities, int32(quantity))
		}
		rows.kinds, rows.times, rows.users = rows.kinds[:0], rows.times[:0], rows.users[:0]
		rows.prices, rows.quantities = rows.prices[:0], rows.quantities[:0]
	}
	return nil
}

// BenchmarkCSVEncode writes all 15 columns.
func BenchmarkCSVEncode(b *testing.B) {
	pages, _ := benchmarkPages(b)
	out := newDecoder(b, events.Schema()).Decode(pages[0])
	rows := batch.New(out.Rows, out.Columns...)
	b.Run("impl=penstock", func(b *testing.B) { benchmarkEncode(b, "csv", rows, events.Schema()) })
	b.Run("impl=peer-encoding-csv", func(b *testing.B) {
		var buffer bytes.Buffer
		before := mallocs()
		var text []byte
		record := make([]string, len(rows.Columns))
		for b.Loop() {
			buffer.Reset()
			w := csv.NewWriter(&buffer)
			for row := range rows.Rows() {
				for i, field := range events.Schema() {
					record[i] = ""
					if rows.Columns[i].Valid().Get(row) {
						text = batch.AppendText(text[:0], rows.Columns[i], row, field.Type, nil)
						record[i] = string(text)
					}
				}
				if err := w.Write(record); err != nil {
					b.Fatal(err)
				}
			}
			w.Flush()
		}
		b.SetBytes(int64(buffer.Len()))
		reportRecords(b, rows.Rows(), before)
	})
}

func benchmarkEncode(b *testing.B, name string, rows *batch.Batch, schema types.Schema) {
	encoder := encoderOf(b, name, schema)
	var data []byte
	before := mallocs()
	for b.Loop() {
		data = data[:0]
		for row := range rows.Rows() {
			var err error
			if data, err = encoder.Append(data, rows, row); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.SetBytes(int64(len(data)))
	reportRecords(b, rows.Rows(), before)
}

// benchmarkFormat decodes pages of records that have the fields of the events, of which schema are
// wanted.
func benchmarkFormat(b *testing.B, name string, pages [][][]byte, size int64, schema types.Schema, options ...string) {
	decoder := decoderOf(b, name, events.Schema(), schema, options...)
	b.SetBytes(size)
	before := mallocs()
	for b.Loop() {
		for _, page := range pages {
			if out := decoder.Decode(page); out.Rows != len(page) {
				b.Fatalf("got %d rows, want %d; %v", out.Rows, len(page), out.Bad[0])
			}
		}
	}
	reportRecords(b, len(pages)*pageRecords, before)
}
