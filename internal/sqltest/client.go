package sqltest

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awskinesis "github.com/aws/aws-sdk-go-v2/service/kinesis"
	awstypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/cockroachdb/datadriven"
)

// client looks at and writes to streams as somebody outside the job would.
type client struct {
	kinesis   *awskinesis.Client
	transport *http.Transport
	regions   map[string]string // of the streams that are in another one than the others
}

// in makes a call about a stream go to its region.
func (c *client) in(stream string) func(*awskinesis.Options) {
	return func(o *awskinesis.Options) {
		if region := c.regions[stream]; region != "" {
			o.Region = region
		}
	}
}

// plainBody hides everything but Read and Close of a request body: net/http calls WriteTo of the
// SDK's body otherwise, which fails when the answer comes before the body is written out.
type plainBody struct{ transport *http.Transport }

// Do sends a request.
func (p plainBody) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.transport.RoundTrip(r)
}

func newClient(endpoint string, dial func(ctx context.Context, network, addr string) (net.Conn, error)) *client {
	transport := &http.Transport{DialContext: dial}
	return &client{transport: transport, regions: map[string]string{}, kinesis: awskinesis.New(awskinesis.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: plainBody{transport},
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})}
}

func (c *client) close() { c.transport.CloseIdleConnections() }

func (r *runner) createStream(ctx context.Context, d *datadriven.TestData) string {
	name, shards := d.CmdArgs[0].Key, 1
	for _, arg := range d.CmdArgs[1:] {
		switch arg.Key {
		case "shards":
			shards, _ = strconv.Atoi(arg.Vals[0]) // 0 is refused by the server
		case "region":
			r.client.regions[name] = arg.Vals[0]
		}
	}
	if r.variant.Shards > 0 {
		shards = r.variant.Shards
	}
	err := r.server.CreateStream(name, shards)
	if r.client.regions[name] != "" { // elsewhere the server has to be asked from outside
		_, err = r.client.kinesis.CreateStream(ctx, &awskinesis.CreateStreamInput{
			StreamName: &name, ShardCount: aws.Int32(int32(shards)),
		}, r.client.in(name))
	}
	if err != nil {
		return fmt.Sprintf("error: %v\n", err)
	}
	return ""
}

// putRecords puts a record per line of input.
func (r *runner) putRecords(ctx context.Context, t *testing.T, d *datadriven.TestData) string {
	var stream, key string
	d.ScanArgs(t, "stream", &stream)
	if d.HasArg("key") {
		d.ScanArgs(t, "key", &key)
	}
	for line := range strings.SplitSeq(d.Input, "\n") {
		data, err := payload(line, d)
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		r.put[stream]++
		partition := strconv.Itoa(r.put[stream])
		var fields map[string]any
		if key != "" && json.Unmarshal([]byte(line), &fields) == nil {
			partition = fmt.Sprint(fields[key])
		}
		if _, err := r.client.kinesis.PutRecord(ctx, &awskinesis.PutRecordInput{StreamName: &stream, PartitionKey: &partition, Data: data}, r.client.in(stream)); err != nil {
			return fmt.Sprintf("error: %v\n", err)
		}
	}
	advance(settle)
	return ""
}

