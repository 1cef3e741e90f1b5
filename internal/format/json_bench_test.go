package format_test

import (
	"encoding/json"
	"runtime"
	"testing"

	"github.com/penstock-io/penstock/internal/bench/events"
	"github.com/penstock-io/penstock/internal/types"
)

// pageRecords is how many records a page of a busy shard has: GetRecords returns up to 10 MB or
// 10000 records, but rarely that many.
const pageRecords = 2000

func benchmarkPages(b *testing.B) (pages [][][]byte, bytes int64) {
	b.Helper()
	records := events.Events(20_000, 1)
	for len(records) > 0 {
		pages = append(pages, records[:pageRecords])
		records = records[pageRecords:]
	}
	for _, page := range pages {
		for _, record := range page {
			bytes += int64(len(record))
		}
	}
	return pages, bytes
}

// reportRecords reports what a record costs; allocs is what mallocs returned before the loop.
func reportRecords(b *testing.B, records int, allocs uint64) {
	allocs = mallocs() - allocs
	b.ReportMetric(float64(allocs)/float64(b.N)/float64(records), "allocs/record")
	b.ReportMetric(float64(b.N)*float64(records)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(records), "ns/record")
}

func mallocs() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.Mallocs
}

func BenchmarkJSONDecode(b *testing.B) {
	pages, size := benchmarkPages(b)
	b.Run("impl=penstock", func(b *testing.B) { benchmarkDecode(b, pages, size, events.Wanted()) })
	b.Run("impl=peer-encoding-json", func(b *testing.B) {
		b.SetBytes(size)
		var rows struct {
			kinds, times, users []string
			prices              []float64
			quantities          []int32
		}
		before := mallocs()
		for b.Loop() {
			for _, page := range pages {
				for _, record := range page {
					var event struct {
						Kind     string  `json:"event_type"`
						Time     string  `json:"ts"` // time.Time would cost it still more
						User     string  `json:"user_id"`
						Price    float64 `json:"price"`
						Quantity int32   `json:"quantity"`
					}
					if err := json.Unmarshal(record, &event); err != nil {
						b.Fatal(err)
					}
					rows.kinds = append(rows.kinds, event.Kind)
					rows.times = append(rows.times, event.Time)
					rows.users = append(rows.users, event.User)
					rows.prices = append(rows.prices, event.Price)
					rows.quantities = append(rows.quantities, event.Quantity)
				}
				rows.kinds, rows.times, rows.users = rows.kinds[:0], rows.times[:0], rows.users[:0]
				rows.prices, rows.quantities = rows.prices[:0], rows.quantities[:0]
			}
		}
		reportRecords(b, len(pages)*pageRecords, before)
	})
}

func BenchmarkJSONDecodeColumns(b *testing.B) {
	pages, size := benchmarkPages(b)
	b.Run("columns=0", func(b *testing.B) { benchmarkDecode(b, pages, size, nil) })
	b.Run("columns=15", func(b *testing.B) { benchmarkDecode(b, pages, size, events.Schema()) })
}

func benchmarkDecode(b *testing.B, pages [][][]byte, size int64, schema types.Schema) {
	decoder := newDecoder(b, schema)
	b.SetBytes(size)
	before := mallocs()
	for b.Loop() {
		for _, page := range pages {
			if out := decoder.Decode(page); out.Rows != len(page) {
				b.Fatalf("got %d rows, want %d; %v", out.Rows, len(page), out.Bad)
			}
		}
	}
	reportRecords(b, len(pages)*pageRecords, before)
}
