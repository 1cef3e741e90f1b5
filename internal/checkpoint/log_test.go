package checkpoint_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/checkpoint"
)

func take(t *testing.T, store checkpoint.Store, retain int) *checkpoint.Log {
	t.Helper()
	l, err := checkpoint.Take(t.Context(), store, retain)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// publish makes a checkpoint whose state is text, in a file of its own unless it is in that of m.
func publish(t *testing.T, l *checkpoint.Log, epoch checkpoint.Epoch, text string) *checkpoint.Manifest {
	t.Helper()
	file := l.StateFile(epoch, "x")
	if err := l.Store().Put(t.Context(), file, []byte(text)); err != nil {
		t.Fatal(err)
	}
	m := manifest(epoch, file, text)
	if err := l.Publish(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return m
}

func manifest(epoch checkpoint.Epoch, file, text string) *checkpoint.Manifest {
	return &checkpoint.Manifest{Kind: checkpoint.Checkpoint, Epoch: epoch, Operators: []checkpoint.Operator{{ID: "a", Lanes: []checkpoint.Lane{{
		Lanes: 1, Segments: []checkpoint.Segment{{Name: "s", File: file, Length: int64(len(text)), CRC32C: checkpoint.Checksum([]byte(text))}},
	}}}}}
}

func restored(t *testing.T, l *checkpoint.Log) string {
	t.Helper()
	state, skipped, err := l.Restore(t.Context())
	if err != nil || state == nil {
		return fmt.Sprintf("none, skipped %d, %v", len(skipped), err)
	}
	return string(state.Segment(state.Manifest.Operators[0].Lanes[0].Segments[0]))
}

func TestLogRestoresTheNewestCheckpoint(t *testing.T) {
	store := checkpoint.NewMemory()
	l := take(t, store, 3)
	if got := restored(t, l); got != "none, skipped 0, <nil>" {
		t.Errorf("empty log: %s", got)
	}
	for i := range 5 {
		publish(t, l, checkpoint.Epoch(i), fmt.Sprint("state ", i))
	}
	next := take(t, store, 3)
	if got := restored(t, next); got != "state 4" {
		t.Errorf("restored %q", got)
	}
	if next.Job() != l.Job() || next.Claim() <= l.Claim() {
		t.Errorf("job %q claim %d after job %q claim %d", next.Job(), next.Claim(), l.Job(), l.Claim())
	}
}

func TestLogFencesWhoHasLostTheJob(t *testing.T) {
	store := checkpoint.NewMemory()
	first := take(t, store, 1)
	publish(t, first, 1, "one")
	second := take(t, store, 1)
	err := first.Publish(t.Context(), manifest(2, "state/none", ""))
	if !errors.Is(err, checkpoint.ErrFenced) {
		t.Errorf("publish after the job was taken over: %v", err)
	}
	publish(t, second, 3, "three")
	if got := restored(t, take(t, store, 1)); got != "three" {
		t.Errorf("restored %q", got)
	}
}

func TestLogKeepsSomeCheckpointsAndTheirFiles(t *testing.T) {
	store := checkpoint.NewMemory()
	l := take(t, store, 2)
	shared := publish(t, l, 1, "shared")
	for i := 2; i <= 4; i++ {
		m := publish(t, l, checkpoint.Epoch(i), fmt.Sprint("state ", i))
		if i == 3 { // a later checkpoint needs a piece of the first one
			m.Operators[0].Lanes[0].Segments = append(m.Operators[0].Lanes[0].Segments, shared.Operators[0].Lanes[0].Segments...)
		}
		if err := l.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := "log/00000000000000000001 log/00000000000000000004 log/00000000000000000005 state/1-1-x state/1-3-x state/1-4-x"
	if got := listed(t, store); got != want {
		t.Errorf("left %s\nwant %s", got, want)
	}
}

func listed(t *testing.T, store checkpoint.Store) string {
	t.Helper()
	names, err := store.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestLogDeletesFilesOfCheckpointsThatWereNotCompleted(t *testing.T) {
	store := checkpoint.NewMemory()
	l := take(t, store, 1)
	publish(t, l, 1, "one")
	if err := store.Put(t.Context(), l.StateFile(2, "x"), []byte("orphan")); err != nil {
		t.Fatal(err)
	}
	take(t, store, 1)
	if got, want := listed(t, store), "log/00000000000000000001 log/00000000000000000002 log/00000000000000000003 state/1-1-x"; got != want {
		t.Errorf("left %s\nwant %s", got, want)
	}
}

func TestLogFallsBackWhenTheNewestIsDamaged(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(ctx context.Context, s checkpoint.Store) error
	}{
		{"manifest cut", func(ctx context.Context, s checkpoint.Store) error {
			return s.Put(ctx, "log/00000000000000000003", []byte(`{"format":1`))
		}},
		{"manifest empty", func(ctx context.Context, s checkpoint.Store) error {
			return s.Put(ctx, "log/00000000000000000003", nil)
		}},
		{"state changed", func(ctx context.Context, s checkpoint.Store) error { return s.Put(ctx, "state/1-2-x", []byte("twx")) }},
		{"state cut", func(ctx context.Context, s checkpoint.Store) error { return s.Put(ctx, "state/1-2-x", []byte("tw")) }},
		{"state gone", func(ctx context.Context, s checkpoint.Store) error { return s.Delete(ctx, "state/1-2-x") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := checkpoint.NewMemory()
			l := take(t, store, 2)
			publish(t, l, 1, "one")
			publish(t, l, 2, "two")
			if err := test.damage(t.Context(), store); err != nil {
				t.Fatal(err)
			}
			next := take(t, store, 2)
			if got := restored(t, next); got != "one" {
				t.Errorf("restored %q", got)
			}
			publish(t, next, 3, "three")
			if got := restored(t, take(t, store, 2)); got != "three" {
				t.Errorf("then restored %q", got)
			}
		})
	}
}

func TestLogRefusesWhenNothingIsWhole(t *testing.T) {
	store := checkpoint.NewMemory()
	publish(t, take(t, store, 1), 1, "one")
	if err := store.Delete(t.Context(), "state/1-1-x"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := take(t, store, 1).Restore(t.Context()); !errors.Is(err, checkpoint.ErrNotFound) {
		t.Errorf("restore: %v", err)
	}
}

func TestLogBeginsAnewWithoutLosingTheOldOnesTooEarly(t *testing.T) {
	store := checkpoint.NewMemory()
	publish(t, take(t, store, 1), 1, "old")
	l := take(t, store, 1)
	l.Begin("")
	if got := restored(t, l); got != "none, skipped 0, <nil>" {
		t.Errorf("restored %s", got)
	}
	if got := restored(t, take(t, store, 1)); got != "old" {
		t.Errorf("before the first new checkpoint another process restores %q", got)
	}
	l = take(t, store, 1)
	l.Begin("")
	publish(t, l, 2, "new")
	if err := l.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, store); strings.Contains(got, "state/1-1-x") || restored(t, l) != "new" {
		t.Errorf("left %s", got)
	}
}

// lossy says that a create failed although it did not, like a connection that breaks before the answer.
type lossy struct {
	checkpoint.Store
	lose bool
}

func (l *lossy) Create(ctx context.Context, name string, data []byte) error {
	err := l.Store.Create(ctx, name, data)
	if err == nil && l.lose {
		l.lose = false
		return errors.New("connection reset")
	}
	return err
}

func TestLogRecognizesItsOwnManifest(t *testing.T) {
	store := &lossy{Store: checkpoint.NewMemory()}
	l := take(t, store, 3)
	publish(t, l, 1, "one")
	store.lose = true
	if err := l.Publish(t.Context(), manifest(2, "state/1-1-x", "one")); err == nil {
		t.Fatal("the answer was not lost")
	}
	publish(t, l, 3, "three")
	if got := restored(t, take(t, store, 3)); got != "three" {
		t.Errorf("restored %q", got)
	}
}

func TestLogRemovesEverything(t *testing.T) {
	store := checkpoint.NewMemory()
	l := take(t, store, 2)
	publish(t, l, 1, "one")
	if err := l.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, store); got != "" {
		t.Errorf("left %s", got)
	}
}

func TestCopyIsWhole(t *testing.T) {
	store, to := checkpoint.NewMemory(), checkpoint.NewMemory()
	l := take(t, store, 1)
	publish(t, l, 1, "one")
	state, _, err := l.Restore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := checkpoint.Copy(t.Context(), state, to); err != nil {
		t.Fatal(err)
	}
	copied, err := checkpoint.Newest(t.Context(), to)
	if err != nil || copied == nil || string(copied.Segment(copied.Manifest.Operators[0].Lanes[0].Segments[0])) != "one" {
		t.Errorf("copy: %v, %v", copied, err)
	}
	if err := checkpoint.Copy(t.Context(), state, to); !errors.Is(err, checkpoint.ErrExists) {
		t.Errorf("second copy to the same place: %v", err)
	}
}

func FuzzDecodeManifest(f *testing.F) {
	data, err := (&checkpoint.Manifest{Number: 7, Kind: checkpoint.Checkpoint, Job: "j"}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := checkpoint.DecodeManifest(data)
		if err != nil {
			return
		}
		again, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := checkpoint.DecodeManifest(again); err != nil {
			t.Errorf("cannot be read again: %v", err)
		}
	})
}

func TestLogTakenAgainReadsWhatItWasNotToldOf(t *testing.T) {
	store := &lossy{Store: checkpoint.NewMemory()}
	l := take(t, store, 3)
	publish(t, l, 1, "one")
	if err := store.Put(t.Context(), l.StateFile(2, "x"), []byte("two")); err != nil {
		t.Fatal(err)
	}
	store.lose = true
	if err := l.Publish(t.Context(), manifest(2, l.StateFile(2, "x"), "two")); err == nil {
		t.Fatal("the answer was not lost")
	}
	if err := l.Again(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := restored(t, l); got != "two" {
		t.Errorf("restored %q", got)
	}
	take(t, store, 3)
	if err := l.Again(t.Context()); !errors.Is(err, checkpoint.ErrFenced) {
		t.Errorf("taken from another process: %v", err)
	}
}
