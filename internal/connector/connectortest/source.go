// Package connectortest is the suite that the tests of every connector run: what the contract in
// package connector asks of each source, whatever system it reads.
//
// It knows no connector. Every check runs in a synctest bubble, so that waiting costs no time: the
// source under test must not need the real network.
package connectortest

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

// patience is how long a call may take, on the fake clock, that must return at once.
const patience = 10 * time.Millisecond

// idle is how far apart, at most, the pages of a split without rows may come.
const idle = 10 * time.Second

// TestSource checks a source. open opens it anew each time, always with the same rows; columns are
// those that it delivers; rows is how many rows it has in all splits together. A source that does
// not end is read until it is caught up: until a page without rows and a Lag of 0.
func TestSource(t *testing.T, open func(t *testing.T) connector.Source, columns types.Schema, rows int) {
	s := &suite{open: open, columns: columns, rows: rows}
	checks := []struct {
		name string
		run  func(t *testing.T)
	}{
		{"DeliversEveryRowOnce", s.deliversEveryRowOnce},
		{"ResumesAfterEveryPage", s.resumesAfterEveryPage},
		{"NamesItsSplitsTheSameEachTime", s.namesItsSplitsTheSameEachTime},
		{"StaysAtTheEnd", s.staysAtTheEnd},
		{"StopsWhenTheContextIsDone", s.stopsWhenTheContextIsDone},
		{"ClosesTwice", s.closesTwice},
	}
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) { synctest.Test(t, check.run) })
	}
}

type suite struct {
	open    func(t *testing.T) connector.Source
	columns types.Schema
	rows    int
}

func (s *suite) deliversEveryRowOnce(t *testing.T) {
	source := s.source(t)
	rows := 0
	for _, split := range s.splits(t, source) {
		for _, page := range s.readAll(t, source, split) {
			if page.Rows == nil {
				continue
			}
			rows += page.Rows.Rows()
			if len(page.Rows.Columns) != len(s.columns) {
				t.Fatalf("split %s: got a page of %d columns, want %d", split.ID, len(page.Rows.Columns), len(s.columns))
			}
			for i, column := range page.Rows.Columns {
				if column.Len() != page.Rows.Rows() {
					t.Fatalf("split %s: column %s has %d values in a page of %d rows", split.ID, s.columns[i].Name, column.Len(), page.Rows.Rows())
				}
			}
		}
	}
	if rows != s.rows {
		t.Errorf("got %d rows, want %d", rows, s.rows)
	}
}

func (s *suite) resumesAfterEveryPage(t *testing.T) {
	source := s.source(t)
	for _, split := range s.splits(t, source) {
		pages := s.readAll(t, source, split)
		for i, page := range pages {
			from := split
			from.From = page.Position
			got, want := s.text(s.readAll(t, s.source(t), from)), s.text(pages[i+1:])
			if !slices.Equal(got, want) {
				t.Fatalf("split %s, resumed at %q after page %d of %d: got %d rows\n%q\nwant %d\n%q",
					split.ID, page.Position, i+1, len(pages), len(got), first(got), len(want), first(want))
			}
		}
	}
}

func (s *suite) namesItsSplitsTheSameEachTime(t *testing.T) {
	ids := func(splits []connector.Split) []string {
		var ids []string
		for _, split := range splits {
			ids = append(ids, split.ID)
		}
		return ids
	}
	source := s.source(t)
	before := ids(s.splits(t, source))
	for i, id := range before {
		if id == "" || slices.Contains(before[:i], id) {
			t.Errorf("split %d has the ID %q, want one of its own", i, id)
		}
	}
	again, err := source.Splits(t.Context())
	if err != nil {
		t.Fatalf("splits, asked again: %v", err)
	}
	for _, id := range ids(again) {
		if !slices.Contains(before, id) {
			t.Errorf("asked again, got the split %s, want only %v", id, before)
		}
	}
	if after := ids(s.splits(t, s.source(t))); !slices.Equal(before, after) {
		t.Errorf("opened again, got the splits %v, want %v", after, before)
	}
}

func (s *suite) staysAtTheEnd(t *testing.T) {
	source := s.source(t)
	for _, split := range s.splits(t, source) {
		reader := s.reader(t, source, split)
		if _, ended := s.read(t, reader); !ended {
			continue
		}
		if _, err := reader.Next(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("split %s: got error %v after the end, want io.EOF", split.ID, err)
		}
	}
}

