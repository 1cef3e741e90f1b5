package checkpoint

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	logPrefix   = "log/"
	statePrefix = "state/"
	// keptClaims is how many claims stay in the log. They stop a process that slept through that many
	// successors from taking a number that was free when it fell asleep.
	keptClaims = 100
)

// ErrFenced says that another process has taken the job over.
var ErrFenced = errors.New("another process has taken over this job")

// Log is the manifests of one job in a store, seen by the process that owns the job.
type Log struct {
	store  Store
	retain int // checkpoints to keep, at least 1
	job    string
	claim  uint64
	next   uint64      // number of the next manifest
	kept   []*Manifest // retained checkpoints, oldest first
	stale  []*Manifest // to be deleted once there is another checkpoint
	faults []error     // of manifests that cannot be read
	origin string
	began  bool   // Begin was called, and there is no checkpoint since
	owner  uint64 // claim of the newest manifest that was read
}

// State is a checkpoint with the contents of its files.
type State struct {
	Manifest *Manifest
	files    map[string][]byte
}

// Segment returns the bytes of a segment of the manifest.
func (s *State) Segment(segment Segment) []byte {
	return s.files[segment.File][segment.Offset : segment.Offset+segment.Length]
}

func manifestName(number uint64) string { return fmt.Sprintf("%s%020d", logPrefix, number) }

// numbers returns the numbers of the manifests in a store, in order.
func numbers(ctx context.Context, store Store) ([]uint64, error) {
	names, err := store.List(ctx, logPrefix)
	if err != nil {
		return nil, err
	}
	var all []uint64
	for _, name := range names {
		if number, err := strconv.ParseUint(strings.TrimPrefix(name, logPrefix), 10, 64); err == nil {
			all = append(all, number)
		}
	}
	slices.Sort(all)
	return all, nil
}

func readManifest(ctx context.Context, store Store, number uint64) (*Manifest, error) {
	data, err := store.Get(ctx, manifestName(number))
	if err != nil {
		return nil, err
	}
	return DecodeManifest(data)
}

// Take takes over the job whose log is in the store. From then on no process that had the job before
// can publish a checkpoint. retain is how many checkpoints are kept.
func Take(ctx context.Context, store Store, retain int) (*Log, error) {
	return take(ctx, store, retain, 0)
}

// Again takes the job over from this process itself, which has failed and goes on. Whatever it has
// written until then and was not told of is read now, and what is still on its way comes too late.
func (l *Log) Again(ctx context.Context) error {
	next, err := take(ctx, l.store, l.retain, l.claim)
	if err != nil {
		return err
	}
	if l.began {
		next.Begin(l.origin)
	}
	l.claim, l.next, l.kept, l.stale, l.faults = next.claim, next.next, next.kept, next.stale, next.faults
	return nil
}

// take takes over a job, which must be that of the process with the claim from, if from is not 0.
func take(ctx context.Context, store Store, retain int, from uint64) (*Log, error) {
	for {
		all, err := numbers(ctx, store)
		if err != nil {
			return nil, err
		}
		l := &Log{store: store, retain: max(retain, 1)}
		if err := l.read(ctx, all); err != nil {
			return nil, err
		}
		if from != 0 && l.owner != from {
			return nil, ErrFenced
		}
		if l.job == "" {
			l.job = rand.Text()
		}
		l.claim = l.next
		claim := &Manifest{Number: l.claim, Kind: Claim, Job: l.job, Claim: l.claim, Created: time.Now().UTC()}
		data, err := claim.Encode()
		if err != nil {
			return nil, err
		}
		switch err := store.Create(ctx, manifestName(l.claim), data); {
		case errors.Is(err, ErrExists): // whoever had the job has just written something: look again
			continue
		case err != nil:
			return nil, err
		}
		l.next++
		return l, errors.Join(l.collect(ctx), l.forget(ctx))
	}
}

