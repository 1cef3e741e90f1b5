package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awskinesis "github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/kinesis"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/kinesisserver"
)

// A job that reads from LATEST is killed after a checkpoint that was made before any record came.
// What comes while it is down is read once when it starts again, also from shards that were not there
// at the checkpoint.
func TestJobFromLatestGoesOnWhereItBegan(t *testing.T) {
	for _, how := range []string{"", ", 'scan.stream.recordpublisher' = 'EFO', 'scan.stream.efo.consumername' = 'copy'"} {
		synctest.Test(t, func(t *testing.T) {
			k := newKinesisWorld(t)
			directory := t.TempDir()
			script := k.table("clicks", "'scan.stream.initpos' = 'LATEST'"+how) + k.table("copy", "'sink.flush-buffer.timeout' = '100'") +
				"SET 'pipeline.name' = 'copier'; INSERT INTO copy SELECT * FROM clicks;"
			k.put("too early", 0)
			pass(5 * time.Second)

			ctx, kill := context.WithCancel(t.Context())
			job := start(t, ctx, k.engine(directory, nil), script)
			pass(25 * time.Second) // two checkpoints
			kill()
			if err := job.Wait(); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}

			var want []string
			for n := range 10 {
				want = append(want, k.put(fmt.Sprintf("user-%d", n), n))
			}
			if err := k.server.Reshard("clicks", 5); err != nil {
				t.Fatal(err)
			}
			for n := range 10 {
				want = append(want, k.put(fmt.Sprintf("user-%d", n), 10+n))
			}
			pass(time.Hour)

			job = start(t, t.Context(), k.engine(directory, nil), script)
			pass(time.Minute)
			want = append(want, k.put("afterwards", 20))
			pass(5 * time.Second)
			job.Drain()
			if err := job.Wait(); err != nil {
				t.Fatal(err)
			}
			slices.Sort(want)
			if got := k.contents("copy"); !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// kinesisWorld is a server in memory.
type kinesisWorld struct {
	*testing.T
	server   *kinesisserver.Server
	endpoint string
	dial     awsclient.Dial
	api      *awskinesis.Client
}

func newKinesisWorld(t *testing.T) *kinesisWorld {
	t.Helper()
	k := &kinesisWorld{T: t, server: kinesisserver.New(kinesisserver.Config{Seed: 1})}
	k.endpoint, k.dial = k.server.StartInMemory()
	transport := &http.Transport{DialContext: k.dial}
	k.api = awskinesis.New(awskinesis.Options{
		Region: "us-east-1", BaseEndpoint: &k.endpoint, HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := k.server.Close(); err != nil {
			t.Error(err)
		}
	})
	for name, shards := range map[string]int{"clicks": 2, "copy": 1} {
		if err := k.server.CreateStream(name, shards); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func (k *kinesisWorld) engine(directory string, rows func(engine.Header, *batch.Batch) error) *engine.Engine {
	return engine.New(engine.Config{
		Connectors:     connector.Registry{kinesis.Factory(kinesis.Config{Dial: k.dial, Seed: 1})},
		StateDirectory: directory, Rows: rows,
	})
}

// table declares a table over a stream of the same name.
func (k *kinesisWorld) table(name, options string) string {
	return fmt.Sprintf(`CREATE TABLE %s (usr STRING, n INT) WITH ('connector' = 'kinesis', 'stream' = '%s', 'format' = 'json', 'aws.region' = 'us-east-1',
		'aws.endpoint' = '%s', 'aws.credentials.basic.accesskeyid' = 'test', 'aws.credentials.basic.secretkey' = 'test', %s);
		`, name, name, k.endpoint, options)
}

// put writes a record and returns the row that it is.
func (k *kinesisWorld) put(user string, n int) string {
	k.Helper()
	_, err := k.api.PutRecord(k.Context(), &awskinesis.PutRecordInput{
		StreamName: aws.String("clicks"), PartitionKey: &user, Data: fmt.Appendf(nil, `{"usr":%q,"n":%d}`, user, n),
	})
	if err != nil {
		k.Fatal(err)
	}
	return fmt.Sprintf("%s | %d", user, n)
}

// contents returns the rows in a stream, sorted.
func (k *kinesisWorld) contents(stream string) (rows []string) {
	k.Helper()
	show := func(h engine.Header, b *batch.Batch) error {
		for row := range b.Rows() {
			rows = append(rows, batch.FormatRow(b, h.Schema, row))
		}
		return nil
	}
	job := start(k.T, k.Context(), k.engine("", show), k.table(stream, "'scan.stream.initpos' = 'TRIM_HORIZON', 'scan.bounded.mode' = 'latest'")+"SELECT * FROM "+stream+";")
	if err := job.Wait(); err != nil {
		k.Fatal(err)
	}
	slices.Sort(rows)
	return rows
}
