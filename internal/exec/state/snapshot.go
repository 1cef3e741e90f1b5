package state

import (
	"fmt"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
)

// Segment is a named piece of the state of an operator in one task, frozen at a barrier.
type Segment struct {
	Name string
	// Version changes whenever the contents do. Versions of an operator only grow.
	Version uint64
	// Write encodes the segment. It runs on another goroutine while processing goes on, so what it
	// reads does not change any more. nil: the last checkpoint has the segment already.
	Write func(w *Writer)
}

// Snapshot collects the segments of an operator in one task.
type Snapshot struct {
	known    func(name string, version uint64) bool
	segments []Segment
}

// NewSnapshot returns an empty snapshot. known says which segments need not be written again.
func NewSnapshot(known func(name string, version uint64) bool) *Snapshot {
	return &Snapshot{known: known}
}

// Add adds a segment. freeze is called at once, unless the segment is known: it copies what will
// change, and returns what encodes the copy.
func (s *Snapshot) Add(name string, version uint64, freeze func() func(w *Writer)) {
	segment := Segment{Name: name, Version: version}
	if !s.known(name, version) {
		segment.Write = freeze()
	}
	s.segments = append(s.segments, segment)
}

// Segments returns what was added.
func (s *Snapshot) Segments() []Segment { return s.segments }

// Stored is a segment that is restored.
type Stored struct {
	Name        string
	Version     uint64
	Lane, Lanes int // of the task that wrote it
	Data        []byte
}

// Restored is what a checkpoint holds for an operator, for one of the tasks that run it now.
type Restored struct {
	Lane, Lanes int // of the task that restores
	Segments    []Stored
}

// Owns reports whether the task owns the key with the hash.
func (r *Restored) Owns(hash uint64) bool { return Partition(hash, r.Lanes) == r.Lane }

// Whole reports whether all keys of a segment belong to the task, and all that it has of this name.
func (r *Restored) Whole(s Stored) bool { return s.Lanes == r.Lanes && s.Lane == r.Lane }

// NextVersion is above the versions of all segments.
func (r *Restored) NextVersion() uint64 {
	next := uint64(1)
	for _, s := range r.Segments {
		next = max(next, s.Version+1)
	}
	return next
}

// Each calls read for every segment, and fails if one of them has more or less in it than is read.
func (r *Restored) Each(read func(s Stored, data *Reader) error) error {
	for _, s := range r.Segments {
		data := NewReader(s.Data)
		err := read(s, data)
		if err == nil {
			err = data.End()
		}
		if err != nil {
			return fmt.Errorf("segment %q: %w", s.Name, err)
		}
	}
	return nil
}

// Damaged returns the error for a segment that holds what it cannot.
func Damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", checkpoint.ErrDamaged, fmt.Sprintf(format, args...))
}

// FrozenTable is the keys of a table at one moment. It shares memory with the table, which only adds
// behind it.
type FrozenTable struct {
	offsets []int
	arena   []byte
	null    int
}

// Freeze returns the keys that the table has now.
func (t *Table) Freeze() FrozenTable {
	n := t.Len()
	return FrozenTable{offsets: t.offsets[: n+1 : n+1], arena: slices.Clip(t.arena), null: t.null}
}

// Len is the number of keys.
func (f FrozenTable) Len() int { return len(f.offsets) - 1 }

// Table writes keys. Their hashes follow from them and are not written.
func (w *Writer) Table(f FrozenTable) {
	w.Int(int64(f.null))
	w.Uint(uint64(f.Len()))
	for i := range f.Len() {
		w.Uint(uint64(f.offsets[i+1] - f.offsets[i]))
	}
	w.Bytes(f.arena[:f.offsets[f.Len()]])
}

// Table reads keys into a new table; every group has the number that it had.
func (r *Reader) Table() *Table {
	null := r.Int()
	n := r.Count(1)
	t := &Table{offsets: make([]int, n+1), hashes: make([]uint64, n), null: int(null)}
	for i := range n {
		t.offsets[i+1] = t.offsets[i] + r.Count(1)
	}
	data := r.Bytes()
	if r.err == nil && (len(data) != t.offsets[n] || null < -1 || null >= int64(n)) {
		r.fail("table of %d keys", n)
	}
	if r.err != nil {
		return NewTable()
	}
	t.arena = append(make([]byte, 0, len(data)), data...)
	for i := range t.hashes {
		if i != t.null {
			t.hashes[i] = batch.Hash(t.arena[t.offsets[i]:t.offsets[i+1]])
		}
	}
	t.words = true
	for i := range n {
		t.words = t.words && t.offsets[i+1] == 8*(i+1)
	}
	t.fill(slotsFor(n))
	return t
}
