package kinesisserver

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

func TestAdvancedClockAgesIteratorsTokensAndRecords(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	w.create("views", 1)
	first := w.put("clicks", "k", "old")
	it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
	list, err := w.client.ListStreams(t.Context(), &kinesis.ListStreamsInput{Limit: aws.Int32(1)})
	w.must(err)

	w.srv.AdvanceClock(6 * time.Minute)
	_, err = w.client.GetRecords(t.Context(), &kinesis.GetRecordsInput{ShardIterator: &it})
	wantError(t, err, "ExpiredIteratorException", "tolerated delay of 300000 milliseconds")
	_, err = w.client.ListStreams(t.Context(), &kinesis.ListStreamsInput{NextToken: list.NextToken})
	wantError(t, err, "ExpiredNextTokenException", "")

	second := w.put("clicks", "k", "new")
	a, _ := parseSequenceNumber(*first.SequenceNumber)
	b, _ := parseSequenceNumber(*second.SequenceNumber)
	if d := b.time - a.time; d < 360 || d > 390 {
		t.Errorf("sequence numbers %d s apart", d)
	}
	out := w.get(w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, ""))
	if d := out.Records[1].ApproximateArrivalTimestamp.Sub(*out.Records[0].ApproximateArrivalTimestamp); d < 6*time.Minute {
		t.Errorf("arrivals %v apart", d)
	}
	w.srv.AdvanceClock(24*time.Hour - time.Minute)
	if got := w.read("clicks", "0"); got != "new" {
		t.Errorf("after a day read %q", got)
	}
	resp, _ := w.call("ListStreams", "{}")
	if date, err := http.ParseTime(resp.Header.Get("Date")); err != nil || time.Since(date).Abs() > time.Hour {
		t.Errorf("the Date header says %v, %v", date, err)
	}
	if d := time.Until(w.srv.Now()); d < 24*time.Hour || d > 25*time.Hour {
		t.Errorf("the server is %v ahead", d)
	}
}

func TestAdvancedClockEndsStatusChanges(t *testing.T) {
	w := newWorld(t, Config{StreamDelay: time.Minute})
	w.create("clicks", 1)
	if s := w.summary("clicks"); s.StreamStatus != types.StreamStatusCreating {
		t.Errorf("first %s", s.StreamStatus)
	}
	w.srv.AdvanceClock(time.Minute)
	if s := w.summary("clicks"); s.StreamStatus != types.StreamStatusActive {
		t.Errorf("then %s", s.StreamStatus)
	}
}

func TestAdvancedClockRefillsThroughput(t *testing.T) {
	w := newWorld(t, Config{Limits: LimitsAWS, Now: func() time.Time { return time.Unix(1_700_000_000, 0) }})
	w.create("clicks", 1)
	describe := func() error {
		_, err := w.client.DescribeLimits(t.Context(), &kinesis.DescribeLimitsInput{})
		return err
	}
	w.must(describe())
	wantError(t, describe(), "LimitExceededException", "Rate exceeded")
	w.srv.AdvanceClock(time.Second)
	w.must(describe())
}

func TestAdvancedClockReachesSubscriptions(t *testing.T) {
	withSubscription(t, Config{}, func(w *world, _ string, s *subscriber) {
		s.next()
		start := time.Now()
		w.srv.AdvanceClock(time.Minute)
		s.next()
		w.srv.AdvanceClock(5 * time.Minute)
		if err := s.end(); err != nil {
			w.Errorf("ended with %v", err)
		}
		if took := time.Since(start); took != 0 {
			w.Errorf("it took %v", took)
		}
	})
}

func TestClockGoesOnlyAhead(t *testing.T) {
	srv := New(Config{})
	for _, d := range []time.Duration{-1, maxClockOffset + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("moved by %v", d)
				}
			}()
			srv.AdvanceClock(d)
		}()
	}
}

func TestControlAPIMovesTheClock(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	w := newWorld(t, Config{ControlAPI: true, Now: func() time.Time { return now }})
	wantControl(w, "GET", "/_penstock/clock", "", 200, `{"now":"2030-01-02T03:04:05Z","ahead":"0s"}`)
	wantControl(w, "POST", "/_penstock/clock", `{"advance":"1h30m"}`, 200, `{"now":"2030-01-02T04:34:05Z","ahead":"1h30m0s"}`)
	wantControl(w, "POST", "/_penstock/clock", `{"set":"2030-01-03T00:00:00+01:00"}`, 200, `{"now":"2030-01-02T23:00:00Z","ahead":"19h55m55s"}`)
	wantControl(w, "POST", "/_penstock/clock", `{"set":"2030-01-02T22:59:59Z"}`, 400, `{"what":"the clock, which is at 2030-01-02T23:00:00Z, cannot be moved by -1s",`+
		`"next":"move it ahead, by at most 100 years in all; a new server starts at the present"}`)
}
