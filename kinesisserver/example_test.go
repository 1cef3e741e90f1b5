package kinesisserver_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/kinesisserver"
)

// newClient is what a program's tests do with an endpoint: any credentials will do.
func newClient(endpoint string, change ...func(*kinesis.Options)) *kinesis.Client {
	return kinesis.New(kinesis.Options{
		BaseEndpoint: &endpoint,
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("any", "thing", ""),
	}, change...)
}

func Example() {
	srv := kinesisserver.New(kinesisserver.Config{})
	endpoint, err := srv.Start("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	if err := srv.CreateStream("clicks", 2); err != nil {
		log.Panic(err)
	}

	out, err := newClient(endpoint).PutRecord(context.Background(), &kinesis.PutRecordInput{
		StreamName: aws.String("clicks"), PartitionKey: aws.String("user-1"), Data: []byte(`{"page":"/"}`),
	})
	if err != nil {
		log.Panic(err)
	}
	fmt.Fprintln(os.Stdout, *out.ShardId)
	// Output: shardId-000000000001
}

// TestExampleStartForTest is the shortest way to a server in a test: one line, and it misbehaves when
// it is told to.
func TestExampleStartForTest(t *testing.T) {
	srv, endpoint := kinesisserver.StartForTest(t, kinesisserver.Config{}, "clicks:2")

	srv.Fault(kinesisserver.Fault{Operation: "PutRecord", Count: 1, Code: "AccessDeniedException"})
	client, denied := newClient(endpoint), 0
	for range 2 {
		_, err := client.PutRecord(t.Context(), &kinesis.PutRecordInput{
			StreamName: aws.String("clicks"), PartitionKey: aws.String("user-1"), Data: []byte("x"),
		})
		if refused := (*types.AccessDeniedException)(nil); errors.As(err, &refused) {
			denied++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if denied != 1 {
		t.Errorf("%d calls were denied", denied)
	}
}

// TestExampleFakeTime reads with an iterator that has waited too long. In a synctest bubble, over
// connections in memory, that takes no time at all.
func TestExampleFakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := kinesisserver.New(kinesisserver.Config{})
		defer srv.Close()
		if err := srv.CreateStream("clicks", 1); err != nil {
			t.Fatal(err)
		}
		endpoint, dial := srv.StartInMemory()
		client := newClient(endpoint, func(o *kinesis.Options) {
			o.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: dial}}
		})

		out, err := client.GetShardIterator(t.Context(), &kinesis.GetShardIteratorInput{
			StreamName: aws.String("clicks"), ShardId: aws.String("shardId-000000000000"), ShardIteratorType: types.ShardIteratorTypeLatest,
		})
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(6 * time.Minute)
		_, err = client.GetRecords(t.Context(), &kinesis.GetRecordsInput{ShardIterator: out.ShardIterator})
		if expired := (*types.ExpiredIteratorException)(nil); !errors.As(err, &expired) {
			t.Errorf("got %v", err)
		}
	})
}
