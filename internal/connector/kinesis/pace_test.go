package kinesis

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/kinesisserver"
)

// An idle shard is read every 200 ms and reported every second; one that is behind is read five times
// a second, however little a page holds.
func TestReadsArePaced(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		for n := range 50 {
			w.put("a", n)
		}
		w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "scan.shard.getrecords.maxrecordcount", "1")), userAndNumber)
		advance(8 * time.Second)
		if got := w.srv.Calls("GetRecords"); got < 38 || got > 41 {
			w.Errorf("%d reads in 8 seconds while behind, want 40", got)
		}
		advance(10 * time.Second)
		calls := w.srv.Calls("GetRecords")
		advance(10 * time.Second)
		if got := w.srv.Calls("GetRecords") - calls; got < 48 || got > 51 {
			w.Errorf("%d reads in 10 seconds while idle, want 50", got)
		}
	})
}

func TestWithoutQuotaAShardIsReadAsFastAsItCan(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		var want []string
		for n := range 500 {
			want = append(want, w.put("a", n))
		}
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "scan.shard.getrecords.maxrecordcount", "1", "scan.shard.getrecords.quota", "none")), userAndNumber)
		advance(time.Second)
		j.want(want...)
	})
}

// 2 MiB a second: 12 MiB take 10 MiB at once, 5 seconds of waiting, and the rest.
func TestBytesAreRationed(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		var want []string
		for n := range 24 {
			user := strings.Repeat("x", 512<<10)
			_, err := w.api.PutRecord(w.Context(), &kinesis.PutRecordInput{
				StreamName: aws.String(streamName), PartitionKey: aws.String("k"), Data: fmt.Appendf(nil, `{"usr":%q,"n":%d}`, user, n),
			})
			w.must(err)
			want = append(want, fmt.Sprintf("%s | %d", user, n))
			advance(600 * time.Millisecond)
		}
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")), userAndNumber)
		advance(4 * time.Second)
		if got := len(j.state().rows); got < 18 || got > 20 {
			w.Errorf("%d rows after 4 seconds, want about 19", got)
		}
		advance(3 * time.Second)
		j.want(want...)
	})
}

func TestIdleShardReportsNowAndThen(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		src := w.open(w.table(userAndNumber))
		splits, err := src.Splits(w.Context())
		w.must(err)
		reader, err := src.Open(w.Context(), splits[0])
		w.must(err)
		defer reader.Close()
		for range 10 {
			begun := time.Now()
			page, err := reader.Next(w.Context())
			w.must(err)
			if page.Rows != nil || page.Lag != 0 || time.Since(begun) > 2*time.Second {
				w.Errorf("got %+v after %v", page, time.Since(begun))
			}
		}
		w.srv.Fault(kinesisserver.Fault{Operation: "GetRecords", Delay: 30 * time.Second})
		for range 10 {
			begun := time.Now()
			_, err := reader.Next(w.Context())
			w.must(err)
			if time.Since(begun) > 2*time.Second {
				w.Errorf("page after %v", time.Since(begun))
			}
		}
	})
}

func TestLagIsTheDistanceFromTheTip(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.put("a", 1)
		advance(time.Minute)
		w.put("a", 2)
		src := w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "scan.shard.getrecords.maxrecordcount", "1"))
		splits, err := src.Splits(w.Context())
		w.must(err)
		reader, err := src.Open(w.Context(), splits[0])
		w.must(err)
		defer reader.Close()
		var lags []time.Duration
		for range 2 {
			page, err := reader.Next(w.Context())
			w.must(err)
			lags = append(lags, page.Lag.Round(time.Second))
		}
		if !slices.Equal(lags, []time.Duration{time.Minute, 0}) {
			w.Errorf("got %v", lags)
		}
	})
}

// The wait that a large page is paid with is none of the time that a call may take: a page of 10 MiB
// costs five seconds.
func TestRationingIsNoTimeout(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		var want []string
		for n := range 24 {
			user := strings.Repeat("x", 512<<10)
			_, err := w.api.PutRecord(w.Context(), &kinesis.PutRecordInput{
				StreamName: aws.String(streamName), PartitionKey: aws.String("k"), Data: fmt.Appendf(nil, `{"usr":%q,"n":%d}`, user, n),
			})
			w.must(err)
			want = append(want, fmt.Sprintf("%s | %d", user, n))
			advance(600 * time.Millisecond)
		}
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "aws.http-client.read-timeout", "1 s", "scan.shard.getrecords.maxretries", "0")), userAndNumber)
		advance(20 * time.Second)
		j.want(want...)
		if n := w.meter.Retries.Load(); n != 0 {
			w.Errorf("%d retries", n)
		}
	})
}
