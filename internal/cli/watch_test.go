package cli

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/exec/job"
)

// fakeJob does what the test says.
type fakeJob struct {
	mu      sync.Mutex
	status  engine.Status
	drained int
	stopped int

	onDrain func(*fakeJob)
	end     chan error
}

func newFakeJob(onDrain func(*fakeJob)) *fakeJob {
	return &fakeJob{onDrain: onDrain, end: make(chan error, 1), status: flightsStatus()}
}

func (j *fakeJob) Drain() {
	j.mu.Lock()
	j.drained++
	j.mu.Unlock()
	if j.onDrain != nil {
		j.onDrain(j)
	}
}

func (j *fakeJob) Stop() {
	j.set(func(s *engine.Status) {
		j.stopped++
		s.State = job.Stopped
		s.Checkpoint.Number++
	})
	j.end <- nil
}

func (j *fakeJob) Wait() error { return <-j.end }

func (j *fakeJob) Status() engine.Status {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status
}

func (j *fakeJob) set(change func(*engine.Status)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change(&j.status)
}

// accompany runs a watch inside a synctest bubble and returns what it ended with and printed.
func accompany(t *testing.T, w *watch, args ...string) (text string, err error) {
	t.Helper()
	a, stderr := testApp(process{}, args...)
	w.progress = newProgress(a, plainInterval)
	if w.abort == nil {
		w.abort = func() {}
	}
	err = w.until()
	return stderr.String(), err
}

func TestFirstSignalDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 1)
		signals <- os.Interrupt
		j := newFakeJob(func(j *fakeJob) { j.end <- nil })
		text, err := accompany(t, &watch{job: j, signals: signals})
		if err != nil || j.drained != 1 {
			t.Errorf("error %v, drained %d times", err, j.drained)
		}
		for _, want := range []string{"press Ctrl-C again", "draining for 0 s: 12,345 records", "drained after 0 s: 12,345 records in"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	})
}

func TestFirstSignalSavesAJobWithCheckpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 1)
		signals <- os.Interrupt
		j := newFakeJob(nil)
		j.status.Checkpoint = &job.CheckpointStatus{Place: "place", Number: 6}
		text, err := accompany(t, &watch{job: j, signals: signals})
		if err != nil || j.drained != 0 || j.stopped != 1 {
			t.Errorf("error %v, drained %d times, stopped %d times", err, j.drained, j.stopped)
		}
		for _, want := range []string{"the job is being saved", "saved after 0 s: 12,345 records in", "saved as checkpoint 7 in place"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	})
}

func TestSecondSignalAborts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 1)
		signals <- os.Interrupt
		j := newFakeJob(func(*fakeJob) { signals <- syscall.SIGTERM }) // draining takes too long for the user
		w := &watch{job: j, signals: signals, abort: func() { j.end <- context.Canceled }}
		text, err := accompany(t, w)
		if diag.KindOf(err) != diag.Interrupted || diag.KindOf(err).ExitCode() != 130 || err.Error() != "stopped by SIGTERM" {
			t.Errorf("got %v", err)
		}
		if !strings.Contains(text, "stopped after 0 s") {
			t.Errorf("no summary in\n%s", text)
		}
	})
}

func TestAbortDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 2)
		signals <- os.Interrupt
		signals <- os.Interrupt
		start := time.Now()
		j := newFakeJob(nil)
		_, err := accompany(t, &watch{job: j, signals: signals})
		if diag.KindOf(err) != diag.Interrupted || time.Since(start) != abortPatience {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		j.end <- nil // let the goroutine that waits for the job end
	})
}

func TestIdleExitWaitsForRecordsAndForTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newFakeJob(func(j *fakeJob) { j.end <- nil })
		records := func(n int64, lag time.Duration) func() {
			return func() {
				j.set(func(s *engine.Status) {
					s.Sources = []job.SourceStatus{{Records: n, Splits: []job.SplitStatus{{ID: "a", Lag: lag}, {ID: "b", Done: true, Lag: -1}}}}
				})
			}
		}
		records(0, 0)() // nothing yet: an hour is not too long
		time.AfterFunc(time.Hour, records(10, time.Minute))
		time.AfterFunc(2*time.Hour, records(20, 0)) // behind until here
		start := time.Now()
		text, err := accompany(t, &watch{job: j, idleExit: 3 * time.Second})
		elapsed := time.Since(start)
		if err != nil || elapsed < 2*time.Hour+3*time.Second || elapsed > 2*time.Hour+4*time.Second {
			t.Errorf("error %v after %v", err, elapsed)
		}
		if !strings.Contains(text, "nothing more came for 3 s\n") {
			t.Errorf("no reason in\n%s", text[len(text)-600:])
		}
	})
}

func TestPlainStatusLinesComeAtTheirInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newFakeJob(nil)
		time.AfterFunc(2*plainInterval+time.Second, func() { j.end <- nil })
		text, err := accompany(t, &watch{job: j})
		if n := strings.Count(text, "running for"); err != nil || n != 2 || !strings.Contains(text, "finished after 11 s") {
			t.Errorf("error %v, %d status lines:\n%s", err, n, text)
		}
	})
}

func TestStatusAsJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newFakeJob(nil)
		time.AfterFunc(plainInterval+time.Second, func() { j.end <- errors.New("broken") })
		text, err := accompany(t, &watch{job: j}, "--output", "json")
		if err == nil {
			t.Error("no error")
		}
		golden(t, "status.ndjson", text)
	})
}

func TestGroupFailsTogether(t *testing.T) {
	bad, good := newFakeJob(nil), newFakeJob(func(j *fakeJob) { j.end <- nil })
	bad.end <- errors.New("broken")
	if err := (group{good, bad}).Wait(); err == nil || err.Error() != "broken" || good.drained != 1 {
		t.Errorf("error %v, the other was drained %d times", err, good.drained)
	}
	all := group{good, bad}.Status()
	if len(all.Sources) != 2 || len(all.Sinks) != 2 || all.LateRows["tumble(flight_time, 1 day)"] != 14 {
		t.Errorf("got %+v", all)
	}
}

func TestIdleJobThatGoesOnNeedsNoRecord(t *testing.T) {
	now := time.Now()
	status := flightsStatus()
	for i := range status.Sources {
		status.Sources[i].Records = 0
		for s := range status.Sources[i].Splits {
			status.Sources[i].Splits[s].Lag = 0
		}
	}
	var first, restored idle
	first.since(now, status)
	if got := first.since(now.Add(time.Minute), status); got != 0 {
		t.Errorf("idle for %v before the first record", got)
	}
	status.Checkpoint = &job.CheckpointStatus{Restored: 3}
	restored.since(now, status)
	if got := restored.since(now.Add(time.Minute), status); got != time.Minute {
		t.Errorf("idle for %v after a restart, want a minute", got)
	}
}
