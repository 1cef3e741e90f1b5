package kinesis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
	"github.com/penstock-io/penstock/kinesisserver"
)

const copyName = "copy"

// Columns of the table that is read, and of the copy, where all of them are in the record.
var (
	stormColumns = []connector.Column{
		{Name: "usr", Type: types.String},
		{Name: "n", Type: types.Of(types.BigInt)},
		{Name: "shard", Type: types.String, Metadata: metadataShardID},
		{Name: "seq", Type: types.String, Metadata: metadataSequenceNumber},
	}
	copyColumns = []connector.Column{
		{Name: "usr", Type: types.String}, {Name: "n", Type: types.Of(types.BigInt)}, {Name: "shard", Type: types.String}, {Name: "seq", Type: types.String},
	}
)

// storm is a run of the simulation: a world, and a stand-in for the engine that copies the stream and
// remembers the position of every shard when it is restarted.
type storm struct {
	*world
	plan    stormPlan
	random  *rand.Rand // of the one goroutine that acts
	over    atomic.Bool
	running sync.WaitGroup // producers

	src     connector.Source
	snk     connector.Sink
	writer  connector.Writer
	stop    context.CancelFunc
	readers sync.WaitGroup

	lock      chan struct{} // guards what follows; a mutex would keep the fake clock from going on
	listed    bool
	progress  string // of the last life of the reader, once the shards have been listed
	bound     time.Time
	known     map[string]connector.Split
	opened    map[string]bool // in this life of the reader
	done      map[string]bool
	delivered []delivery
	seen      map[string]bool
	findings  []finding
}

// delivery is a record that a reader has delivered.
type delivery struct {
	shard, seq, user string
	n                int64
	at               time.Time
}

func (d delivery) String() string {
	return fmt.Sprintf("%s %d (%s, delivered %s)", d.user, d.n, d.shard, d.at.Format("15:04:05.000"))
}

func (d delivery) id() string { return d.shard + "/" + d.seq }

func newStorm(t *testing.T, plan stormPlan) *storm {
	t.Helper()
	srv := kinesisserver.New(kinesisserver.Config{Seed: plan.seed, Limits: plan.limits, StreamDelay: 700 * time.Millisecond})
	endpoint, dial := srv.StartInMemory()
	transport := &http.Transport{DialContext: dial}
	w := &world{
		T: t, srv: srv, log: &logBuffer{}, factory: Factory(Config{Dial: dial, Seed: plan.seed}),
		options: append([]string{"stream", streamName, "aws.endpoint", endpoint, "aws.region", "us-east-1"}, keys...),
		api: kinesis.New(kinesis.Options{
			Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: &httpClient{Client: &http.Client{Transport: transport}},
			Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), Retryer: aws.NopRetryer{},
		}),
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		w.must(srv.Close())
	})
	w.must(srv.CreateStream(streamName, plan.shards))
	w.must(srv.CreateStream(copyName, plan.outShards))
	s := &storm{
		world: w, plan: plan, random: rand.New(rand.NewPCG(plan.seed, 2)), lock: make(chan struct{}, 1),
		known: map[string]connector.Split{}, done: map[string]bool{}, seen: map[string]bool{},
	}
	s.pause(time.Second) // the streams come into being
	return s
}

// pause reports false when the test is over, which has failed then.
func (s *storm) pause(d time.Duration) bool { return awsclient.Pause(s.Context(), d) == nil }

func (s *storm) trace(format string, args ...any) {
	if *simTrace {
		s.Logf("%s "+format, append([]any{time.Now().Format("15:04:05.000")}, args...)...)
	}
}

// begin opens source and sink and reads on where the last life of the reader has ended.
func (s *storm) begin() {
	table := s.table(stormColumns, s.plan.options...)
	out := s.table(copyColumns, "stream", copyName, "sink.ordering", orderPerKey, "sink.flush-buffer.timeout", s.plan.sinkFlush, "sink.batch.max-size", "100")
	out.PartitionedBy = []string{"usr"}
	var err error
	s.snk, err = s.sink(out)
	s.must(err)
	s.writer, err = s.snk.Open(s.Context(), 0)
	s.must(err)
	s.must(s.factory.Check(table))
	s.src, err = s.factory.NewSource(s.Context(), connector.ScanRequest{
		Table: table, Columns: stormColumns, Logger: s.logger(), Meter: &s.meter, Zone: time.UTC,
		Restored: s.restored(),
	})
	s.must(err)
	if s.plan.rules != nil {
		s.plan.rules.install(s.src.(*source))
	}
	s.opened = maps.Clone(s.done) // one that has ended at the bound has ended for good
	ctx, cancel := context.WithCancel(s.Context())
	s.stop = cancel
	s.readers.Go(func() { s.discover(ctx) })
}

