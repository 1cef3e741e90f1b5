package metrics

import (
	"maps"
	"slices"
	"time"

	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/exec/job"
)

// snapshot is a status with one entry per series: a job may read or write a table several times (two
// VALUES, two scripts, two INSERTs), but the labels of a series do not tell these apart.
type snapshot struct {
	state   job.State
	elapsed time.Duration

	checkpoint *job.CheckpointStatus // nil: the job is not saved
	restarts   int64
	stateBytes int64 // of all operators

	sources    []job.SourceStatus // one per table and connector; without splits
	splits     []splitStatus      // one per table and split
	watermarks []watermark        // one per table
	sinks      []job.SinkStatus   // one per table and connector
	late       []lateRows         // one per table that is written
}

// splitStatus is a split with its table.
type splitStatus struct {
	table string
	job.SplitStatus
}

// splitName tells splits apart.
type splitName struct{ table, id string }

// watermark is how far a table is complete; nil: no watermark yet, or none at all.
type watermark struct {
	table string
	time  *int64
}

// lateRows are the late rows on the way to a table.
type lateRows struct {
	table string
	rows  int64
}

// newSnapshot puts together what has the same labels: counts are added up, and of the others the
// one stands that is furthest behind.
func newSnapshot(status engine.Status) *snapshot {
	s := &snapshot{state: status.State, elapsed: status.Elapsed, checkpoint: status.Checkpoint, restarts: status.Restarts}
	for _, operator := range status.Operators {
		s.stateBytes += operator.Bytes
	}
	places := map[splitName]int{} // streams have thousands of shards, so these are not searched for
	for i := range status.Sources {
		source := &status.Sources[i]
		s.addSource(source)
		s.addWatermark(source)
		for _, split := range source.Splits {
			s.addSplit(splitStatus{table: source.Table, SplitStatus: split}, places)
		}
	}
	for _, sink := range status.Sinks {
		s.addSink(sink)
		s.addLate(sink.Table, 0) // so that the series is there before the first late row
	}
	for _, table := range slices.Sorted(maps.Keys(status.LateRows)) {
		s.addLate(table, status.LateRows[table])
	}
	return s
}

func (s *snapshot) addSource(source *job.SourceStatus) {
	i := slices.IndexFunc(s.sources, func(other job.SourceStatus) bool {
		return other.Table == source.Table && other.Connector == source.Connector
	})
	if i < 0 {
		s.sources = append(s.sources, job.SourceStatus{
			Table: source.Table, Connector: source.Connector, Records: source.Records, Bytes: source.Bytes,
			BadRecords: source.BadRecords, BadCauses: maps.Clone(source.BadCauses), Retries: source.Retries, Throttles: source.Throttles,
			Foreign: source.Foreign, Gaps: source.Gaps,
		})
		return
	}
	sum := &s.sources[i]
	sum.Records += source.Records
	sum.Bytes += source.Bytes
	sum.BadRecords += source.BadRecords
	for cause, n := range source.BadCauses {
		if sum.BadCauses == nil {
			sum.BadCauses = map[string]int64{}
		}
		sum.BadCauses[cause] += n
	}
	sum.Retries += source.Retries
	sum.Throttles += source.Throttles
	sum.Foreign += source.Foreign
	sum.Gaps += source.Gaps
}

func (s *snapshot) addWatermark(source *job.SourceStatus) {
	i := slices.IndexFunc(s.watermarks, func(other watermark) bool { return other.table == source.Table })
	if i < 0 {
		s.watermarks = append(s.watermarks, watermark{table: source.Table, time: source.Watermark})
		return
	}
	s.watermarks[i].time = earlier(s.watermarks[i].time, source.Watermark)
}

// earlier returns the earlier of two watermarks; none is before all.
func earlier(a, b *int64) *int64 {
	if a == nil || b == nil {
		return nil
	}
	if *b < *a {
		return b
	}
	return a
}

func (s *snapshot) addSplit(split splitStatus, places map[splitName]int) {
	name := splitName{split.table, split.ID}
	i, again := places[name]
	if !again {
		places[name] = len(s.splits)
		s.splits = append(s.splits, split)
		return
	}
	both := &s.splits[i]
	both.Rows += split.Rows
	both.Records += split.Records
	both.Bytes += split.Bytes
	both.Retries += split.Retries
	both.Throttles += split.Throttles
	both.Watermark = earlier(both.Watermark, split.Watermark)
	both.Idle = both.Idle && split.Idle
	both.Done = both.Done && split.Done
	if unknown := both.Lag < 0 || split.Lag < 0; unknown {
		both.Lag = -1
	} else {
		both.Lag = max(both.Lag, split.Lag)
	}
}

func (s *snapshot) addSink(sink job.SinkStatus) {
	i := slices.IndexFunc(s.sinks, func(other job.SinkStatus) bool {
		return other.Table == sink.Table && other.Connector == sink.Connector
	})
	if i < 0 {
		s.sinks = append(s.sinks, sink)
		return
	}
	sum := &s.sinks[i]
	sum.Rows += sink.Rows
	sum.Records += sink.Records
	sum.Bytes += sink.Bytes
	sum.Bad += sink.Bad
	sum.Retries += sink.Retries
	sum.Throttles += sink.Throttles
}

func (s *snapshot) addLate(table string, rows int64) {
	i := slices.IndexFunc(s.late, func(other lateRows) bool { return other.table == table })
	if i < 0 {
		s.late = append(s.late, lateRows{table: table, rows: rows})
		return
	}
	s.late[i].rows += rows
}
