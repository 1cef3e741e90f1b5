//go:build unix

package kinesis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
	"github.com/penstock-io/penstock/kinesisserver"
)

const (
	benchShards = 4
	benchRecord = 500 // bytes
)

// benchServer is a server on the loopback interface with records of a JSON object.
func benchServer(b *testing.B, records int) (endpoint string) {
	b.Helper()
	srv := kinesisserver.New(kinesisserver.Config{Seed: 1})
	b.Cleanup(func() { srv.Close() })
	endpoint, err := srv.Start("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	if err := srv.CreateStream(streamName, benchShards); err != nil {
		b.Fatal(err)
	}
	if records == 0 {
		return endpoint
	}
	client := bareClient(b, endpoint, nil)
	entries := make([]kinesistypes.PutRecordsRequestEntry, 0, maxRecordsPerPut)
	for n := range records {
		entries = append(entries, kinesistypes.PutRecordsRequestEntry{Data: benchData(n), PartitionKey: aws.String(fmt.Sprintf("user-%d", n))})
		if len(entries) == cap(entries) || n == records-1 {
			out, err := client.PutRecords(b.Context(), &kinesis.PutRecordsInput{StreamName: aws.String(streamName), Records: entries})
			if err != nil || *out.FailedRecordCount != 0 {
				b.Fatal(err, out)
			}
			entries = entries[:0]
		}
	}
	return endpoint
}

func benchData(n int) []byte {
	data := fmt.Appendf(nil, `{"usr":"user-%d","n":%d,"page":"/products/%d","text":"`, n%10_000, n, n%97)
	data = append(data, strings.Repeat("x", benchRecord-len(data)-2)...)
	return append(data, `"}`...)
}

// bareClient is the SDK as it comes, but for the bodies that would break fast connections.
func bareClient(b *testing.B, endpoint string, change func(*kinesis.Options)) *kinesis.Client {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	b.Cleanup(transport.CloseIdleConnections)
	options := kinesis.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: &httpClient{Client: &http.Client{Transport: transport}},
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	if change == nil {
		return kinesis.New(options)
	}
	return kinesis.New(options, change)
}

