package kinesisserver

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Fault makes the server misbehave. It applies to the calls that its first fields select; what
// happens to them is said by the others, of which the zero value is always "nothing". A fault is
// either about calls or, with a RecordPercent, about single records of PutRecord and PutRecords.
type Fault struct {
	// Operation is the operation it applies to, such as "GetRecords"; "" is every operation.
	Operation string
	// Stream, if set, limits it to calls that concern the stream of that name.
	Stream string
	// Shard, if set, limits it to what concerns the shard of that id: calls of GetRecords,
	// GetShardIterator and SubscribeToShard, or records.
	Shard string
	// Count is the number of calls, whatever the number of their records, after which it is used up; 0
	// is no end.
	Count int
	// Percent is the share of the selected calls that it hits; 0 is all of them.
	Percent float64

	// Delay holds the call up before anything is done: what it writes arrives when the delay is over.
	Delay time.Duration
	// Code refuses the call with that error, such as "ProvisionedThroughputExceededException".
	// Nothing is done.
	Code string
	// Message is the text of the error, of a call or of a record; "" is a text that fits the code.
	Message string
	// Status is the error's HTTP status; 0 is the one that fits the code. Without a Code, 500 and
	// above mean "InternalFailureException".
	Status int
	// Drop breaks the connection instead of doing anything.
	Drop bool
	// DropAnswer does what was asked and then breaks the connection: a producer that tries again
	// writes its records twice. SubscribeToShard breaks after its first event.
	DropAnswer bool
	// EmptyPage lets GetRecords return no records though there are some, as AWS may, and keeps
	// SubscribeToShard silent: no events, no heartbeats.
	EmptyPage bool
	// RecordPercent is the share of records that fail by themselves: PutRecords goes on with the
	// others, PutRecord fails.
	RecordPercent float64
	// RecordCode is the error of those records; "" is ProvisionedThroughputExceededException. The
	// other one that AWS knows in PutRecords is InternalFailure.
	RecordCode string
}

// errDropped makes the server break the connection.
var errDropped = errors.New("connection dropped by a fault")

// faultEffects is what the faults that hit a call leave for later.
type faultEffects struct {
	dropAnswer bool
	emptyPage  bool
	records    []Fault // those about records
}

// faults is the set of active faults.
type faults struct {
	mu     sync.Mutex
	active []*activeFault
	lastID int
}

type activeFault struct {
	Fault
	id   int
	hits int
}

func (f *faults) add(fault Fault) *activeFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lastID++
	a := &activeFault{Fault: fault, id: f.lastID}
	f.active = append(f.active, a)
	return a
}

// removeIf removes the faults that match, and returns how many there were.
func (f *faults) removeIf(matches func(*activeFault) bool) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.active)
	f.active = slices.DeleteFunc(f.active, matches)
	return before - len(f.active)
}

// Fault adds a fault and returns what takes it away again. It panics if f is about calls and about
// records at once.
func (s *Server) Fault(f Fault) (remove func()) {
	if f.aboutCalls() && f.aboutRecords() {
		panic("kinesisserver: " + errMixedFault)
	}
	added := s.faults.add(f)
	return func() { s.faults.removeIf(func(a *activeFault) bool { return a == added }) }
}

// ClearFaults takes all faults away.
func (s *Server) ClearFaults() {
	s.faults.removeIf(func(*activeFault) bool { return true })
}

const errMixedFault = "a fault is about calls or about records, not about both"

func (f *Fault) aboutCalls() bool {
	return f.Delay != 0 || f.Code != "" || f.Status != 0 || f.Drop || f.DropAnswer || f.EmptyPage
}

func (f *Fault) aboutRecords() bool { return f.RecordPercent != 0 || f.RecordCode != "" }

// writesRecords reports whether an operation has records that a fault can be about.
func writesRecords(operation string) bool {
	return operation == "PutRecord" || operation == "PutRecords"
}

// selects reports whether f concerns a call that has just found its stream or its shard; both are ""
// when the call arrives. A fault waits until the call knows what the fault names; records look for
// their shards themselves (failsRecord).
func (f *Fault) selects(operation, stream, shard string) bool {
	switch {
	case f.Operation != "" && f.Operation != operation, f.aboutRecords() && !writesRecords(operation):
		return false
	case f.Shard != "" && !f.aboutRecords():
		return f.Shard == shard && (f.Stream == "" || f.Stream == stream)
	}
	return shard == "" && f.Stream == stream
}

// hits returns the faults that hit a call, and uses them up.
func (f *faults) hits(rnd *random, operation, stream, shard string) []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var hits []Fault
	f.active = slices.DeleteFunc(f.active, func(a *activeFault) bool {
		if !a.selects(operation, stream, shard) {
			return false
		}
		if a.Percent > 0 && !rnd.percent(a.Percent) {
			return false
		}
		hits = append(hits, a.Fault)
		a.hits++
		return a.hits == a.Count // never with a Count of 0
	})
	return hits
}

// reach applies the faults for a call that has found its stream or its shard; before it has, both are
// "".
func (c *call) reach(stream, shard string) error {
	for _, f := range c.srv.faults.hits(&c.srv.random, c.op.name, stream, shard) {
		if f.Delay > 0 {
			if !c.wait(f.Delay) {
				return errDropped
			}
			c.now = c.srv.Now()
		}
		c.fault.dropAnswer = c.fault.dropAnswer || f.DropAnswer
		c.fault.emptyPage = c.fault.emptyPage || f.EmptyPage
		if f.RecordPercent > 0 {
			c.fault.records = append(c.fault.records, f)
		}
		if f.Drop {
			return errDropped
		}
		if err := f.refusal(); err != nil {
			return err
		}
	}
	return nil
}

// reachStream applies the faults, and the limits of the control plane, for a call that has found its
// stream.
func (c *call) reachStream(st *stream) error {
	if err := c.reach(st.name, ""); err != nil {
		return err
	}
	return c.takeCall(st.realm, st.name)
}

// refusal returns the error a fault answers with, nil for none.
func (f *Fault) refusal() error {
	if f.Code == "" && f.Status < http.StatusInternalServerError {
		return nil
	}
	code, message := f.Code, f.Message
	if code == "" {
		code = codeInternalFailure
	}
	if message == "" {
		message = defaultMessage(code)
	}
	err := newAPIError(code, message)
	if f.Status != 0 {
		err.status = f.Status
	}
	return err
}

func defaultMessage(code string) string {
	switch code {
	case codeProvisionedThroughput, codeLimitExceeded:
		return "Rate exceeded"
	case codeInternalFailure, codeRecordFailure:
		return "Internal Service Failure"
	}
	return "Injected by a fault."
}

// failsRecord returns the error of one record, nil for none.
func (c *call) failsRecord(st *stream, sh *shard) *apiError {
	for _, f := range c.fault.records {
		if f.Shard != "" && f.Shard != sh.name || !c.srv.random.percent(f.RecordPercent) {
			continue
		}
		err := errThroughput(st, sh)
		if f.RecordCode != "" && f.RecordCode != err.code {
			err = newAPIError(f.RecordCode, defaultMessage(f.RecordCode))
		}
		if f.Message != "" {
			err.message = f.Message
		}
		return err
	}
	return nil
}

// ExpireIterators makes all shard iterators handed out so far ExpiredIteratorExceptions.
func (s *Server) ExpireIterators() { s.iteratorEpoch.Add(1) }

// Calls returns how many calls of an operation have arrived, refused ones included.
func (s *Server) Calls(operation string) int {
	if op := s.operations[operation]; op != nil {
		return int(op.calls.Load())
	}
	return 0
}
