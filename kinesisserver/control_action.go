package kinesisserver

import (
	"net/http"
	"time"
)

// nothing is an empty JSON object: the body of requests that need none, and of answers that say none.
type nothing struct{}

func getHealth(*Server, *http.Request) (any, error) {
	return struct {
		Status string `json:"status"`
	}{"ok"}, nil
}

func postExpireIterators(s *Server, _ *nothing) (any, error) {
	s.ExpireIterators()
	return nothing{}, nil
}

type endSubscriptionsObject struct {
	Code string `json:"code"`
}

func postEndSubscriptions(s *Server, in *endSubscriptionsObject) (any, error) {
	return struct {
		Ended int `json:"ended"`
	}{s.EndSubscriptions(in.Code)}, nil
}

type reshardObject struct {
	Stream string `json:"stream"`
	Shards int    `json:"shards"`
}

func postReshard(s *Server, in *reshardObject) (any, error) {
	if in.Stream == "" || in.Shards == 0 {
		return nil, badControlRequest(`send {"stream":"orders","shards":8}`, "stream and shards are needed")
	}
	return in, s.Reshard(in.Stream, in.Shards)
}

// shardObject names a shard of the server's account and region.
type shardObject struct {
	Stream string `json:"stream"`
	Shard  string `json:"shard"`
}

func (o *shardObject) check() error {
	if o.Stream == "" || o.Shard == "" {
		return badControlRequest(`send {"stream":"orders","shard":"shardId-000000000000"}`, "stream and shard are needed")
	}
	return nil
}

func postPauseShard(s *Server, in *shardObject) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return in, s.PauseShard(in.Stream, in.Shard)
}

func postResumeShard(s *Server, in *shardObject) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return in, s.ResumeShard(in.Stream, in.Shard)
}

func getCalls(s *Server, _ *http.Request) (any, error) {
	calls := map[string]int64{}
	for name, op := range s.operations {
		if n := op.calls.Load(); n > 0 {
			calls[name] = n
		}
	}
	return struct {
		Calls map[string]int64 `json:"calls"`
	}{calls}, nil
}

// clockObject is the server's time.
type clockObject struct {
	Now   time.Time    `json:"now"`
	Ahead durationText `json:"ahead"`
}

func getClock(s *Server, _ *http.Request) (any, error) {
	return clockObject{s.Now().UTC(), durationText(s.clock.ahead())}, nil
}

type moveClockObject struct {
	Advance *durationText `json:"advance"`
	Set     *time.Time    `json:"set"`
}

func postClock(s *Server, in *moveClockObject) (any, error) {
	var d time.Duration
	switch {
	case (in.Advance != nil) == (in.Set != nil):
		return nil, badControlRequest(`send {"advance":"1h"} or {"set":"2030-01-02T03:04:05Z"}`, "either advance or set is needed")
	case in.Advance != nil:
		d = time.Duration(*in.Advance)
	default:
		d = in.Set.Sub(s.Now())
	}
	if !s.moveClock(d) {
		return nil, badControlRequest("move it ahead, by at most 100 years in all; a new server starts at the present",
			"the clock, which is at %s, cannot be moved by %s", s.Now().UTC().Format(time.RFC3339), d)
	}
	return getClock(s, nil)
}
