package kinesis

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/kinesisserver"
)

var (
	simSeed  = flag.Uint64("sim.seed", 0, "run the simulation with this seed only; 0: with -sim.seeds of them")
	simSeeds = flag.Uint64("sim.seeds", 20, "number of seeds, from 1 on, that the simulation runs with")
	simTrace = flag.Bool("sim.trace", false, "log what the simulation does")
)

// TestReshardStorm copies a stream into another one while shards of both are split and merged, calls
// fail in every way that a fault of the server allows, and the reader is restarted. Each seed is a
// storm of its own; it decides what is done, though not which goroutine is the faster one.
//
//	go test ./internal/connector/kinesis -run TestReshardStorm -sim.seed=17 -sim.trace
func TestReshardStorm(t *testing.T) {
	first, last := uint64(1), *simSeeds
	if *simSeed != 0 {
		first, last = *simSeed, *simSeed
	}
	for seed := first; seed <= last; seed++ {
		plan := newStormPlan(seed)
		t.Run(fmt.Sprintf("seed=%d,%s", seed, plan.name()), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newStorm(t, plan).run() })
			if t.Failed() {
				t.Logf("replay with: go test ./internal/connector/kinesis -run TestReshardStorm -sim.seed=%d -sim.trace", seed)
			}
		})
	}
}

// stormPlan is what a seed decides before anything happens.
type stormPlan struct {
	seed      uint64
	fanOut    bool
	bounded   bool
	limits    kinesisserver.Limits
	shards    int // of the stream that is read
	outShards int // of the stream that is written
	producers int
	lasts     time.Duration
	options   []string // of the table that is read
	sinkFlush string
	latest    bool        // the reading begins with what arrives after its start
	early     bool        // the reader is stopped before the first record
	rules     *wrongRules // nil: those of the connector
}

// newStormPlan draws a plan. All ways to read come up in turn.
func newStormPlan(seed uint64) stormPlan {
	random := rand.New(rand.NewPCG(seed, 1))
	p := stormPlan{
		seed: seed, fanOut: seed%2 == 0, bounded: seed%4 >= 2,
		shards: 1 + random.IntN(4), outShards: 1 + random.IntN(3), producers: 1 + random.IntN(3),
		lasts:     time.Duration(20+random.IntN(60)) * time.Second,
		sinkFlush: pick(random, "50", "300", "2000"),
		limits:    kinesisserver.LimitsNone,
	}
	if random.IntN(3) == 0 {
		p.limits = kinesisserver.LimitsAWS
	}
	p.options = []string{
		"scan.stream.initpos", "TRIM_HORIZON",
		"scan.shard.getrecords.maxrecordcount", pick(random, "3", "50", "10000"),
		"scan.shard.getrecords.intervalmillis", pick(random, "200", "700", "2000"),
		"scan.shard.discovery.intervalmillis", pick(random, "500", "3000", "10000"),
		"scan.shard.getrecords.maxretries", "1000", "scan.shard.getiterator.maxretries", "1000", "scan.list.shards.maxretries", "1000",
	}
	if p.bounded {
		p.options = append(p.options, "scan.bounded.mode", boundLatest)
	}
	if p.fanOut {
		p.options = append(p.options, "scan.stream.recordpublisher", "EFO", "scan.stream.efo.consumername", "storm",
			"scan.shard.subscribetoshard.maxretries", "1000", "scan.stream.registerstreamconsumer.maxretries", "1000",
			"scan.stream.describestreamconsumer.maxretries", "1000", "scan.stream.deregisterstreamconsumer.maxretries", "1000")
	}
	if !p.bounded && random.IntN(2) == 0 {
		p.readLatest()
		p.early = random.IntN(2) == 0
	}
	return p
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func (p stormPlan) name() string {
	name := "polling"
	if p.fanOut {
		name = "fan-out"
	}
	switch {
	case p.bounded:
		name += "-bounded"
	case p.latest:
		name += "-latest"
	}
	return name
}

// run lets the storm pass and checks what is left.
func (s *storm) run() {
	if s.plan.latest { // the reader is first
		s.begin()
		s.awaitListing()
	}
	if s.plan.early {
		s.end()
	}
	for n := range s.plan.producers {
		s.running.Go(func() { s.produce(n) })
	}
	if s.plan.bounded { // the reader comes later, and ends by itself
		s.pause(s.plan.lasts / 2)
	}
	opened := time.Now()
	if s.plan.early { // meanwhile there are records, and shards that nobody has listed
		s.pause(2 * time.Second)
		s.must(s.srv.Reshard(streamName, s.plan.shards+1+s.random.IntN(4)))
		s.pause(3 * time.Second)
	}
	if !s.plan.latest || s.plan.early {
		s.begin()
	}
	for deadline := opened.Add(s.plan.lasts); time.Now().Before(deadline); s.pause(s.between(50*time.Millisecond, 3*time.Second)) {
		s.act()
	}
	s.over.Store(true)
	s.running.Wait()
	s.calm()
	truth := s.contents(streamName)
	want := truth
	if s.plan.bounded {
		want = before(truth, opened)
	}
	s.settle(want)
	s.end()
	if calls := s.srv.Calls("SubscribeToShard"); len(s.delivered) == 0 || (calls > 0) != s.plan.fanOut {
		s.Errorf("%d records delivered, %d subscriptions", len(s.delivered), calls)
	}
	s.checkDelivered(truth, want)
	s.checkCopy()
	if s.plan.rules != nil {
		return // what was found is what they are for
	}
	for _, found := range s.findings {
		s.Error(found.text)
	}
	if s.Failed() {
		s.Logf("%d records in %d shards, %d delivered", len(truth.records), len(truth.shards), len(s.delivered))
	}
}

// awaitListing waits until the reader has listed the shards: before that it has not begun.
func (s *storm) awaitListing() {
	for listed := false; !listed && s.pause(100*time.Millisecond); {
		s.lock <- struct{}{}
		listed = s.listed
		<-s.lock
	}
}

// settle waits until the wanted records have been delivered, or nothing happens any more.
func (s *storm) settle(want contents) {
	patience := 10 * time.Minute
	if s.plan.rules != nil { // not that long for what will not come
		patience = time.Minute
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); s.pause(time.Second) {
		s.lock <- struct{}{}
		missing, ended := want.missing(s.seen), len(s.done) == len(s.known)
		<-s.lock
		if missing == 0 && (ended || !s.plan.bounded) {
			break
		}
	}
	s.pause(20 * time.Second) // for what should not come
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	if s.plan.bounded && len(s.done) != len(s.known) {
		s.Errorf("a bounded reading has not ended: %d of %d shards have", len(s.done), len(s.known))
	}
}
