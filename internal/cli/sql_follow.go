package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
)

// detachAfter is how long the prompt waits for an INSERT before it goes to the background: most that
// have an end have had it by then.
const detachAfter = 300 * time.Millisecond

// follow shows the rows of a SELECT until it ends, or until Ctrl-C stops it.
func (s *shell) follow(ctx context.Context, program *engine.Program) (interrupted bool, err error) {
	signals, stop := s.app.env.Notify()
	defer stop()
	job, err := program.Start(ctx)
	if err != nil {
		return false, err
	}
	done := make(chan error, 1)
	go func() { done <- job.Wait() }()
	progress := newProgress(s.app, 0)
	tick, stopTick := ticker(progress.interval)
	defer stopTick()
	progress.begin()
	for {
		select {
		case err := <-done:
			s.app.console.clearLive()
			if interrupted && errors.Is(err, context.Canceled) {
				err = nil
			}
			if err == nil {
				s.app.console.printf("%s\n", s.app.console.style(dim, footer(job.Status(), interrupted)))
			}
			return interrupted, err
		case <-tick:
			f := progress.figures(job.Status())
			s.app.console.setLive(func(width int) string { return f.liveLine("Ctrl-C stops", width) })
		case <-signals:
			interrupted = true
			job.Stop()
		}
	}
}

// footer is the line below the rows of a query.
func footer(status engine.Status, stopped bool) string {
	var rows int64
	for _, sink := range status.Sinks {
		rows += sink.Rows
	}
	text := plural(rows, "row") + " in " + span(status.Elapsed)
	if stopped {
		text += ", stopped"
	}
	return "(" + text + ")"
}

// detach starts a program in the background, unless it ends in a moment.
func (s *shell) detach(ctx context.Context, program *engine.Program) error {
	job, err := program.Start(ctx)
	if err != nil {
		return err
	}
	patience := time.NewTimer(detachAfter)
	defer patience.Stop()
	select {
	case <-job.Done():
		return s.ended(job)
	case <-patience.C:
	}
	s.background = append(s.background, job)
	s.app.console.printf("job %s runs in the background: STOP JOB '%s' WITH DRAIN; ends it\n", job.ID, job.ID)
	return nil
}

// reap reports the jobs of the background that have ended.
func (s *shell) reap() {
	s.awaitStopped()
	running := s.background[:0]
	for _, job := range s.background {
		select {
		case <-job.Done():
			if err := s.ended(job); err != nil {
				s.app.report(fmt.Errorf("job %s, %s: %w", job.ID, job.Name, err))
			}
		default:
			running = append(running, job)
		}
	}
	s.background = running
}

// awaitStopped waits for the jobs that were told to stop, as long as they may take for that.
func (s *shell) awaitStopped() {
	for _, job := range s.background {
		if !job.Stopped() {
			continue
		}
		select {
		case <-job.Done():
		case <-time.After(abortPatience):
		}
	}
}

// ended reports a job that has ended without an error, or returns the error.
func (s *shell) ended(job *engine.Job) error {
	err := job.Wait()
	if errors.Is(err, context.Canceled) { // STOP JOB
		s.app.console.printf("job %s, %s: stopped\n", job.ID, job.Name)
		return nil
	}
	if err == nil {
		s.app.console.printf("job %s, %s: %s\n", job.ID, job.Name, footer(job.Status(), false))
	}
	return err
}

// drain ends the jobs of the background; a signal ends them at once.
func (s *shell) drain() error {
	s.reap()
	if len(s.background) == 0 {
		return nil
	}
	signals, stop := s.app.env.Notify()
	defer stop()
	s.app.console.printf("%s: what was read is being written; press Ctrl-C to stop at once\n", plural(len(s.background), "running job"))
	for _, job := range s.background {
		job.Drain()
	}
	for _, job := range s.background {
		select {
		case <-job.Done():
		case sig := <-signals:
			for _, job := range s.background {
				job.Stop()
			}
			return errInterrupted(sig).WithHint("rows that were read may not have been written")
		}
	}
	var faults []error
	for _, job := range s.background {
		faults = append(faults, s.ended(job))
	}
	s.background = nil
	if err := errors.Join(faults...); err != nil {
		return diag.Errorf(diag.KindOf(err), diag.Span{}, "%w", err)
	}
	return nil
}
