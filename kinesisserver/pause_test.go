package kinesisserver

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

func TestPausedShardTakesButDoesNotGive(t *testing.T) {
	inBubble(t, Config{ControlAPI: true}, func(w *world) {
		w.create("clicks", 1)
		wantControl(w, "POST", "/_penstock/pause-shard", `{"stream":"clicks","shard":"0"}`, 200, `{"stream":"clicks","shard":"0"}`)
		out := w.get(w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, ""))
		if *out.MillisBehindLatest != 0 {
			w.Errorf("an empty shard is %d ms behind", *out.MillisBehindLatest)
		}
		w.put("clicks", "k", "x")
		w.must(w.srv.Reshard("clicks", 2))
		for seconds := range int64(3) {
			advance(time.Second)
			out = w.get(*out.NextShardIterator)
			if len(out.Records) != 0 || *out.MillisBehindLatest < 1000*(seconds+1) || *out.MillisBehindLatest > 1000*(seconds+1)+100 {
				w.Errorf("after %d s: %d records, %d ms behind", seconds+1, len(out.Records), *out.MillisBehindLatest)
			}
		}
		latest := w.get(w.iterator("clicks", "0", types.ShardIteratorTypeLatest, ""))
		if latest.NextShardIterator == nil || *latest.MillisBehindLatest < 3000 {
			w.Errorf("a paused shard ended, %d ms behind", *latest.MillisBehindLatest)
		}
		wantControl(w, "POST", "/_penstock/resume-shard", `{"stream":"clicks","shard":"0"}`, 200, `{"stream":"clicks","shard":"0"}`)
		if out = w.get(*out.NextShardIterator); data(out) != "x" || out.NextShardIterator != nil {
			w.Errorf("resumed with %q, and not to the end", data(out))
		}
	})
}

func TestPausedShardSendsHeartbeatsOnly(t *testing.T) {
	withSubscription(t, Config{}, func(w *world, _ string, s *subscriber) {
		s.next()
		w.must(w.srv.PauseShard("clicks", "0"))
		s.next() // woken by the pause
		w.put("clicks", "k", "x")
		s.next() // woken by the record
		start := time.Now()
		for range 3 {
			event := s.next()
			if len(event.Records) != 0 || *event.MillisBehindLatest < time.Since(start).Milliseconds() {
				w.Errorf("%d records, %d ms behind", len(event.Records), *event.MillisBehindLatest)
			}
		}
		if took := time.Since(start); took != 3*heartbeatInterval {
			w.Errorf("three heartbeats took %v", took)
		}
		w.must(w.srv.ResumeShard("clicks", "0"))
		if got, _ := s.read(1); got != "x" {
			w.Errorf("read %q", got)
		}
	})
}