// restored is what is kept from one life of the reader to the next; nil before it has listed shards.
func (s *storm) restored() *connector.Progress {
	if s.progress == "" || s.plan.rules != nil && s.plan.rules.forgetful {
		return nil
	}
	p := &connector.Progress{Source: s.progress, Done: slices.Sorted(maps.Keys(s.done))}
	for id, split := range s.known {
		if !s.done[id] {
			p.Splits = append(p.Splits, split)
		}
	}
	return p
}

// end stops the reader where it is, and waits until what it has delivered is in the copy.
func (s *storm) end() {
	s.stop()
	s.readers.Wait()
	if s.listed {
		s.progress = s.src.Progress()
	}
	s.must(s.writer.Flush(s.Context()))
	s.must(errors.Join(s.writer.Close(), s.snk.Close(), s.src.Close()))
}

func (s *storm) discover(ctx context.Context) {
	for {
		splits, err := s.src.Splits(ctx)
		if ctx.Err() != nil {
			return
		}
		s.lock <- struct{}{}
		if s.plan.rules != nil {
			splits = s.plan.rules.listed(s, splits)
		}
		if err != nil {
			s.Errorf("list shards: %v", err)
		}
		if !s.listed {
			s.listed, s.bound = true, s.src.(*source).bound
		}
		s.add(ctx, splits)
		<-s.lock
		interval := s.src.DiscoveryInterval()
		if interval <= 0 || awsclient.Pause(ctx, interval) != nil {
			return
		}
	}
}

// add opens the shards whose parents are done. The caller holds the lock.
func (s *storm) add(ctx context.Context, splits []connector.Split) {
	for _, split := range splits {
		if _, ok := s.known[split.ID]; !ok {
			s.known[split.ID] = split
		}
	}
	for _, split := range s.known {
		ready := !slices.ContainsFunc(split.Parents, func(parent string) bool {
			_, known := s.known[parent]
			return known && !s.done[parent]
		})
		if ready && !s.opened[split.ID] {
			s.opened[split.ID] = true
			s.trace("open %s at %s", split.ID, split.From)
			s.readers.Go(func() { s.read(ctx, split) })
		}
	}
}

func (s *storm) read(ctx context.Context, split connector.Split) {
	reader, err := s.src.Open(ctx, split)
	if err != nil {
		s.Errorf("open %s: %v", split.ID, err)
		return
	}
	defer reader.Close()
	for {
		page, err := reader.Next(ctx)
		if ctx.Err() != nil {
			return
		}
		s.lock <- struct{}{}
		switch {
		case errors.Is(err, io.EOF):
			s.done[split.ID] = true
			s.trace("done %s", split.ID)
			s.add(ctx, nil)
		case err != nil:
			s.Errorf("read %s: %v", split.ID, err)
		default:
			s.deliver(ctx, split.ID, page)
		}
		<-s.lock
		if err != nil {
			return
		}
	}
}

// deliver notes what a reader has delivered and copies it. The caller holds the lock.
func (s *storm) deliver(ctx context.Context, shard string, page connector.Page) {
	split := s.known[shard]
	if moved := positionBefore(page.Position, split.From); moved {
		s.find(flawRepeated, "%s goes back from %s to %s", shard, split.From, page.Position)
	}
	split.From = page.Position
	s.known[shard] = split
	if s.plan.rules == nil || !s.plan.rules.unordered {
		s.add(ctx, page.Splits)
	}
	if page.Rows == nil {
		return
	}
	s.record(shard, page.Rows)
	s.must(s.writer.Write(s.Context(), page.Rows))
}

// record checks that each record comes once, and in the order of its shard.
func (s *storm) record(shard string, b *batch.Batch) {
	for _, line := range rows(b, stormColumns) {
		fields := strings.Split(line, " | ")
		d := delivery{user: fields[0], shard: fields[2], seq: fields[3], at: time.Now()}
		_, err := fmt.Sscan(fields[1], &d.n)
		s.must(err)
		if d.shard != shard {
			s.find(flawStrange, "a record of %s is delivered as one of %s", shard, d.shard)
		}
		if s.seen[d.id()] {
			s.find(flawRepeated, "%v is delivered twice", d)
		}
		s.seen[d.id()] = true
		s.delivered = append(s.delivered, d)
	}
}

// positionBefore reports whether a position is before another one of the same shard.
func positionBefore[P ~string](a, b P) bool {
	rank := func(p P) (int, string) {
		number, ok := strings.CutPrefix(string(p), afterSequenceNumberText)
		number, _, _ = strings.Cut(number, ":")
		switch {
		case string(p) == shardEndText:
			return 2, ""
		case ok:
			return 1, fmt.Sprintf("%0*s", maxSequenceNumber, number)
		}
		return 0, ""
	}
	rankA, textA := rank(a)
	rankB, textB := rank(b)
	return rankA < rankB || rankA == rankB && textA < textB
}