func (s *suite) stopsWhenTheContextIsDone(t *testing.T) {
	source := s.source(t)
	for _, split := range s.splits(t, source) {
		reader := s.reader(t, source, split)
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() {
			for {
				if _, err := reader.Next(ctx); err != nil {
					stopped <- err
					return
				}
			}
		}()
		var canceled time.Time
		timer := time.AfterFunc(idle+idle/7, func() { // an odd time, while the reader waits
			canceled = time.Now()
			cancel()
		})
		err := <-stopped
		if !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) {
			t.Errorf("split %s: got error %v after cancel, want context.Canceled", split.ID, err)
		}
		if timer.Stop() { // the split ended before
			canceled = time.Now()
		}
		cancel()
		if _, err := reader.Next(ctx); !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) {
			t.Errorf("split %s: got error %v with a context that is done, want context.Canceled", split.ID, err)
		}
		if took := time.Since(canceled); took > patience {
			t.Errorf("split %s: took %v to see that the context is done", split.ID, took)
		}
	}
}

func (s *suite) closesTwice(t *testing.T) {
	source := s.source(t)
	for _, split := range s.splits(t, source) {
		reader := s.reader(t, source, split)
		for range 2 {
			if err := reader.Close(); err != nil {
				t.Errorf("close the reader of %s: %v", split.ID, err)
			}
		}
	}
	for range 2 {
		if err := source.Close(); err != nil {
			t.Errorf("close the source: %v", err)
		}
	}
}

// source opens the source until the end of the check.
func (s *suite) source(t *testing.T) connector.Source {
	t.Helper()
	source := s.open(t)
	t.Cleanup(func() {
		if err := source.Close(); err != nil {
			t.Errorf("close the source: %v", err)
		}
	})
	if source.DiscoveryInterval() < 0 {
		t.Errorf("got a discovery interval of %v, want at least 0", source.DiscoveryInterval())
	}
	return source
}

func (s *suite) splits(t *testing.T, source connector.Source) []connector.Split {
	t.Helper()
	splits, err := source.Splits(t.Context())
	if err != nil {
		t.Fatalf("splits: %v", err)
	}
	return splits
}

func (s *suite) reader(t *testing.T, source connector.Source, split connector.Split) connector.Reader {
	t.Helper()
	reader, err := source.Open(t.Context(), split)
	if err != nil {
		t.Fatalf("open split %s at %q: %v", split.ID, split.From, err)
	}
	t.Cleanup(func() {
		if err := reader.Close(); err != nil {
			t.Errorf("close the reader of %s: %v", split.ID, err)
		}
	})
	return reader
}

func (s *suite) readAll(t *testing.T, source connector.Source, split connector.Split) []connector.Page {
	t.Helper()
	pages, _ := s.read(t, s.reader(t, source, split))
	return pages
}

// read reads to the end, or until the reader is caught up. ended says which.
func (s *suite) read(t *testing.T, reader connector.Reader) (pages []connector.Page, ended bool) {
	t.Helper()
	for {
		began := time.Now()
		page, err := reader.Next(t.Context())
		switch {
		case errors.Is(err, io.EOF):
			return pages, true
		case err != nil:
			t.Fatalf("next page after %d: %v", len(pages), err)
		case page.Position == checkpoint.Position(""):
			t.Fatalf("page %d has no position", len(pages)+1)
		}
		if took := time.Since(began); took > idle {
			t.Fatalf("page %d came after %v, want one every %v although there are no rows", len(pages)+1, took, idle)
		}
		pages = append(pages, page)
		if (page.Rows == nil || page.Rows.Rows() == 0) && page.Lag == 0 {
			return pages, false
		}
	}
}

// text is the rows of pages as text.
func (s *suite) text(pages []connector.Page) []string {
	var rows []string
	for _, page := range pages {
		if page.Rows == nil {
			continue
		}
		for row := range page.Rows.Rows() {
			rows = append(rows, batch.FormatRow(page.Rows, s.columns, row))
		}
	}
	return rows
}

// first is as many rows as a message can hold.
func first(rows []string) []string { return rows[:min(len(rows), 5)] }
