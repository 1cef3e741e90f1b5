package kinesisserver

import (
	"bytes"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a Kinesis-compatible server. All its methods may be called at any time from any
// goroutine.
type Server struct {
	cfg           Config
	operations    map[string]*operation
	controlRoutes []controlRoute
	crossOrigin   *http.CrossOriginProtection // keeps pages in browsers out of the control API
	random        random
	sealer        *sealer
	faults        faults
	streamIDs     atomic.Uint64
	iteratorEpoch atomic.Uint64
	clock         clock
	sweptAt       atomic.Int64 // nanoseconds since the epoch
	limits        requestLimits
	buffers       sync.Pool // of *bytes.Buffer, for request bodies

	mu     sync.RWMutex
	realms map[realmKey]*realm

	http         *http.Server
	certificates certificates

	closing  chan struct{} // closed by Close
	closeMu  sync.Mutex    // orders entering a handler and closing
	closed   bool
	handlers sync.WaitGroup // requests being served
	serving  sync.WaitGroup // goroutines of Start and StartInMemory
}

// New returns a server without streams. It needs no Close unless it was started or served.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	s := &Server{
		cfg:           cfg,
		operations:    operations(),
		controlRoutes: controlRoutes(),
		crossOrigin:   http.NewCrossOriginProtection(),
		realms:        map[realmKey]*realm{},
		closing:       make(chan struct{}),
	}
	s.clock.base = cfg.Now
	s.sweptAt.Store(s.Now().UnixNano())
	s.limits = requestLimits{rates: requestRates(), buckets: map[rateKey]*bucket{}, days: map[rateKey][]time.Time{}}
	s.random.seed(cfg.Seed)
	s.sealer = newSealer(&s.random)
	s.buffers.New = func() any { return new(bytes.Buffer) }
	s.certificates.given = cfg.Certificate
	s.certificates.hosts = append([]string{"localhost", "127.0.0.1", "::1"}, cfg.TLSHosts...)
	s.http = s.newHTTPServer()
	return s
}

// Handler returns the server as an http.Handler, for a listener of one's own. To serve the SDKs
// that insist on HTTP/2, its http.Server must allow that without TLS, as Serve does.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serveHTTP) }

// CreateStream creates a provisioned stream in the configured account and region, and returns when
// it is there: it skips Config.StreamDelay.
func (s *Server) CreateStream(name string, shards int) error {
	var ck checks
	ck.name("streamName", &name)
	count := int64(shards)
	ck.number("shardCount", &count, 1, -1)
	if err := ck.err(); err != nil {
		return err
	}
	now := s.Now()
	st, err := s.realm(s.cfg.AccountID, s.cfg.Region).create(name, streamSettings{
		shards: shards, mode: modeProvisioned, maxRecordKiB: defaultMaxRecordKiB, strategy: strategyKey,
	}, now)
	if err != nil {
		return err
	}
	st.finishChange(now)
	return nil
}

// Reshard makes the open shards of a stream of the configured account and region n equal ones by
// splits and merges, at once and whatever its mode: what AWS does by itself with on-demand streams.
func (s *Server) Reshard(name string, n int) error {
	now := s.Now()
	st, err := s.realm(s.cfg.AccountID, s.cfg.Region).stream(name, now)
	if err != nil {
		return err
	}
	count := int64(n)
	var ck checks
	ck.number("targetShardCount", &count, 1, -1)
	if err := ck.err(); err != nil {
		return err
	}
	if err := st.lockActive(now); err != nil {
		return err
	}
	defer st.mu.Unlock()
	st.rescale(n, now)
	return nil
}

// PauseShard makes a shard of a stream of the configured account and region give nothing out, as if AWS
// had trouble with it: GetRecords and SubscribeToShard return no records, MillisBehindLatest grows
// with the age of the oldest record that a reader has before it, and a closed shard does not end.
// Records are taken in as ever.
func (s *Server) PauseShard(stream, shard string) error { return s.setPaused(stream, shard, true) }

// ResumeShard lets a paused shard give out again what it holds.
func (s *Server) ResumeShard(stream, shard string) error { return s.setPaused(stream, shard, false) }

func (s *Server) setPaused(stream, shard string, paused bool) error {
	now := s.Now()
	st, err := s.realm(s.cfg.AccountID, s.cfg.Region).stream(stream, now)
	if err != nil {
		return err
	}
	if err := st.rlock(now); err != nil {
		return err
	}
	defer st.mu.RUnlock()
	sh, err := st.shardToRead(shard, now)
	if err != nil {
		return err
	}
	sh.pause(paused)
	return nil
}

// limited reports whether the limits of AWS are enforced.
func (s *Server) limited() bool { return s.cfg.Limits == LimitsAWS }

// arrivalLag returns by how much the next record's arrival is to be shown too early.
func (s *Server) arrivalLag() time.Duration {
	if s.cfg.ArrivalJitter <= 0 {
		return 0
	}
	return time.Duration(s.random.below(int(s.cfg.ArrivalJitter)))
}

// enter counts a request in; it reports false when the server is closing.
func (s *Server) enter() bool {
	s.closeMu.Lock()
	defer s.closeMu.Unlock()
	if s.closed {
		return false
	}
	s.handlers.Add(1)
	return true
}

// Close closes all listeners and connections, and returns when no request is being served any more.
// The server answers nothing after that.
func (s *Server) Close() error {
	s.closeMu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.closeMu.Unlock()
	err := s.http.Close()
	s.handlers.Wait()
	s.serving.Wait()
	return err
}
