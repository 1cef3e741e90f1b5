package kinesis

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
)

// source is a table opened for reading.
type source struct {
	*client
	request  connector.ScanRequest
	settings sourceSettings
	policy   *format.Policy
	// prefetch holds a token for each page that was fetched before anybody asked for it.
	prefetch chan struct{}
	retained retention
	// maxRows is the most rows of a batch.
	maxRows int
	// fanOut is nil when the source polls.
	fanOut *fanOut

	mu     sync.Mutex
	listed bool // the shards have been listed once
	shards lineage
	start  position             // of the shards of the first listing
	bound  time.Time            // arrival after which nothing is read; zero: no bound
	ranges map[string]hashRange // of the shards that have been listed
}

// maxRows bounds the rows of a batch. A page without aggregates never has more.
const maxRows = 16 << 10

// maxPrefetched bounds the pages that all readers of a source hold in advance, which may have 10 MiB
// each.
const maxPrefetched = 32

func (c Config) newSource(ctx context.Context, request connector.ScanRequest) (connector.Source, error) {
	v := request.Table.Options
	if err := checkRole(request.Table, roleSource, "read"); err != nil {
		return nil, err
	}
	if request.Zone == nil {
		request.Zone = time.UTC
	}
	request.Logger = orDiscard(request.Logger)
	s := &source{
		request: request, settings: newSourceSettings(v), shards: newLineage(), prefetch: make(chan struct{}, maxPrefetched), ranges: map[string]hashRange{}, maxRows: batchRows(v),
	}
	if _, err := s.newDecoder(""); err != nil {
		return nil, err
	}
	var err error
	if s.start, err = startPosition(v, s.settings.initpos, request.Zone); err != nil {
		return nil, err
	}
	if request.Restored != nil {
		if err = s.restore(request.Restored); err != nil {
			return nil, err
		}
	}
	if s.client, err = newClient(ctx, c, v, request.Meter, request.Logger); err != nil {
		return nil, err
	}
	noteAssigner(ctx, v, s.logger)
	s.timeout = s.settings.readTimeout
	if err = s.openPolicy(); err != nil {
		s.client.Close()
		return nil, err
	}
	s.http.limit(s.settings.connections, s.settings.http2)
	if s.recoverable, err = newRecoverables(v); err != nil {
		return nil, err
	}
	if err = s.openFanOut(ctx); err != nil {
		_ = s.Close() // never fails
		return nil, err
	}
	return s, nil
}

func orDiscard(logger *slog.Logger) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return logger
}

// startPosition returns where the shards begin that exist when the source is opened. LATEST is now.
func startPosition(v *option.Values, initpos string, zone *time.Location) (position, error) {
	now := time.Now()
	switch initpos {
	case initposTrimHorizon, initposEarliest:
		return position{kind: trimHorizon}, nil
	case initposLatest:
		return startAt(now), nil
	}
	moment, err := startMoment(v, zone)
	if err == nil && moment.After(now) {
		err = diag.Errorf(diag.Option, v.Span(keyStartTime), "option %q: %q is in the future", keyStartTime, v.String(keyStartTime)).
			WithHint("use 'scan.stream.initpos' = 'LATEST' to read what arrives from now on")
	}
	return startAt(moment), err
}

// DiscoveryInterval is how often to ask for new splits. With a bound there is nothing to find: a
// shard that appears later is empty up to the bound, or named by its parents.
func (s *source) DiscoveryInterval() time.Duration {
	if s.settings.bounded {
		return 0
	}
	return s.settings.discoveryInterval
}

// Splits returns the shards that exist, and after the first call those that have appeared. If the
// service fails for a while, what has appeared is found the next time.
func (s *source) Splits(ctx context.Context) ([]connector.Split, error) {
	if s.fanOut != nil {
		if _, err := s.fanOut.consumer(ctx); err != nil {
			return nil, err
		}
	}
	splits, err := s.discover(ctx)
	if err == nil {
		return splits, nil
	}
	s.mu.Lock()
	first := !s.listed
	s.mu.Unlock()
	if !first && ctx.Err() == nil && classify(err) != permanent {
		s.logger.WarnContext(ctx, "shards not listed", slog.String("stream", s.stream.name), slog.Any("error", err))
		return nil, nil
	}
	return nil, s.explain(ctx, "ListShards", err)
}

// pin fixes what depends on the time now, in the service's time: skew is how far its clock is ahead
// of ours, or up to a second less, because it tells the time in whole seconds.
func (s *source) pin(skew time.Duration) {
	const tolerated = 2 * time.Second
	if s.settings.initpos == initposLatest && skew.Abs() >= tolerated {
		s.start = startAt(s.start.timestamp.Add(skew))
	}
	if s.settings.bounded {
		// Rather a second too much than a record too little.
		s.bound = time.Now().Add(max(0, skew+time.Second))
	}
}

// pinned is what a source remembers beside its shards.
type pinned struct {
	Start string `json:"start"`           // where the shards of the first listing began
	Bound *int64 `json:"bound,omitempty"` // in milliseconds since the epoch
}

// Progress returns where the source began and is to end.
func (s *source) Progress() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := pinned{Start: string(s.start.text())}
	if !s.bound.IsZero() {
		bound := s.bound.UnixMilli()
		p.Bound = &bound
	}
	text, _ := json.Marshal(p) // of a text and a number: cannot fail
	return string(text)
}

// restore goes on as the source did that made a checkpoint. The shards that it had listed are known;
// others have followed from them, and are read from their first record.
func (s *source) restore(from *connector.Progress) error {
	var p pinned
	if err := json.Unmarshal([]byte(from.Source), &p); err != nil {
		return fmt.Errorf("progress %q in the checkpoint: %w", from.Source, err)
	}
	var err error
	if s.start, err = parsePosition(checkpoint.Position(p.Start)); err != nil {
		return fmt.Errorf("start in the checkpoint: %w", err)
	}
	if p.Bound != nil {
		s.bound = time.UnixMilli(*p.Bound)
	}
	s.listed = true
	for _, split := range from.Splits {
		s.shards.add(split)
	}
	for _, id := range from.Done {
		s.shards.add(connector.Split{ID: id})
		s.shards.end(id)
	}
	return nil
}

// Open starts reading a shard.
func (s *source) Open(ctx context.Context, split connector.Split) (connector.Reader, error) {
	s.mu.Lock()
	from, bound := s.start, s.bound
	s.mu.Unlock()
	if split.From != "" {
		var err error
		if from, err = parsePosition(split.From); err != nil {
			return nil, fmt.Errorf("open %s of stream %q: %w", split.ID, s.stream.name, err)
		}
	}
	decoder, err := s.newDecoder(split.ID)
	if err != nil {
		return nil, err
	}
	return newReader(ctx, s, split.ID, from, bound, decoder), nil
}

// openPolicy finds out what happens to bad records.
func (s *source) openPolicy() error {
	keeper, err := newDeadLetterStream(s.client, s.request.Table.Options)
	if err == nil {
		s.policy, err = connector.NewPolicy(s.request, keeper)
	}
	return err
}

// Close closes the connections of the source and the place of its dead letters, and deregisters the
// consumer that it has registered.
func (s *source) Close() error {
	if s.fanOut != nil {
		s.fanOut.close()
	}
	s.client.Close()
	return s.policy.Close()
}
