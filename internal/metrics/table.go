package metrics

import (
	"math"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/penstock-io/penstock/internal/exec/job"
	"github.com/penstock-io/penstock/internal/format"
)

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

// table returns the metrics, in the order of the reference page.
func table() []metric {
	ofTable := []string{"table", "connector"}
	ofSplit := []string{"table", "split"}
	named, inState := []string{"table"}, []string{"state"}
	return []metric{
		{
			"penstock_source_records_total", counter, ofTable,
			"Records read from a table, good and bad.",
			perSource(func(s *job.SourceStatus) int64 { return s.Records }),
		},
		{
			"penstock_source_bytes_total", counter, ofTable,
			"Bytes of the records read from a table.",
			perSource(func(s *job.SourceStatus) int64 { return s.Bytes }),
		},
		{
			"penstock_source_bad_records_total", counter, ofTable,
			"Records of a table that could not be decoded and were left out.",
			perSource(func(s *job.SourceStatus) int64 { return s.BadRecords }),
		},
		{
			"penstock_source_bad_records_by_cause_total", counter,
			[]string{"table", "connector", "cause"},
			"The same by cause: " + strings.Join(format.CauseNames(), ", ") + ".",
			badCauses,
		},
		{
			"penstock_source_retries_total", counter, ofTable,
			"Calls of the service behind a table that failed and were made again.",
			perSource(func(s *job.SourceStatus) int64 { return s.Retries }),
		},
		{
			"penstock_source_throttled_total", counter, ofTable,
			"Calls that the service behind a table refused because they were too many.",
			perSource(func(s *job.SourceStatus) int64 { return s.Throttles }),
		},
		{
			"penstock_source_foreign_records_total", counter, ofTable,
			"Records left out because another split delivers them: user records of KPL aggregates that are in the wrong shard.",
			perSource(func(s *job.SourceStatus) int64 { return s.Foreign }),
		},
		{
			"penstock_source_gaps_total", counter, ofTable,
			"Stretches of a table that may have held records and were gone before they could be read.",
			perSource(func(s *job.SourceStatus) int64 { return s.Gaps }),
		},
		{
			"penstock_source_rows_total", counter, ofSplit,
			"Rows read from a split of a table: for Kinesis, from a shard.",
			perSplit(func(s *job.SplitStatus) (float64, bool) { return float64(s.Rows), true }),
		},
		{
			"penstock_source_split_records_total", counter, ofSplit,
			"Records read from a split of a table, good and bad.",
			perSplit(func(s *job.SplitStatus) (float64, bool) { return float64(s.Records), true }),
		},
		{
			"penstock_source_split_bytes_total", counter, ofSplit,
			"Bytes of the records read from a split.",
			perSplit(func(s *job.SplitStatus) (float64, bool) { return float64(s.Bytes), true }),
		},
		{
			"penstock_source_split_retries_total", counter, ofSplit,
			"Calls about a split that failed and were made again.",
			perSplit(func(s *job.SplitStatus) (float64, bool) { return float64(s.Retries), true }),
		},
		{
			"penstock_source_split_throttled_total", counter, ofSplit,
			"Calls about a split that the service refused because they were too many.",
			perSplit(func(s *job.SplitStatus) (float64, bool) { return float64(s.Throttles), true }),
		},
		{
			"penstock_source_lag_seconds", gauge, ofSplit,
			"How far the reading is behind the end of a split, in seconds. Absent while that is not known.",
			perSplit(func(s *job.SplitStatus) (float64, bool) { return s.Lag.Seconds(), s.Lag >= 0 }),
		},
		{
			"penstock_source_split_idle", gauge, ofSplit,
			"1 if a split has been silent for so long that it no longer holds back the watermark, otherwise 0.",
			perSplit(func(s *job.SplitStatus) (float64, bool) { return oneIf(s.Idle), true }),
		},
		{
			"penstock_source_split_done", gauge, ofSplit,
			"1 if a split has been read to its end, otherwise 0.",
			perSplit(func(s *job.SplitStatus) (float64, bool) { return oneIf(s.Done), true }),
		},
		{
			"penstock_source_split_watermark_seconds", gauge, ofSplit,
			"Event time up to which a split is complete, in seconds since the epoch. Absent before the first watermark and for tables without one.",
			perSplit(func(s *job.SplitStatus) (float64, bool) {
				if s.Watermark == nil {
					return 0, false
				}
				return eventSeconds(*s.Watermark), true
			}),
		},
		{
			"penstock_source_watermark_seconds", gauge, named,
			"Event time up to which a table is complete, in seconds since the epoch; +Inf when all of it has been read. " +
				"Absent before the first watermark and for tables without one.",
			watermarks,
		},
		{
			"penstock_sink_rows_total", counter, ofTable,
			"Rows given to a table to write; for the rows that SELECT shows, the table is SELECT.",
			perSink(func(s *job.SinkStatus) int64 { return s.Rows }),
		},
		{
			"penstock_sink_records_total", counter, ofTable,
			"Records that the service behind a table has acknowledged.",
			perSink(func(s *job.SinkStatus) int64 { return s.Records }),
		},
		{
			"penstock_sink_bytes_total", counter, ofTable,
			"Bytes of the records that the service behind a table has acknowledged.",
			perSink(func(s *job.SinkStatus) int64 { return s.Bytes }),
		},
		{
			"penstock_sink_bad_records_total", counter, ofTable,
			"Records of a table that the service behind it refused for good.",
			perSink(func(s *job.SinkStatus) int64 { return s.Bad }),
		},
		{
			"penstock_sink_retries_total", counter, ofTable,
			"Records sent again because the service behind a table had not taken them.",
			perSink(func(s *job.SinkStatus) int64 { return s.Retries }),
		},
		{
			"penstock_sink_throttled_total", counter, ofTable,
			"Calls that the service behind a table refused, in whole or in part, because they were too many.",
			perSink(func(s *job.SinkStatus) int64 { return s.Throttles }),
		},
		{
			"penstock_late_rows_total", counter, named,
			"Rows that came after their window had been written and were left out, by the table that the statement writes.",
			func(s *snapshot, emit emitFunc) {
				for _, late := range s.late {
					emit(float64(late.rows), late.table)
				}
			},
		},
		{
			"penstock_checkpoints_total", counter, nil,
			"Checkpoints that were completed. This metric and the next ones are absent for a job that is not saved.",
			perCheckpoint(func(c *job.CheckpointStatus) (float64, bool) { return float64(c.Completed), true }),
		},
		{
			"penstock_checkpoint_failures_total", counter, nil,
			"Checkpoints that failed.",
			perCheckpoint(func(c *job.CheckpointStatus) (float64, bool) { return float64(c.Failed), true }),
		},
		{
			"penstock_checkpoint_age_seconds", gauge, nil,
			"Seconds since the newest checkpoint was complete: so far back a crash would take the job. Absent before the first one.",
			perCheckpoint(func(c *job.CheckpointStatus) (float64, bool) { return c.Age.Seconds(), c.Age >= 0 }),
		},
		{
			"penstock_checkpoint_duration_seconds", gauge, nil,
			"How long the last checkpoint took, from its beginning to the commits of the sinks.",
			perCheckpoint(func(c *job.CheckpointStatus) (float64, bool) { return c.Duration.Seconds(), c.Completed > 0 }),
		},
		{
			"penstock_checkpoint_bytes", gauge, nil,
			"Bytes of state in the newest checkpoint.",
			perCheckpoint(func(c *job.CheckpointStatus) (float64, bool) { return float64(c.Bytes), true }),
		},
		{
			"penstock_checkpoint_written_bytes", gauge, nil,
			"Bytes of state that the last checkpoint had to write: what had changed.",
			perCheckpoint(func(c *job.CheckpointStatus) (float64, bool) { return float64(c.Written), true }),
		},
		{
			"penstock_state_bytes", gauge, nil,
			"Memory that the state of all operators takes.",
			func(s *snapshot, emit emitFunc) { emit(float64(s.stateBytes)) },
		},
		{
			"penstock_job_restarts_total", counter, nil,
			"How many times the job has started again after a failure. Counts of sources and sinks begin anew with each.",
			func(s *snapshot, emit emitFunc) { emit(float64(s.restarts)) },
		},
		{
			"penstock_job_state", gauge, inState,
			"1 for the state that the job is in, 0 for the others: running, draining, stopping, restarting, finished, stopped, failed.",
			states,
		},
		{
			"penstock_job_elapsed_seconds", gauge, nil,
			"Seconds since the job started; when it has ended, how long it ran.",
			func(s *snapshot, emit emitFunc) { emit(s.elapsed.Seconds()) },
		},
	}
}

