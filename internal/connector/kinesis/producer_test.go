package kinesis

import (
	"strings"
	"testing"
	"time"
)

func settingsOf(t *testing.T, options ...string) sinkSettings {
	t.Helper()
	table, err := declare(options...)
	if err == nil {
		err = check(table)
	}
	if err != nil {
		t.Fatal(err)
	}
	return newSinkSettings(table.Options)
}

func TestProducerOptionsMeanWhatTheProducerLibraryMeans(t *testing.T) {
	s := settingsOf(t,
		"sink.producer.record-max-buffered-time", "100", "sink.producer.collection-max-size", "5000000", "sink.producer.Collection-Max-Count", "400",
		"sink.producer.fail-on-error", "TRUE", "sink.producer.aggregation-enabled", "false")
	if s.flushAfter != 100*time.Millisecond || s.batchBytes != 5_000_000 || s.batchRecords != 400 || !s.failOnError {
		t.Errorf("got %+v", s)
	}
	s = settingsOf(t, "sink.producer.collection-max-size", "9223372036854775807")
	if s.batchBytes != maxBytesPerPut {
		t.Errorf("requests of %d bytes", s.batchBytes)
	}
}

func TestOptionsOfOurOwnBeatThoseOfTheProducerLibrary(t *testing.T) {
	s := settingsOf(t,
		"sink.producer.record-max-buffered-time", "100", "type.batchFlushIntervalMillis", "200", "sink.producer.collection-max-count", "400", "sink.batch.max-size", "300",
		"sink.producer.collection-max-size", "5000", "sink.max_bytes_per_batch", "6000", "sink.producer.fail-on-error", "true", "sink.fail-on-error", "false")
	if s.flushAfter != 200*time.Millisecond || s.batchRecords != 300 || s.batchBytes != 6000 || s.failOnError {
		t.Errorf("got %+v", s)
	}
}

func TestProducerOptionsOfTheConnection(t *testing.T) {
	for _, test := range []struct {
		options  string
		endpoint string
		trust    bool
	}{
		{"", "", false},
		{"sink.producer.kinesis-endpoint=kinesis.eu-west-1.amazonaws.com", "https://kinesis.eu-west-1.amazonaws.com", false},
		{"sink.producer.kinesis-endpoint=localhost sink.producer.kinesis-port=4567 sink.producer.verify-certificate=false", "https://localhost:4567", true},
		{"sink.producer.kinesis-endpoint=localhost sink.producer.kinesis-port=4567 aws.endpoint=http://elsewhere", "http://elsewhere", false},
		{"sink.producer.verify-certificate=true", "", false},
		{"sink.producer.verify-certificate=true aws.trust.all.certificates=true", "", true},
	} {
		var pairs []string
		for pair := range strings.FieldsSeq(test.options) {
			key, value, _ := strings.Cut(pair, "=")
			pairs = append(pairs, key, value)
		}
		table, err := declare(pairs...)
		if err == nil {
			err = check(table)
		}
		if err != nil {
			t.Fatal(err)
		}
		if endpoint, trust := tableEndpoint(table.Options), trustsAll(table.Options); endpoint != test.endpoint || trust != test.trust {
			t.Errorf("%s: got %s, %v", test.options, endpoint, trust)
		}
	}
}

func TestOtherProducerOptionsAreWarnedOf(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		_, err := w.sink(w.table(userAndNumber, "sink.producer.rate-limit", "100", "sink.producer.aggregation-enabled", "true", "sink.producer.collection-max-count", "100"))
		w.must(err)
		want := `level=WARN msg="option has no effect: there is no Kinesis Producer Library" table=clicks option=sink.producer.aggregation-enabled
level=WARN msg="option has no effect: there is no Kinesis Producer Library" table=clicks option=sink.producer.rate-limit
`
		if got := w.log.String(); got != want {
			w.Errorf("logged\n%s", got)
		}
	})
}

func TestBadProducerOptions(t *testing.T) {
	for _, test := range []struct{ key, value, want string }{
		{"collection-max-count", "501", `option "sink.producer.collection-max-count": bad value "501": must be between 1 and 500`},
		{"record-max-buffered-time", "soon", `option "sink.producer.record-max-buffered-time": bad value "soon": not a duration`},
		{"collection-max-size", "0", `option "sink.producer.collection-max-size": bad value "0": must be 1 byte or more`},
		{"verify-certificate", "maybe", `option "sink.producer.verify-certificate": bad value "maybe": must be true or false`},
		{"kinesis-port", "0", `option "sink.producer.kinesis-port": bad value "0": must be between 1 and 65535`},
		{"kinesis-endpoint", "not a host", `option "sink.producer.kinesis-endpoint" must be the name of a host, such as kinesis.us-east-1.amazonaws.com`},
	} {
		table, err := declare("sink.producer."+test.key, test.value)
		if err == nil {
			err = check(table)
		}
		if err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
}

// The option keys of Laminar, in the spellings of its SQL and its REST API, and those of Arroyo.
func TestSpellingsOfTheSinkOptions(t *testing.T) {
	want := settingsOf(t, "sink.batch.max-size", "250", "sink.flush-buffer.size", "4000000", "sink.flush-buffer.timeout", "500")
	for _, options := range [][]string{
		{"sink.records_per_batch", "250", "sink.batch_max_buffer_size", "4000000", "sink.batch_flush_interval_millis", "500"},
		{"sink.max_records_per_batch", "250", "sink.max_bytes_per_batch", "4000000", "sink.flush_interval_millis", "500"},
		{"type.recordsPerBatch", "250", "type.batchMaxBufferSize", "4000000", "type.batchFlushIntervalMillis", "500"},
		{"type.records_per_batch", "250", "type.batch_max_buffer_size", "4000000", "type.batch_flush_interval_millis", "500"},
		{"SINK.BATCH.MAX-SIZE", "250", "sink.flush-buffer.size", "4000000 bytes", "sink.flush-buffer.timeout", "500 ms"},
	} {
		if got := settingsOf(t, options...); got != want {
			t.Errorf("%q: got %+v\nwant %+v", options, got, want)
		}
	}
}
