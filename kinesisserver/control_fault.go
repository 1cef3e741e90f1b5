package kinesisserver

import (
	"net/http"
	"strconv"
	"time"
)

// durationText is a duration as time.ParseDuration reads it, such as "1m30s".
type durationText time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d durationText) MarshalText() ([]byte, error) {
	return []byte(time.Duration(d).String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *durationText) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = durationText(parsed)
	return err
}

// faultObject is a Fault in the control API.
type faultObject struct {
	Operation     string       `json:"operation,omitempty"`
	Stream        string       `json:"stream,omitempty"`
	Shard         string       `json:"shard,omitempty"`
	Count         int          `json:"count,omitempty"`
	Percent       float64      `json:"percent,omitempty"`
	Delay         durationText `json:"delay,omitempty"`
	Code          string       `json:"code,omitempty"`
	Message       string       `json:"message,omitempty"`
	Status        int          `json:"status,omitempty"`
	Drop          bool         `json:"drop,omitempty"`
	DropAnswer    bool         `json:"drop_answer,omitempty"`
	EmptyPage     bool         `json:"empty_page,omitempty"`
	RecordPercent float64      `json:"record_percent,omitempty"`
	RecordCode    string       `json:"record_code,omitempty"`
}

func faultObjectOf(f *Fault) faultObject {
	return faultObject{
		Operation: f.Operation, Stream: f.Stream, Shard: f.Shard, Count: f.Count, Percent: f.Percent,
		Delay: durationText(f.Delay), Code: f.Code, Message: f.Message, Status: f.Status, Drop: f.Drop,
		DropAnswer: f.DropAnswer, EmptyPage: f.EmptyPage, RecordPercent: f.RecordPercent, RecordCode: f.RecordCode,
	}
}

func (o *faultObject) fault() Fault {
	return Fault{
		Operation: o.Operation, Stream: o.Stream, Shard: o.Shard, Count: o.Count, Percent: o.Percent,
		Delay: time.Duration(o.Delay), Code: o.Code, Message: o.Message, Status: o.Status, Drop: o.Drop,
		DropAnswer: o.DropAnswer, EmptyPage: o.EmptyPage, RecordPercent: o.RecordPercent, RecordCode: o.RecordCode,
	}
}

// check refuses a fault that could never do anything, which in a test would mean a test of nothing.
func (o *faultObject) check(s *Server) error {
	if o.Operation != "" && s.operations[o.Operation] == nil {
		return badControlRequest(`spell operations as AWS does: "GetRecords"`, "there is no operation %q", o.Operation)
	}
	if o.Shard != "" {
		index, ok := parseShardID(o.Shard)
		if !ok {
			return badControlRequest(`name shards as ListShards does: "shardId-000000000000"`, "%q is no shard id", o.Shard)
		}
		o.Shard = shardID(index)
	}
	f := o.fault()
	switch {
	case o.Count < 0 || o.Delay < 0:
		return badControlRequest("leave it out, or make it positive", "count and delay cannot be negative")
	case o.Percent < 0 || o.Percent > 100 || o.RecordPercent < 0 || o.RecordPercent > 100:
		return badControlRequest("use a number from 0 to 100", "percent and record_percent are shares of 100")
	case o.Status != 0 && (o.Status < 400 || o.Status > 599):
		return badControlRequest("use a number from 400 to 599", "status %d is not that of an error", o.Status)
	case o.Code == "" && o.Status > 0 && o.Status < http.StatusInternalServerError:
		return badControlRequest("add a code, such as LimitExceededException", "status %d needs a code", o.Status)
	case f.aboutCalls() && f.aboutRecords():
		return badControlRequest("add one fault of record_percent, record_code and message, and one of the rest", errMixedFault)
	case f.aboutRecords() && o.Operation != "" && !writesRecords(o.Operation):
		return badControlRequest("name PutRecord or PutRecords, or no operation for both", "%s writes no records", o.Operation)
	case !f.aboutCalls() && o.RecordPercent == 0:
		return badControlRequest("add one of delay, code, status, drop, drop_answer, empty_page and record_percent", "the fault does nothing")
	}
	return nil
}

// activeFaultObject is a fault that is in force.
type activeFaultObject struct {
	ID   int `json:"id"`
	Hits int `json:"hits"`
	faultObject
}

func postFault(s *Server, in *faultObject) (any, error) {
	if err := in.check(s); err != nil {
		return nil, err
	}
	active := s.faults.add(in.fault())
	return activeFaultObject{ID: active.id, faultObject: *in}, nil
}

func getFaults(s *Server, _ *http.Request) (any, error) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	faults := make([]activeFaultObject, 0, len(s.faults.active))
	for _, a := range s.faults.active {
		faults = append(faults, activeFaultObject{a.id, a.hits, faultObjectOf(&a.Fault)})
	}
	return struct {
		Faults []activeFaultObject `json:"faults"`
	}{faults}, nil
}

// removedObject says how many faults were removed.
type removedObject struct {
	Removed int `json:"removed"`
}

func deleteFaults(s *Server, _ *http.Request) (any, error) {
	return removedObject{s.faults.removeIf(func(*activeFault) bool { return true })}, nil
}

func deleteFault(s *Server, r *http.Request) (any, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	removed := 0
	if err == nil {
		removed = s.faults.removeIf(func(a *activeFault) bool { return a.id == id })
	}
	if removed == 0 {
		return nil, &controlError{
			http.StatusNotFound, "there is no fault " + strconv.Quote(r.PathValue("id")),
			"GET " + controlPath + "faults lists them; one with a count is gone when that is used up",
		}
	}
	return removedObject{removed}, nil
}
