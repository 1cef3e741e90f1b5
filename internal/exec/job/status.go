package job

import (
	"slices"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
)

// State is how far a job is.
type State string

// The states of a job.
const (
	Running    State = "running"
	Draining   State = "draining"
	Stopping   State = "stopping"   // a last checkpoint is taken
	Restarting State = "restarting" // after a failure
	Finished   State = "finished"
	Stopped    State = "stopped" // with a checkpoint from which it can go on
	Failed     State = "failed"
)

// Status is a snapshot of a job.
type Status struct {
	State   State          `json:"state"`
	Elapsed time.Duration  `json:"elapsed_ns"`
	Sources []SourceStatus `json:"sources"`
	Sinks   []SinkStatus   `json:"sinks"`
	// LateRows counts rows that came after their window had been emitted, by operator.
	LateRows map[string]int64 `json:"late_rows,omitempty"`
	// Operators are those that keep state.
	Operators []OperatorStatus `json:"operators,omitempty"`
	// Checkpoint is what is known of the job's checkpoints; nil: the job is not saved.
	Checkpoint *CheckpointStatus `json:"checkpoint,omitempty"`
	Restarts   int64             `json:"restarts"` // after failures; counts above begin anew with each
}

// OperatorStatus is an operator that keeps state, all its tasks together.
type OperatorStatus struct {
	ID       string `json:"id"` // the same in every run of the same query
	Describe string `json:"describe"`
	Bytes    int64  `json:"bytes"`
}

// SourceStatus is what one scanned table has delivered.
type SourceStatus struct {
	Table      string `json:"table"`
	Connector  string `json:"connector"`
	Records    int64  `json:"records"`
	Bytes      int64  `json:"bytes"`
	BadRecords int64  `json:"bad_records"`
	// BadCauses has the bad records by cause; nil if there are none.
	BadCauses map[string]int64 `json:"bad_records_by_cause,omitempty"`
	Retries   int64            `json:"retries"`
	Throttles int64            `json:"throttles"`
	Foreign   int64            `json:"foreign_records"` // left out because another split delivers them
	Gaps      int64            `json:"gaps"`            // stretches that were gone before they could be read
	Splits    []SplitStatus    `json:"splits"`
	// Watermark is the event time up to which the source is complete, in microseconds since the
	// epoch; nil before the first one and for tables without a watermark.
	Watermark *int64 `json:"watermark_us,omitempty"`
}

// SplitStatus is what one split (for Kinesis, a shard) has delivered.
type SplitStatus struct {
	ID        string        `json:"id"`
	Rows      int64         `json:"rows"`
	Records   int64         `json:"records"`
	Bytes     int64         `json:"bytes"`
	Retries   int64         `json:"retries"`
	Throttles int64         `json:"throttles"`
	Lag       time.Duration `json:"lag_ns"` // behind the end of the split; negative: unknown
	Idle      bool          `json:"idle"`
	Done      bool          `json:"done"` // read to its end
	// Watermark is the event time up to which the split is complete, in microseconds since the
	// epoch; nil as for SourceStatus.
	Watermark *int64 `json:"watermark_us,omitempty"`
}

// SinkStatus is what one sink has written.
type SinkStatus struct {
	Table     string `json:"table"`
	Connector string `json:"connector"`
	Rows      int64  `json:"rows"`    // rows given to the sink
	Records   int64  `json:"records"` // records that the outside has acknowledged
	Bytes     int64  `json:"bytes"`
	Bad       int64  `json:"bad_records"`
	Retries   int64  `json:"retries"`
	Throttles int64  `json:"throttles"`
}

// Status returns what the job has done so far.
func (j *Job) Status() Status {
	s := Status{State: j.state(), Elapsed: time.Duration(j.elapsed.Load()), LateRows: map[string]int64{}}
	if s.Elapsed == 0 {
		s.Elapsed = time.Since(j.started)
	}
	j.mu.Lock()
	a := j.current
	j.mu.Unlock()
	s.Restarts, s.Checkpoint = j.restarts.Load(), j.keeper.snapshot()
	for _, source := range a.sources {
		s.Sources = append(s.Sources, source.snapshot())
	}
	for _, sink := range a.sinks {
		s.Sinks = append(s.Sinks, SinkStatus{
			Table: sink.table, Connector: sink.connector, Rows: sink.rows.Load(), Records: sink.meter.Records.Load(), Bytes: sink.meter.Bytes.Load(),
			Bad: sink.meter.BadRecords.Load(), Retries: sink.meter.Retries.Load(), Throttles: sink.meter.Throttles.Load(),
		})
		if late := sink.late.Load(); late > 0 {
			s.LateRows[sink.table] += late
		}
	}
	s.Operators = a.operatorStatus()
	return s
}

func (a *attempt) operatorStatus() []OperatorStatus {
	var all []OperatorStatus
	for _, o := range a.operators {
		i := slices.IndexFunc(all, func(s OperatorStatus) bool { return s.ID == o.id })
		if i < 0 {
			i = len(all)
			all = append(all, OperatorStatus{ID: o.id, Describe: o.describe})
		}
		all[i].Bytes += o.size.Load()
	}
	return all
}

func (j *Job) state() State {
	select {
	case <-j.done:
		if j.err != nil {
			return Failed
		}
		if j.stopped.Load() {
			return Stopped
		}
		return Finished
	default:
	}
	select {
	case <-j.drain:
		return Draining
	default:
	}
	switch {
	case j.stopping.Load():
		return Stopping
	case j.restarting.Load():
		return Restarting
	}
	return Running
}

// note changes what is known of a split.
func (t *sourceTask) note(split string, change func(*SplitStatus)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, known := t.places[split]
	if !known {
		at = len(t.status.Splits)
		t.places[split] = at
		t.status.Splits = append(t.status.Splits, SplitStatus{ID: split})
	}
	change(&t.status.Splits[at])
}

// splitWatermark returns the watermark of a split, the smallest if pipelines differ; nil if there is
// none.
func (t *sourceTask) splitWatermark(split string) *int64 {
	var least *int64
	for _, p := range t.pipelines {
		if p.watermarks == nil {
			continue
		}
		if wm, ok := p.watermarks.Of(split); ok && (least == nil || wm < *least) {
			least = &wm
		}
	}
	return least
}

// noteWatermark notes a watermark that a pipeline sends on.
func (t *sourceTask) noteWatermark(p *pipeline, wm batch.Watermark) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wm.Time != batch.MinWatermark {
		t.status.Watermark = &wm.Time
	}
	for i := range t.status.Splits {
		t.status.Splits[i].Idle = p.watermarks.Idle(t.status.Splits[i].ID)
	}
}

func (t *sourceTask) snapshot() SourceStatus {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.status
	s.Splits = slices.Clone(t.status.Splits)
	for i := range s.Splits {
		split := &s.Splits[i]
		traffic := t.meter.Split(split.ID)
		split.Records, split.Bytes = traffic.Records.Load(), traffic.Bytes.Load()
		split.Retries, split.Throttles = traffic.Retries.Load(), traffic.Throttles.Load()
	}
	s.Records, s.Bytes, s.BadRecords = t.meter.Records.Load(), t.meter.Bytes.Load(), t.meter.BadRecords.Load()
	s.BadCauses = t.meter.BadCauses.All()
	s.Retries, s.Throttles = t.meter.Retries.Load(), t.meter.Throttles.Load()
	s.Foreign, s.Gaps = t.meter.Foreign.Load(), t.meter.Gaps.Load()
	return s
}
