package kinesisserver_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/kinesisserver"
)

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

	client := kinesis.New(kinesis.Options{
		BaseEndpoint: &endpoint,
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("any", "thing", ""),
	})
	out, err := client.PutRecord(context.Background(), &kinesis.PutRecordInput{
		StreamName: aws.String("clicks"), PartitionKey: aws.String("user-1"), Data: []byte(`{"page":"/"}`),
	})
	if err != nil {
		log.Panic(err)
	}
	fmt.Fprintln(os.Stdout, *out.ShardId)
	// Output: shardId-000000000001
}
