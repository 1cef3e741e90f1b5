package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	mathrand "math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
)

// sink is a table that is written.
type sink struct {
	request  connector.SinkRequest
	settings settings
	config   *pgconn.Config
	sql      statements
	name     string // of its sessions, the same in all runs of a job
	run      string // in the names of writers, so that no two runs have the same
	what     string // table and database, for messages
	keyed    bool   // rows have a primary key
	writers  atomic.Int64
	direct   bool // the job keeps no state: rows are written as they come
	logger   *slog.Logger

	mu     sync.Mutex // held while the session is used
	shared *session   // for everything but the rows of writers; nil: not connected
}

func newSink(ctx context.Context, request connector.SinkRequest) (*sink, error) {
	v := request.Table.Options
	s := &sink{
		keyed:   len(request.Table.PrimaryKey) > 0,
		request: request, settings: newSettings(v), direct: request.Job == "", run: strings.ToLower(rand.Text()[:10]), logger: request.Logger,
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	owner := s.run
	if !s.direct {
		sum := sha256.Sum256([]byte(request.Job + "\x00" + request.ID))
		owner = hex.EncodeToString(sum[:8])
	}
	s.name = "penstock_" + owner
	var err error
	if s.config, err = newConfig(v, s.name); err != nil {
		return nil, diag.Errorf(diag.Option, v.Span(optionURL), "option %q of table %q: %w", optionURL, request.Table.Name, err)
	}
	name := v.String(optionTable)
	if name == "" {
		name = quote(request.Table.Name)
	}
	s.what = "table " + name + " of " + place(s.config)
	if err := s.find(ctx, name); err != nil {
		return nil, err
	}
	return s, nil
}

// find looks at the table in the database, and makes it if that is asked for.
func (s *sink) find(ctx context.Context, name string) error {
	var t *target
	err := s.use(ctx, "look at", func(c *session) (err error) {
		if s.settings.create {
			if err := create(ctx, c, s.request, name); err != nil {
				return err
			}
		}
		t, err = findTarget(ctx, c, s.request, name, place(s.config))
		return err
	})
	if err != nil {
		return err
	}
	s.what = "table " + t.shown() + " of " + place(s.config)
	staging := "pg_temp." + quote(s.name)
	if !s.direct {
		schema := t.schema
		if s.settings.staging != "" {
			schema = s.settings.staging
		}
		staging = quote(schema) + "." + quote(s.name)
	}
	s.sql = newStatements(t, staging, s.direct)
	return nil
}

// use calls f with the shared session, and again with another one while it fails for reasons that may
// pass. verb says what it is for.
func (s *sink) use(ctx context.Context, verb string, f func(c *session) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.persist(ctx, verb, func() (err error) {
		if s.shared == nil || s.shared.IsClosed() {
			if s.shared, err = connect(ctx, s.config); err != nil {
				s.shared = nil
				return err
			}
		}
		return f(s.shared)
	})
}

// Pauses between attempts.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

// persist calls f until it succeeds, fails for a reason that will not pass, or has been tried often
// enough.
func (s *sink) persist(ctx context.Context, verb string, f func() error) error {
	pause := firstPause
	for attempt := 0; ; attempt++ {
		err := f()
		if err == nil || ctx.Err() != nil || attempt >= s.settings.maxRetries || !passes(err) {
			return explain(verb, s.what, err)
		}
		s.request.Meter.Retries.Add(1)
		s.logger.WarnContext(ctx, "the database is asked again", slog.String("table", s.request.Table.Name), slog.Any("error", explain(verb, s.what, err)))
		timer := time.NewTimer(pause/2 + mathrand.N(pause/2))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		pause = min(2*pause, longestPause)
	}
}

// Open returns a writer for one task.
func (s *sink) Open(ctx context.Context, lane int) (connector.Writer, error) {
	return newWriter(ctx, s, lane), nil
}

// Commit moves the chunks that writers have prepared to the table, in one transaction.
func (s *sink) Commit(ctx context.Context, prepared [][]byte) error {
	chunks, err := decodeChunks(prepared)
	if err != nil || len(chunks) == 0 {
		return err
	}
	return s.use(ctx, "write", func(c *session) error { return s.move(ctx, c, chunks) })
}

func (s *sink) move(ctx context.Context, c *session, chunks []chunks) error {
	var writers, first, last []string
	for _, r := range chunks {
		writers, first, last = append(writers, r.Writer), append(first, strconv.FormatInt(r.First, 10)), append(last, strconv.FormatInt(r.Last, 10))
	}
	return c.transaction(ctx, func() error {
		_, err := c.query(ctx, s.sql.move, arrayOf(writers), arrayOf(first), arrayOf(last))
		return err
	})
}

// arrayOf returns an array of names and numbers as a parameter.
func arrayOf(items []string) string { return "{" + strings.Join(items, ",") + "}" }

// endSessions ends what is left of earlier processes of this sink. They cannot be alive: a job has one
// process.
const endSessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND usename = current_user AND pid <> pg_backend_pid()"

// Recover moves what the checkpoint has to the table, and makes the staging table anew.
func (s *sink) Recover(ctx context.Context, prepared [][]byte) error {
	chunks, err := decodeChunks(prepared)
	if err != nil {
		return err
	}
	return s.use(ctx, "recover", func(c *session) error {
		if _, err := c.query(ctx, endSessions, s.name); err != nil {
			return err
		}
		there, err := c.query(ctx, "SELECT 1 WHERE to_regclass($1) IS NOT NULL", s.sql.staging)
		if err != nil {
			return err
		}
		if len(there) > 0 && len(chunks) > 0 {
			if err := s.move(ctx, c, chunks); err != nil {
				return err
			}
		}
		return c.transaction(ctx, func() error {
			return c.exec(ctx, "DROP TABLE IF EXISTS "+s.sql.staging+"; "+s.sql.create+
				"; COMMENT ON TABLE "+s.sql.staging+" IS "+literal("rows that a job of Penstock is about to write: "+s.what))
		})
	})
}

// Close drops the staging table if nothing is in it. What is in it belongs to a checkpoint, or is
// removed when the job recovers.
func (s *sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shared == nil || s.shared.IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	if !s.direct {
		sql := "DO $$ BEGIN IF to_regclass(" + literal(s.sql.staging) + ") IS NOT NULL THEN IF NOT EXISTS (SELECT FROM " + s.sql.staging + ") THEN DROP TABLE " + s.sql.staging + "; END IF; END IF; END $$"
		if err := s.shared.exec(ctx, sql); err != nil {
			s.logger.DebugContext(ctx, "the staging table stays", slog.String("table", s.sql.staging), slog.Any("error", err))
		}
	}
	_ = s.shared.Close(ctx) // nothing depends on it any more
	s.shared = nil
	return nil
}

// chunks are some chunks of a writer, one after the other.
type chunks struct {
	Writer string `json:"writer"`
	First  int64  `json:"first"`
	Last   int64  `json:"last"`
}

// note is what a writer prepares.
type note struct {
	Chunks []chunks `json:"chunks"`
}

func decodeChunks(prepared [][]byte) ([]chunks, error) {
	var all []chunks
	for _, data := range prepared {
		var n note
		if err := json.Unmarshal(data, &n); err != nil {
			return nil, diag.Errorf(diag.BadData, diag.Span{}, "what the checkpoint says about rows in a database cannot be read: %w", err)
		}
		for _, c := range n.Chunks {
			if strings.ContainsAny(c.Writer, `{},"\ `) {
				return nil, diag.Errorf(diag.BadData, diag.Span{}, "what the checkpoint says about rows in a database cannot be read: %q is no writer", c.Writer)
			}
		}
		all = append(all, n.Chunks...)
	}
	return all, nil
}
