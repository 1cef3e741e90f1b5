package cli

import (
	"os"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/exec/job"
)

const (
	// idleChecks is how often within the time of --idle-exit the job is looked at.
	idleChecks = 10
	// abortPatience is how long a job that was told to stop at once may take for that.
	abortPatience = 3 * time.Second
)

// watch accompanies a job from its start to its end.
type watch struct {
	job      runningJob
	signals  <-chan os.Signal
	abort    func() // ends the job's context
	idleExit time.Duration
	// drainAtSignal says that a signal finishes the job in the place of saving it.
	drainAtSignal bool
	progress      *progress

	idle        idle
	draining    bool
	interrupted bool // a signal has come
}

// until returns when the job has ended, with the job's error or errInterrupted.
func (w *watch) until() error {
	done := make(chan error, 1)
	go func() { done <- w.job.Wait() }()
	status, stopStatus := ticker(w.progress.interval)
	defer stopStatus()
	look, stopLook := ticker(w.idleExit / idleChecks)
	defer stopLook()
	w.progress.begin()
	for {
		select {
		case err := <-done:
			w.progress.summary(w.job.Status(), err, w.draining)
			return err
		case <-status:
			w.progress.show(w.job.Status(), w.draining)
		case now := <-look:
			if !w.draining && w.idle.since(now, w.job.Status()) >= w.idleExit {
				w.drain("everything has been read and nothing more came for " + span(w.idleExit))
			}
		case sig := <-w.signals:
			if w.interrupted {
				return w.stopAtOnce(done, sig)
			}
			w.interrupted = true
			w.stop()
		}
	}
}

// stop acts on the first signal.
func (w *watch) stop() {
	if w.drainAtSignal || w.job.Status().Checkpoint == nil || w.draining {
		w.drain("stopping: what was read is being written; press Ctrl-C again to stop at once")
		return
	}
	w.progress.note("stopping: the job is being saved; press Ctrl-C again to stop at once")
	w.job.Stop()
}

func (w *watch) drain(why string) {
	w.progress.note(why)
	if !w.draining {
		w.draining = true
		w.job.Drain()
		if w.progress.interval > 0 {
			w.progress.show(w.job.Status(), true)
		}
	}
}

func (w *watch) stopAtOnce(done <-chan error, sig os.Signal) error {
	w.abort()
	select {
	case <-done: //nolint:errcheck // all it can say is that the job was stopped
	case <-time.After(abortPatience):
	}
	err := errInterrupted(sig).WithHint("rows that were read may not have been written")
	w.progress.summary(w.job.Status(), err, true)
	return err
}

// ticker returns a channel that ticks, or never does if the interval is 0.
func ticker(interval time.Duration) (<-chan time.Time, func()) {
	if interval <= 0 {
		return nil, func() {}
	}
	t := time.NewTicker(interval)
	return t.C, t.Stop
}

// idle finds out for how long a job has had nothing to do.
type idle struct {
	records int64
	last    time.Time // when records changed, or the sources were last behind
}

// since returns for how long no record has arrived although every source has been read to its end so
// far; 0 before the first record, unless the job goes on from a checkpoint: there may be nothing new.
func (i *idle) since(now time.Time, status engine.Status) time.Duration {
	records := recordsRead(status)
	goesOn := status.Checkpoint != nil && status.Checkpoint.Restored > 0
	if records == 0 && !goesOn || records != i.records || i.last.IsZero() || !caughtUp(status) {
		i.records, i.last = records, now
	}
	return now.Sub(i.last)
}

func recordsRead(status engine.Status) int64 {
	var n int64
	for _, source := range status.Sources {
		n += source.Records
	}
	return n
}

// caughtUp reports whether every split of every source is known to have been read to its end so far.
func caughtUp(status engine.Status) bool {
	for _, source := range status.Sources {
		if len(source.Splits) == 0 {
			return false
		}
		for _, split := range source.Splits {
			if !split.Done && split.Lag != 0 {
				return false
			}
		}
	}
	return len(status.Sources) > 0
}

// state is the word for what a job is doing.
func state(draining bool) string {
	if draining {
		return "draining"
	}
	return "running"
}

// How a job can end.
const (
	outcomeFinished = "finished" // its sources were read to their ends
	outcomeDrained  = "drained"
	outcomeSaved    = "saved"   // the same command goes on
	outcomeStopped  = "stopped" // at once, by a second signal
	outcomeFailed   = "failed"
)

// outcome returns how a job ended.
func outcome(err error, drained bool, end job.State) string {
	switch {
	case err == nil && end == job.Stopped:
		return outcomeSaved
	case err == nil && drained:
		return outcomeDrained
	case err == nil:
		return outcomeFinished
	case diag.KindOf(err) == diag.Interrupted:
		return outcomeStopped
	}
	return outcomeFailed
}