// payload returns the record that a line of a put stands for.
func payload(line string, d *datadriven.TestData) ([]byte, error) {
	data := []byte(line)
	if d.HasArg("quoted") {
		text, err := strconv.Unquote(line)
		if err != nil {
			return nil, err
		}
		data = []byte(text)
	}
	var packed bytes.Buffer
	var w io.WriteCloser
	switch {
	case d.HasArg("gzip"):
		w = gzip.NewWriter(&packed)
	case d.HasArg("zlib"):
		w = zlib.NewWriter(&packed)
	default:
		return data, nil
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err := w.Close()
	return packed.Bytes(), err
}

// reshard splits a shard in half, or merges two.
func (r *runner) reshard(ctx context.Context, t *testing.T, d *datadriven.TestData) string {
	var stream string
	var shard, other int
	d.ScanArgs(t, "stream", &stream)
	d.ScanArgs(t, "shard", &shard)
	var err error
	if d.Cmd == "split" {
		err = r.client.split(ctx, stream, shardID(shard))
	} else {
		d.ScanArgs(t, "other", &other)
		_, err = r.client.kinesis.MergeShards(ctx, &awskinesis.MergeShardsInput{
			StreamName: &stream, ShardToMerge: aws.String(shardID(shard)), AdjacentShardToMerge: aws.String(shardID(other)),
		}, r.client.in(stream))
	}
	if err != nil && r.variant.Shards == 0 {
		return fmt.Sprintf("error: %v\n", err)
	}
	advance(settle)
	return ""
}

func shardID(n int) string { return fmt.Sprintf("shardId-%012d", n) }

func (c *client) split(ctx context.Context, stream, shard string) error {
	shards, err := c.shards(ctx, stream)
	if err != nil {
		return err
	}
	for _, s := range shards {
		if *s.ShardId != shard {
			continue
		}
		middle, err := middleOf(*s.HashKeyRange.StartingHashKey, *s.HashKeyRange.EndingHashKey)
		if err != nil {
			return err
		}
		_, err = c.kinesis.SplitShard(ctx, &awskinesis.SplitShardInput{StreamName: &stream, ShardToSplit: &shard, NewStartingHashKey: &middle}, c.in(stream))
		return err
	}
	return fmt.Errorf("stream %q has no shard %q", stream, shard)
}

func (c *client) shards(ctx context.Context, stream string) ([]awstypes.Shard, error) {
	out, err := c.kinesis.ListShards(ctx, &awskinesis.ListShardsInput{StreamName: &stream}, c.in(stream))
	if err != nil {
		return nil, err
	}
	return out.Shards, nil
}

// records returns the payloads of all records of a stream, shard by shard.
func (c *client) records(ctx context.Context, stream string) ([]string, error) {
	shards, err := c.shards(ctx, stream)
	if err != nil {
		return nil, err
	}
	var payloads []string
	for _, shard := range shards {
		iterator, err := c.kinesis.GetShardIterator(ctx, &awskinesis.GetShardIteratorInput{
			StreamName: &stream, ShardId: shard.ShardId, ShardIteratorType: awstypes.ShardIteratorTypeTrimHorizon,
		}, c.in(stream))
		if err != nil {
			return nil, err
		}
		for next := iterator.ShardIterator; next != nil; {
			page, err := c.kinesis.GetRecords(ctx, &awskinesis.GetRecordsInput{ShardIterator: next}, c.in(stream))
			if err != nil {
				return nil, err
			}
			for _, record := range page.Records {
				payloads = append(payloads, string(record.Data))
			}
			next = page.NextShardIterator
			if len(page.Records) == 0 && aws.ToInt64(page.MillisBehindLatest) == 0 {
				break
			}
		}
	}
	return payloads, nil
}

// sink prints the records that came into a stream since it was last looked at.
func (r *runner) sink(ctx context.Context, t *testing.T, d *datadriven.TestData) string {
	var stream string
	d.ScanArgs(t, "stream", &stream)
	advance(settle)
	payloads, err := r.client.records(ctx, stream)
	if err != nil {
		return fmt.Sprintf("error: %v\n", err)
	}
	fresh := slices.Clone(payloads[min(r.sunk[stream], len(payloads)):])
	if d.HasArg("quoted") {
		for i := range fresh {
			fresh[i] = strconv.Quote(fresh[i])
		}
	}
	r.sunk[stream] = len(payloads)
	return sortLines(fresh)
}

// sunkPrefix marks the lines of an outcome that are records of a stream.
const sunkPrefix = "stream "

// sunk returns all records of the streams that a case has looked at.
func (c *client) sunk(ctx context.Context, streams map[string]int) []string {
	var all []string
	for stream := range streams {
		payloads, err := c.records(ctx, stream)
		if err != nil {
			return []string{err.Error()}
		}
		for _, payload := range payloads {
			all = append(all, sunkPrefix+stream+": "+payload)
		}
	}
	return all
}