// cpuSeconds is the processor time of the process so far, the server's included.
func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// BenchmarkConsume reads a preloaded stream over loopback HTTP: through the connector to columns of
// which the query wants two, through the connector without decoding JSON, both by polling and by
// enhanced fan-out, and with the bare SDK,
// which leaves the records as bytes. Processor time includes the server.
func BenchmarkConsume(b *testing.B) {
	records := 1_000_000
	if testing.Short() {
		records = 50_000
	}
	endpoint := benchServer(b, records)
	fast := func(o *kinesis.Options) { o.Protocol = newProtocol() }
	fanOut := []string{keyPublisher, publisherFanOut, keyConsumerName, "bench"}
	for _, run := range []struct {
		name string
		read func(b *testing.B) int64
	}{
		{"connector", func(b *testing.B) int64 { return consume(b, endpoint, userAndNumber) }},
		{"connector-count", func(b *testing.B) int64 {
			return consume(b, endpoint, []connector.Column{{Name: "key", Type: types.String, Metadata: metadataShardID}})
		}},
		{"fan-out", func(b *testing.B) int64 { return consume(b, endpoint, userAndNumber, fanOut...) }},
		{"fan-out-count", func(b *testing.B) int64 {
			return consume(b, endpoint, []connector.Column{{Name: "key", Type: types.String, Metadata: metadataShardID}}, fanOut...)
		}},
		{"bare-sdk", func(b *testing.B) int64 { return consumeBare(b, bareClient(b, endpoint, nil)) }},
		{"bare-sdk-our-protocol", func(b *testing.B) int64 { return consumeBare(b, bareClient(b, endpoint, fast)) }},
	} {
		b.Run(run.name, func(b *testing.B) {
			b.ReportAllocs()
			cpu, total := cpuSeconds(b), int64(0)
			for b.Loop() {
				got := run.read(b)
				if got != int64(records) {
					b.Fatalf("read %d records", got)
				}
				total += got
			}
			b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(total)/(cpuSeconds(b)-cpu), "records/cpu-s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// consume reads the stream to its end through the connector, all shards at the same time.
func consume(b *testing.B, endpoint string, columns []connector.Column, options ...string) int64 {
	b.Helper()
	values, err := parseOptions(append(options, "stream", streamName, "aws.endpoint", endpoint, "scan.stream.initpos", "TRIM_HORIZON",
		"scan.bounded.mode", "latest", "scan.shard.getrecords.quota", "none")...)
	if err != nil {
		b.Fatal(err)
	}
	table := connector.Table{Name: streamName, Columns: columns, Options: values, Format: jsonFormat}
	src, err := Factory(Config{Seed: 1}).NewSource(b.Context(), connector.ScanRequest{Table: table, Columns: columns, Meter: &connector.Meter{}})
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	splits, err := src.Splits(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var total atomic.Int64
	var running sync.WaitGroup
	for _, split := range splits {
		running.Go(func() {
			n, err := drain(b.Context(), src, split)
			if err != nil {
				b.Error(err)
			}
			total.Add(n)
		})
	}
	running.Wait()
	return total.Load()
}

func drain(ctx context.Context, src connector.Source, split connector.Split) (n int64, err error) {
	reader, err := src.Open(ctx, split)
	if err != nil {
		return 0, err
	}
	defer reader.Close()
	for {
		page, err := reader.Next(ctx)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if page.Rows != nil {
			n += int64(page.Rows.Rows())
		}
	}
}

// consumeBare is the loop that everybody writes: GetRecords until there is nothing more.
func consumeBare(b *testing.B, client *kinesis.Client) int64 {
	b.Helper()
	shards, err := client.ListShards(b.Context(), &kinesis.ListShardsInput{StreamName: aws.String(streamName)})
	if err != nil {
		b.Fatal(err)
	}
	var total atomic.Int64
	var running sync.WaitGroup
	for _, shard := range shards.Shards {
		running.Go(func() {
			it, err := client.GetShardIterator(b.Context(), &kinesis.GetShardIteratorInput{
				StreamName: aws.String(streamName), ShardId: shard.ShardId, ShardIteratorType: kinesistypes.ShardIteratorTypeTrimHorizon,
			})
			if err != nil {
				b.Error(err)
				return
			}
			for next := it.ShardIterator; next != nil; {
				out, err := client.GetRecords(b.Context(), &kinesis.GetRecordsInput{ShardIterator: next})
				if err != nil {
					b.Error(err)
					return
				}
				total.Add(int64(len(out.Records)))
				if next = out.NextShardIterator; *out.MillisBehindLatest == 0 {
					return
				}
			}
		})
	}
	running.Wait()
	return total.Load()
}

// BenchmarkProduce writes rows of about the same size over loopback HTTP.
func BenchmarkProduce(b *testing.B) {
	columns := []connector.Column{{Name: "text", Type: types.String}, {Name: "n", Type: types.Of(types.BigInt)}}
	endpoint := benchServer(b, 0)
	values, err := parseOptions("stream", streamName, "aws.endpoint", endpoint)
	if err != nil {
		b.Fatal(err)
	}
	table := connector.Table{Name: streamName, Columns: columns, Options: values, Format: jsonFormat}
	snk, err := Factory(Config{Seed: 1}).NewSink(b.Context(), connector.SinkRequest{Table: table, Columns: columns, Meter: &connector.Meter{}})
	if err != nil {
		b.Fatal(err)
	}
	defer snk.Close()
	writer, err := snk.Open(b.Context(), 0)
	if err != nil {
		b.Fatal(err)
	}
	defer writer.Close()
	const rows = 50_000
	texts, numbers := &batch.BytesBuilder{}, &batch.FixedBuilder[int64]{}
	for n := range rows {
		texts.AppendString(strings.Repeat("x", benchRecord-25))
		numbers.Append(int64(n))
	}
	written := batch.New(rows, texts.Finish(), numbers.Finish())
	cpu, total := cpuSeconds(b), 0
	b.ReportAllocs()
	for b.Loop() {
		if err := errors.Join(writer.Write(b.Context(), written), writer.Flush(b.Context())); err != nil {
			b.Fatal(err)
		}
		total += rows
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(total)/(cpuSeconds(b)-cpu), "records/cpu-s")
	b.ReportMetric(0, "ns/op")
}