// read takes in the manifests with the given numbers. Damaged ones are left out: Restore reports them.
func (l *Log) read(ctx context.Context, all []uint64) error {
	l.next = 1
	claims := 0
	for _, number := range slices.Backward(all) {
		l.next = max(l.next, number+1)
		m, err := readManifest(ctx, l.store, number)
		switch {
		case errors.Is(err, ErrDamaged), errors.Is(err, ErrNotFound):
			l.faults = append(l.faults, fmt.Errorf("checkpoint %d: %w", number, err))
			continue
		case err != nil:
			return err
		}
		if l.job == "" {
			l.job, l.owner = m.Job, m.Claim
		}
		if m.Kind != Claim {
			l.kept = append(l.kept, m)
		} else if claims++; claims > keptClaims {
			l.stale = append(l.stale, m)
		}
	}
	slices.Reverse(l.kept)
	return nil
}

// collect deletes state files that no manifest names: those of checkpoints that were not completed.
func (l *Log) collect(ctx context.Context) error {
	names, err := l.store.List(ctx, statePrefix)
	if err != nil {
		return err
	}
	used := l.used()
	return l.store.Delete(ctx, slices.DeleteFunc(names, func(name string) bool { return used[name] })...)
}

// forget deletes requests that nobody waits for any more.
func (l *Log) forget(ctx context.Context) error {
	names, err := l.store.List(ctx, requestPrefix)
	if err != nil || len(names) == 0 {
		return err
	}
	return l.store.Delete(ctx, names...)
}

func (l *Log) used() map[string]bool {
	used := map[string]bool{}
	for _, m := range slices.Concat(l.kept, l.stale) {
		for file := range m.Files() {
			used[file] = true
		}
	}
	return used
}

// Job is the name of the job, which all its processes share and no other job has.
func (l *Log) Job() string { return l.job }

// Claim is the number of this process among those that had the job; it grows.
func (l *Log) Claim() uint64 { return l.claim }

// Store is where the log is.
func (l *Log) Store() Store { return l.store }

// StateFile returns a name for a state file. Names with the same parts are the same only within one
// process.
func (l *Log) StateFile(epoch Epoch, part string) string {
	return fmt.Sprintf("%s%d-%d-%s", statePrefix, l.claim, epoch, part)
}

