package kinesis

import (
	"slices"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

// An option that stands in the table has its effect: something asks for it.
func TestEveryOptionIsRead(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		table := w.table(userAndNumber)
		w.open(table)
		eventTime(table)
		unreadBySource := table.Options.Unread()
		table = w.table(userAndNumber)
		w.writer(table)
		for _, key := range table.Options.Unread() {
			if slices.Contains(unreadBySource, key) {
				w.Errorf("option %q is read by nobody", key)
			}
		}
	})
}

func TestOptionsAreDocumented(t *testing.T) {
	for _, row := range Factory(Config{}).Options {
		if !strings.HasSuffix(row.Doc, ".") {
			t.Errorf("option %q: doc line %q", row.Key, row.Doc)
		}
		if row.Default == "" {
			continue
		}
		if _, err := parseOptions("stream", "clicks", row.Key, row.Default); err != nil {
			t.Errorf("option %q refuses its default: %v", row.Key, err)
		}
	}
}

func declare(options ...string) (connector.Table, error) {
	values, err := parseOptions(append([]string{"stream", "clicks"}, options...)...)
	return connector.Table{Name: "clicks", Columns: userAndNumber, Options: values, Format: jsonFormat}, err
}

func TestBadOptionsAreRefusedWhenTheTableIsDeclared(t *testing.T) {
	for _, test := range []struct{ options, want string }{
		{"aws.region=invalid-region", `option "aws.region" of table "clicks": bad value "invalid-region": not an AWS region, such as us-east-1`},
		{"aws.endpoint=localhost:4567", `option "aws.endpoint" of table "clicks": bad value "localhost:4567": not a URL that begins with http:// or https://`},
		{"scan.stream.initpos=NEWEST", `option "scan.stream.initpos" of table "clicks": bad value "NEWEST": not one of LATEST, TRIM_HORIZON, AT_TIMESTAMP, EARLIEST`},
		{"scan.stream.initpos=AT_TIMESTAMP", `AT_TIMESTAMP needs the option "scan.stream.initpos-timestamp"`},
		{"scan.stream.initpos-timestamp=0", `option "scan.stream.initpos-timestamp" has no effect without AT_TIMESTAMP`},
		{"scan.stream.initpos=AT_TIMESTAMP scan.stream.initpos-timestamp=yesterday", `option "scan.stream.initpos-timestamp": bad value "yesterday": neither in the format yyyy-MM-dd'T'HH:mm:ss.SSSXXX nor a number of seconds since 1970`},
		{"scan.stream.initpos-timestamp-format=EEE", `option "scan.stream.initpos-timestamp-format" of table "clicks": bad value "EEE": the letter 'E' is not one of y M d H m s S X Z`},
		{"scan.shard.getrecords.intervalmillis=300000", `option "scan.shard.getrecords.intervalmillis" of table "clicks": bad value "300000": must be below 300000 milliseconds, when a shard iterator expires`},
		{"scan.shard.getrecords.maxrecordcount=10001", `option "scan.shard.getrecords.maxrecordcount" of table "clicks": bad value "10001": must be between 1 and 10000`},
		{"scan.list.shards.backoff.base=-1", `option "scan.list.shards.backoff.base" of table "clicks": bad value "-1": must not be negative`},
		{"scan.list.shards.backoff.expconst=0,5", `option "scan.list.shards.backoff.expconst" of table "clicks": bad value "0,5": must be between 1 and 100`},
		{"sink.batch.max-size=501", `option "sink.batch.max-size" of table "clicks": bad value "501": must be between 1 and 500`},
		{"sink.flush-buffer.size=11mb", `option "sink.flush-buffer.size" of table "clicks": bad value "11mb": must be between 1 and 10485760 bytes, the most in a request`},
		{"sink.requests.max-buffered=500", `option "sink.requests.max-buffered" must be greater than "sink.batch.max-size", which is 500`},
		{"sink.partitioner=com.example.MyPartitioner", `option "sink.partitioner" of table "clicks": bad value "com.example.MyPartitioner": not one of random, fixed, metadata`},
		{"sink.partitioner=metadata", `option "sink.partitioner" is 'metadata', but no column is METADATA FROM 'partition-key'`},
		{"sink.requests.max-buffered=100 sink.producer.collection-max-count=100", `option "sink.requests.max-buffered" must be greater than "sink.batch.max-size", which is 100`},
		{"sink.requests.max-inflight=0", `option "sink.requests.max-inflight" of table "clicks": bad value "0": must be between 1 and 10000`},
		{"sink.batch.max-size=0", `option "sink.batch.max-size" of table "clicks": bad value "0": must be between 1 and 500`},
		{"sink.flush-buffer.timeout=0", `option "sink.flush-buffer.timeout" of table "clicks": bad value "0": must be 1 millisecond or more`},
		{"sink.flush-buffer.size=0", `option "sink.flush-buffer.size" of table "clicks": bad value "0": must be between 1 and 10485760 bytes, the most in a request`},
		{"sink.producer.kinesis-port=443", `option "sink.producer.kinesis-port" has no effect without "sink.producer.kinesis-endpoint"`},
		{"aws.endpoint=http://localhost:4567 sink.producer.Kinesis-Port=443", `option "sink.producer.Kinesis-Port" has no effect without "sink.producer.kinesis-endpoint"`},
		{"sink.ordering=total", `option "sink.ordering" of table "clicks": bad value "total": not one of none, per-key`},
		{"sink.http-client.max-concurrency=-1", `option "sink.http-client.max-concurrency" of table "clicks": bad value "-1": must be between 0 and 1000000`},
		{"sink.http-client.protocol.version=HTTP3", `option "sink.http-client.protocol.version" of table "clicks": bad value "HTTP3": not one of HTTP1_1, HTTP2`},
		{"scan.stream.initpso=LATEST", `table "clicks" has an unknown option "scan.stream.initpso"`},
		{"aws.credentials.provider=MAGIC", `option "aws.credentials.provider" of table "clicks": bad value "MAGIC": not one of AUTO, BASIC, ENV_VAR, SYS_PROP, PROFILE, ASSUME_ROLE, WEB_IDENTITY_TOKEN, CUSTOM`},
		{"aws.credentials.provider=BASIC", `the credentials provider BASIC needs two keys`},
		{"aws.credentials.basic.accesskeyid=x", `option "aws.credentials.basic.accesskeyid" has no effect with the credentials provider AUTO`},
		{"aws.credentials.profile.name=x", `option "aws.credentials.profile.name" has no effect with the credentials provider AUTO`},
		{"stream=no/slashes", `option "stream" of table "clicks": bad value "no/slashes": not a stream name: 1 to 128 letters, digits, '_', '.' and '-'`},
	} {
		t.Run(test.options, func(t *testing.T) {
			var pairs []string
			for pair := range strings.FieldsSeq(test.options) {
				key, value, _ := strings.Cut(pair, "=")
				pairs = append(pairs, key, value)
			}
			if pairs[0] != "stream" {
				pairs = append(pairs, "stream", "clicks")
			}
			values, err := parseOptions(pairs...)
			if err == nil {
				err = check(connector.Table{Name: "clicks", Columns: userAndNumber, Options: values})
			}
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestARNAndRegionMustAgree(t *testing.T) {
	values, err := parseOptions("stream.arn", "arn:aws:kinesis:us-west-2:123456789012:stream/clicks", "aws.region", "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, check(connector.Table{Options: values}), `
error: option "aws.region" is us-east-1, but the stream is in us-west-2
  hint: leave 'aws.region' out: the ARN says it`)
}

func TestPartitionedByIsChecked(t *testing.T) {
	columns := []connector.Column{
		{Name: "usr", Type: types.String}, {Name: "ts", Type: types.Timestamp3}, {Name: "shard", Type: varchar128, Metadata: "shard-id"},
	}
	for _, test := range []struct {
		by      []string
		options []string
		want    string
	}{
		{[]string{"usr"}, nil, ""},
		{[]string{"USR"}, nil, ""},
		{[]string{"usr"}, []string{"sink.partitioner", "random"}, `option "sink.partitioner" cannot be set for a table with PARTITIONED BY`},
		{[]string{"nope"}, nil, `PARTITIONED BY names "nope", which is not a physical column of the table`},
		{[]string{"shard"}, nil, `PARTITIONED BY names "shard", which is not a physical column of the table`},
		{[]string{"ts"}, nil, `column "ts" of type TIMESTAMP cannot be part of a partition key`},
		{[]string{"usr", "usr"}, nil, `PARTITIONED BY names column "usr" twice`},
	} {
		table, err := declare(test.options...)
		if err != nil {
			t.Fatal(err)
		}
		table.Columns, table.PartitionedBy = columns, test.by
		if err := check(table); (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
			t.Errorf("%q: got %v, want %s", test.by, err, test.want)
		}
	}
}

func TestMetadataColumnsHaveTypesThatFit(t *testing.T) {
	table, err := declare()
	if err != nil {
		t.Fatal(err)
	}
	table.Columns = []connector.Column{{Name: "at", Type: types.Of(types.BigInt), Metadata: "timestamp"}}
	wantError(t, check(table), `
error: metadata "timestamp" cannot be a column of type BIGINT
  hint: declare column "at" as TIMESTAMP_LTZ(3) or TIMESTAMP(3)`)
}

func TestTypeLimitsWhatATableIsFor(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		table := w.table(userAndNumber, "type", "sink")
		_, err := w.factory.NewSource(w.Context(), connector.ScanRequest{Table: table, Columns: userAndNumber, Meter: &w.meter})
		wantError(w.T, err, `
error: table "clicks" cannot be read: its option "type" is 'sink'
  hint: remove 'type' to read and write the same table`)
	})
}

// Credentials reach the requests, with the session token that temporary ones need.
func TestCredentialsOfTheOptionsAreUsed(t *testing.T) {
	noAWS(t)
	for _, test := range []struct {
		name    string
		env     map[string]string
		options []string
		want    string
	}{
		{"keys alone", nil, []string{"aws.credentials.basic.accesskeyid", "a", "aws.credentials.basic.secretkey", "b"}, "a b "},
		{"temporary keys", nil, []string{
			"aws.credentials.provider", "basic", "aws.credentials.provider.basic.accesskeyid", "a", "aws.credentials.basic.secretkey", "b", "aws.credentials.basic.sessiontoken", "c",
		}, "a b c"},
		{"environment", map[string]string{"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_SESSION_TOKEN": "z"}, []string{"aws.credentials.provider", "ENV_VAR"}, "x y z"},
		{"chain", map[string]string{"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}, nil, "x y "},
		{"profile beats environment", map[string]string{"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}, []string{
			"aws.credentials.provider", "PROFILE", "aws.credentials.profile.name", "dev", "aws.credentials.profile.path", "testdata/credentials",
		}, "AKIDDEV secret-of-dev "},
	} {
		t.Run(test.name, func(t *testing.T) {
			for key, value := range test.env {
				t.Setenv(key, value)
			}
			src, err := openWith(t, Config{}, append([]string{"stream", "clicks", "aws.region", "us-east-1"}, test.options...)...)
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			got, err := src.(*source).Options().Credentials.Retrieve(t.Context())
			if err != nil || got.AccessKeyID+" "+got.SecretAccessKey+" "+got.SessionToken != test.want {
				t.Errorf("got %+v, %v; want %q", got, err, test.want)
			}
		})
	}
}
