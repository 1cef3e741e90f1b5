package bench_test

import (
	"context"
	"encoding/json"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/bench/events"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// query is the measured query: 5 of 15 columns, a filter, and a tumbling window by user.
const query = `
CREATE TABLE events (
  event_id STRING, event_type STRING, ts TIMESTAMP(3), user_id STRING, session_id STRING, url STRING, referrer STRING,
  user_agent STRING, device STRING, geo JSON, price DOUBLE, quantity INT, is_member BOOLEAN, tags JSON, note STRING,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'pages', 'format' = 'json');

SELECT user_id, window_start, COUNT(*) AS n, SUM(quantity) AS items, AVG(price) AS mean, MAX(price) AS dearest
FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND))
WHERE price > 100 AND event_type <> 'none'
GROUP BY window_start, window_end, user_id;`

// pageRows is how many records come at a time, about what a GetRecords answer holds.
const pageRows = 4096

// pages is a connector that delivers the records of a slice in pages.
func pages(records [][]byte) *connector.Factory {
	return &connector.Factory{
		Name: "pages", UsesFormat: true,
		NewSource: func(_ context.Context, request connector.ScanRequest) (connector.Source, error) {
			return &pageSource{records: records, request: request}, nil
		},
	}
}

type pageSource struct {
	records [][]byte
	request connector.ScanRequest
}

func (s *pageSource) Splits(context.Context) ([]connector.Split, error) {
	return []connector.Split{{ID: "all"}}, nil
}

func (s *pageSource) DiscoveryInterval() time.Duration { return 0 }

func (s *pageSource) Progress() string { return "" }

func (s *pageSource) Close() error { return nil }

func (s *pageSource) Open(context.Context, connector.Split) (connector.Reader, error) {
	var schema types.Schema
	for _, c := range s.request.Columns {
		schema = append(schema, types.Field{Name: c.Name, Type: c.Type})
	}
	f, err := format.Lookup("json", diag.Span{})
	if err != nil {
		return nil, err
	}
	decoder, err := f.NewDecoder(format.Config{Schema: schema, Options: s.request.Table.Options, Zone: time.UTC})
	return &pageReader{rest: s.records, decoder: decoder}, err
}

type pageReader struct {
	rest    [][]byte
	decoder format.Decoder
}

func (r *pageReader) Next(context.Context) (connector.Page, error) {
	if len(r.rest) == 0 {
		return connector.Page{}, io.EOF
	}
	page := r.rest[:min(pageRows, len(r.rest))]
	r.rest = r.rest[len(page):]
	decoded := r.decoder.Decode(page)
	if len(decoded.Bad) > 0 {
		return connector.Page{}, decoded.Bad[0].Err
	}
	return connector.Page{Rows: batch.New(decoded.Rows, decoded.Columns...)}, nil
}

func (r *pageReader) Close() error { return nil }

// runQuery runs the query over the records and returns how many result rows there are and the sum
// of their counts.
func runQuery(tb testing.TB, records [][]byte) (rows int, counted int64) {
	tb.Helper()
	e := engine.New(engine.Config{
		Connectors: connector.Registry{pages(records)},
		Settings:   map[string]string{"parallelism.default": "1"},
		Rows: func(_ engine.Header, b *batch.Batch) error {
			rows += b.Rows()
			for _, n := range batch.Values[int64](b.Columns[2]) {
				counted += n
			}
			return nil
		},
	})
	program, err := e.Prepare(&diag.Source{Text: query})
	if err != nil {
		tb.Fatal(diag.Render(err))
	}
	job, err := program.Start(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	if err := job.Wait(); err != nil {
		tb.Fatal(err)
	}
	return rows, counted
}

// plain is the same query as a program without an engine would do it: encoding/json and maps.
func plain(tb testing.TB, records [][]byte) (rows int, counted int64) {
	tb.Helper()
	type key struct {
		window int64
		user   string
	}
	type group struct {
		n, items   int64
		sum, price float64
	}
	groups := map[key]*group{}
	for _, record := range records {
		var event map[string]any
		if err := json.Unmarshal(record, &event); err != nil {
			tb.Fatal(err)
		}
		price, ok := event["price"].(float64)
		if kind, isText := event["event_type"].(string); !ok || price <= 100 || !isText || kind == "none" {
			continue
		}
		micros, _, ok := types.ParseTimestamp(event["ts"].(string))
		if !ok {
			tb.Fatalf("bad time %v", event["ts"])
		}
		user, _ := event["user_id"].(string)
		k := key{types.FloorDiv(micros, 10*types.Second), user}
		g := groups[k]
		if g == nil {
			g = &group{}
			groups[k] = g
		}
		quantity, _ := event["quantity"].(float64)
		g.n++
		g.items += int64(quantity)
		g.sum += price
		g.price = max(g.price, price)
	}
	for _, g := range groups {
		counted += g.n
	}
	return len(groups), counted
}

func TestQueryAgreesWithThePlainProgram(t *testing.T) {
	records := events.Events(20_000, 1)
	rows, counted := runQuery(t, records)
	wantRows, wantCounted := plain(t, records)
	if rows != wantRows || counted != wantCounted || rows == 0 {
		t.Errorf("the query gives %d rows that count %d records, the plain program %d and %d", rows, counted, wantRows, wantCounted)
	}
}

// BenchmarkJSONToWindow measures records per second and core, from JSON bytes to window results.
// Run it with -cpu 1.
func BenchmarkJSONToWindow(b *testing.B) {
	records := events.Events(200_000, 1)
	bytes := 0
	for _, record := range records {
		bytes += len(record)
	}
	for _, subject := range []struct {
		name string
		run  func(testing.TB, [][]byte) (int, int64)
	}{{"penstock", runQuery}, {"peer-encoding-json", plain}} {
		b.Run("impl="+subject.name, func(b *testing.B) {
			b.SetBytes(int64(bytes))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			n := 0
			for b.Loop() {
				subject.run(b, records)
				n += len(records)
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(n), "allocs/record")
		})
	}
}