// Publish makes the checkpoint that m describes exist. Its files must have been put. ErrFenced: the
// job belongs to another process. After any other error it is not known whether the checkpoint
// exists.
func (l *Log) Publish(ctx context.Context, m *Manifest) error {
	m.Job, m.Claim, m.Created, m.Origin = l.job, l.claim, time.Now().UTC(), l.Origin()
	for {
		m.Number = l.next
		data, err := m.Encode()
		if err != nil {
			return err
		}
		switch err := l.store.Create(ctx, manifestName(m.Number), data); {
		case errors.Is(err, ErrExists):
			if err := l.recognize(ctx, m.Number); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		l.next++
		l.kept = append(l.kept, m)
		l.began = false
		return nil
	}
}

// recognize looks at a manifest that stands where the next one should: perhaps this process has
// written it and was not told.
func (l *Log) recognize(ctx context.Context, number uint64) error {
	m, err := readManifest(ctx, l.store, number)
	if err != nil {
		return err
	}
	if m.Claim != l.claim {
		return ErrFenced
	}
	l.next++
	l.kept = append(l.kept, m)
	return nil
}

// Prune deletes the checkpoints that are not to be kept, and the files that only they needed.
func (l *Log) Prune(ctx context.Context) error {
	if len(l.kept) <= l.retain && len(l.stale) == 0 {
		return nil
	}
	surplus := max(len(l.kept)-l.retain, 0)
	dropped := slices.Concat(l.stale, l.kept[:surplus])
	l.kept, l.stale = slices.Clone(l.kept[surplus:]), nil
	used := l.used()
	var gone []string
	for _, m := range dropped {
		gone = append(gone, manifestName(m.Number))
	}
	for _, m := range dropped {
		for file := range m.Files() {
			if !used[file] {
				gone = append(gone, file)
			}
		}
	}
	return l.store.Delete(ctx, gone...)
}

// Remove deletes everything that the job has stored, the newest manifest last: should the process die
// or a deletion fail before that, the end of the job stays what the log ends with.
func (l *Log) Remove(ctx context.Context) error {
	names, err := l.store.List(ctx, logPrefix)
	if err != nil {
		return err
	}
	last := len(names) - 1
	if last < 0 {
		return nil
	}
	if err := l.store.Delete(ctx, names[:last]...); err != nil {
		return err
	}
	newest := l.kept[max(0, len(l.kept)-1):]
	l.kept, l.stale = nil, nil
	err = errors.Join(l.collect(ctx), l.forget(ctx))
	if err == nil {
		err = l.store.Delete(ctx, names[last])
	}
	if err != nil {
		l.kept = newest
	}
	return err
}

// Origin is the savepoint that the job began with; empty: none, or nothing is known of a beginning.
func (l *Log) Origin() string {
	if n := len(l.kept); n > 0 {
		return l.kept[n-1].Origin
	}
	return l.origin
}

// Begin says that the job begins anew, with the savepoint of the name or without state: the
// checkpoints that there are do not count any more, and are deleted once there is a new one.
func (l *Log) Begin(origin string) {
	l.stale, l.kept, l.faults, l.origin = slices.Concat(l.stale, l.kept), nil, nil, origin
	l.began = true
}

// Any reports whether there are checkpoints, damaged ones included.
func (l *Log) Any() bool { return len(l.kept)+len(l.faults) > 0 }

// Restore reads the newest checkpoint that is whole; nil if there is none. skipped says why newer ones
// were passed over. It is an error if there are checkpoints and none is whole.
func (l *Log) Restore(ctx context.Context) (state *State, skipped []error, err error) {
	skipped = slices.Clone(l.faults)
	for _, m := range slices.Backward(l.kept) {
		state, err := load(ctx, l.store, m)
		switch {
		case errors.Is(err, ErrDamaged), errors.Is(err, ErrNotFound):
			skipped = append(skipped, fmt.Errorf("checkpoint %d: %w", m.Number, err))
		case err != nil:
			return nil, skipped, err
		default:
			return state, skipped, nil
		}
	}
	if len(skipped) > 0 {
		return nil, skipped, fmt.Errorf("no checkpoint can be read: %w", errors.Join(skipped...))
	}
	return nil, nil, nil
}

// Newest reads the newest whole checkpoint in a store, of a job that need not be this process's;
// nil if there is none.
func Newest(ctx context.Context, store Store) (*State, error) {
	all, err := numbers(ctx, store)
	if err != nil {
		return nil, err
	}
	l := &Log{store: store}
	if err := l.read(ctx, all); err != nil {
		return nil, err
	}
	state, _, err := l.Restore(ctx)
	return state, err
}

// load reads a checkpoint and checks all its files.
func load(ctx context.Context, store Store, m *Manifest) (*State, error) {
	state := &State{Manifest: m, files: map[string][]byte{}}
	for file := range m.Files() {
		var err error
		if state.files[file], err = store.Get(ctx, file); err != nil {
			return nil, fmt.Errorf("state file %w", err)
		}
	}
	for _, operator := range m.Operators {
		for _, lane := range operator.Lanes {
			for _, segment := range lane.Segments {
				if err := check(segment, state.files[segment.File]); err != nil {
					return nil, err
				}
			}
		}
	}
	return state, nil
}

func check(segment Segment, file []byte) error {
	end := segment.Offset + segment.Length
	if segment.Offset < 0 || segment.Length < 0 || end > int64(len(file)) {
		return fmt.Errorf("state file %s: %w: %d bytes, want at least %d", segment.File, ErrDamaged, len(file), end)
	}
	if Checksum(file[segment.Offset:end]) != segment.CRC32C {
		return fmt.Errorf("state file %s: %w: wrong checksum", segment.File, ErrDamaged)
	}
	return nil
}

// Copy writes a checkpoint with all its files to another store, as the only one there.
func Copy(ctx context.Context, state *State, to Store) error {
	existing, err := numbers(ctx, to)
	if err != nil {
		return err
	}
	if len(existing) > 0 {
		return fmt.Errorf("%s holds checkpoints: %w", to, ErrExists)
	}
	for file, data := range state.files {
		if err := to.Put(ctx, file, data); err != nil {
			return err
		}
	}
	m := *state.Manifest
	m.Number = 1
	data, err := m.Encode()
	if err != nil {
		return err
	}
	return to.Create(ctx, manifestName(m.Number), data)
}