func perSource(value func(*job.SourceStatus) int64) func(*snapshot, emitFunc) {
	return func(s *snapshot, emit emitFunc) {
		for i := range s.sources {
			emit(float64(value(&s.sources[i])), s.sources[i].Table, s.sources[i].Connector)
		}
	}
}

func badCauses(s *snapshot, emit emitFunc) {
	for i := range s.sources {
		for _, cause := range format.CauseNames() {
			emit(float64(s.sources[i].BadCauses[cause]), s.sources[i].Table, s.sources[i].Connector, cause)
		}
	}
}

func perSink(value func(*job.SinkStatus) int64) func(*snapshot, emitFunc) {
	return func(s *snapshot, emit emitFunc) {
		for i := range s.sinks {
			emit(float64(value(&s.sinks[i])), s.sinks[i].Table, s.sinks[i].Connector)
		}
	}
}

// perSplit leaves out the splits for which value is not known.
func perSplit(value func(*job.SplitStatus) (v float64, known bool)) func(*snapshot, emitFunc) {
	return func(s *snapshot, emit emitFunc) {
		for i := range s.splits {
			if v, known := value(&s.splits[i].SplitStatus); known {
				emit(v, s.splits[i].table, s.splits[i].ID)
			}
		}
	}
}

func watermarks(s *snapshot, emit emitFunc) {
	for _, w := range s.watermarks {
		if w.time != nil {
			emit(eventSeconds(*w.time), w.table)
		}
	}
}

// eventSeconds returns a watermark, in microseconds, as seconds; the one after everything is +Inf.
func eventSeconds(watermark int64) float64 {
	if watermark == math.MaxInt64 {
		return math.Inf(1)
	}
	return float64(watermark) / float64(time.Second/time.Microsecond)
}

func states(s *snapshot, emit emitFunc) {
	for _, state := range []job.State{job.Running, job.Draining, job.Stopping, job.Restarting, job.Finished, job.Stopped, job.Failed} {
		emit(oneIf(s.state == state), string(state))
	}
}

// perCheckpoint leaves out what is not known.
func perCheckpoint(value func(*job.CheckpointStatus) (v float64, known bool)) func(*snapshot, emitFunc) {
	return func(s *snapshot, emit emitFunc) {
		if s.checkpoint == nil {
			return
		}
		if v, known := value(s.checkpoint); known {
			emit(v)
		}
	}
}

func oneIf(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
