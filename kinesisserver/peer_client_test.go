package kinesisserver

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// The clients that the benchmarks of peer_test.go use: the SDK's, and one that works no more than it
// must.

const perRequest = 500 // records in a PutRecords

// peerData is the data of every record.
var peerData = bytes.Repeat([]byte("abcdefgh"), 128)

// putBytes is put with a client that has its requests ready, but for the name of the stream.
func (p *peer) putBytes(stream string, writers int, bodies []string) {
	p.Helper()
	var wg sync.WaitGroup
	for writer := range writers {
		wg.Go(func() {
			var answer bytes.Buffer
			for request := writer; request < len(bodies); request += writers {
				p.post(&answer, "PutRecords", `{"StreamName":"`+stream+`",`+bodies[request])
				if !bytes.Contains(answer.Bytes(), []byte(`"FailedRecordCount":0`)) {
					p.Error("put failed: ", answer.String())
				}
			}
		})
	}
	wg.Wait()
}

// requestBodies returns what putBytes sends, without the name of the stream.
func requestBodies() []string {
	bodies := make([]string, peerRecords/perRequest)
	data := base64.StdEncoding.EncodeToString(peerData)
	for request := range bodies {
		var body strings.Builder
		body.WriteString(`"Records":[`)
		for i := range perRequest {
			if i > 0 {
				body.WriteByte(',')
			}
			fmt.Fprintf(&body, `{"Data":"%s","PartitionKey":"user-%d"}`, data, request*perRequest+i)
		}
		body.WriteString("]}")
		bodies[request] = body.String()
	}
	return bodies
}

// put writes peerRecords records with as many writers.
func (p *peer) put(stream string, writers int) {
	p.Helper()
	var wg sync.WaitGroup
	for writer := range writers {
		wg.Go(func() {
			for request := writer; request < peerRecords/perRequest; request += writers {
				in := &kinesis.PutRecordsInput{StreamName: &stream, Records: make([]types.PutRecordsRequestEntry, perRequest)}
				for i := range in.Records {
					in.Records[i] = types.PutRecordsRequestEntry{Data: peerData, PartitionKey: aws.String("user-" + strconv.Itoa(request*perRequest+i))}
				}
				out, err := p.client.PutRecords(context.Background(), in)
				if err != nil || *out.FailedRecordCount > 0 {
					p.Error("put failed: ", err)
					return
				}
			}
		})
	}
	wg.Wait()
	if p.Failed() {
		p.FailNow()
	}
}

// get reads all shards, one after the other, and returns the number of records.
func (p *peer) get(stream string) (n int) {
	p.Helper()
	ctx := context.Background()
	for shard := range peerShards {
		it, err := p.client.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{
			StreamName: &stream, ShardId: aws.String(shardID(uint32(shard))), ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
		})
		p.must(err)
		for next, more := it.ShardIterator, true; more; {
			out, err := p.client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: next})
			p.must(err)
			n += len(out.Records)
			next, more = out.NextShardIterator, len(out.Records) > 0 && *out.MillisBehindLatest > 0
		}
	}
	return n
}

// getBytes is get with a client that looks at nothing of an answer but where it goes on.
func (p *peer) getBytes(stream string) (n int) {
	p.Helper()
	var body bytes.Buffer
	for shard := range peerShards {
		it, err := p.client.GetShardIterator(context.Background(), &kinesis.GetShardIteratorInput{
			StreamName: &stream, ShardId: aws.String(shardID(uint32(shard))), ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
		})
		p.must(err)
		for next, more := *it.ShardIterator, true; more; {
			p.post(&body, "GetRecords", `{"ShardIterator":"`+next+`"}`)
			records := bytes.Count(body.Bytes(), []byte(`"SequenceNumber"`))
			n += records
			_, after, _ := bytes.Cut(body.Bytes(), []byte(`"NextShardIterator":"`))
			iterator, _, _ := bytes.Cut(after, []byte(`"`))
			next, more = string(iterator), records > 0 && !bytes.Contains(body.Bytes(), []byte(`"MillisBehindLatest":0`))
		}
	}
	return n
}

// post makes a call and reads the answer. The signature is none; neither server looks.
func (p *peer) post(body *bytes.Buffer, operation, in string) {
	p.Helper()
	request, err := http.NewRequest(http.MethodPost, p.endpoint, strings.NewReader(in)) //nolint:noctx // ends with the benchmark
	p.must(err)
	request.Header = http.Header{
		"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"Kinesis_20131202." + operation}, "X-Amz-Date": {"20260101T000000Z"},
		"Authorization": {"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature=0"},
	}
	response, err := p.http.Do(request)
	p.must(err)
	defer response.Body.Close()
	body.Reset()
	_, err = body.ReadFrom(response.Body)
	p.must(err)
	if response.StatusCode != http.StatusOK {
		p.Fatalf("%s: %s", response.Status, body)
	}
}
