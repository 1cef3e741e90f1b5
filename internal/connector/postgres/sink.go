package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
)

// sink is a table that is written.
type sink struct {
	request  connector.SinkRequest
	config   *pgx.ConnConfig
	sql      statements
	patience time.Duration
	direct   bool // the job is not saved: rows are committed as they come
	logger   *slog.Logger
}

// closePatience is how long the end of a job waits for the staging table to be dropped.
const closePatience = 5 * time.Second

func newSink(ctx context.Context, request connector.SinkRequest) (*sink, error) {
	v := request.Table.Options
	config, err := pgx.ParseConfig(strings.TrimPrefix(v.String(optionURL), "jdbc:"))
	if err != nil {
		return nil, diag.Errorf(diag.Option, v.Span(optionURL), "option %q is not the URL of a PostgreSQL database", optionURL)
	}
	if user := v.String(optionUsername); user != "" {
		config.User = user
	}
	if password := v.String(optionPassword); password != "" {
		config.Password = password
	}
	config.RuntimeParams["application_name"] = "penstock"
	config.RuntimeParams["timezone"] = "UTC" // that of the texts we send
	config.RuntimeParams["datestyle"] = "ISO"
	s := &sink{request: request, config: config, direct: request.Job == "", patience: v.Duration(optionTimeout), logger: request.Logger}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	name := v.String(optionTable)
	if name == "" {
		name = request.Table.Name
	}
	owner := request.Job
	if s.direct {
		owner = rand.Text()
	}
	sum := sha256.Sum256([]byte(owner + " " + name))
	s.sql = newStatements(strings.Split(name, "."), "penstock_"+hex.EncodeToString(sum[:8]), request)
	return s, s.prepareDatabase(ctx)
}

// prepareDatabase makes the staging table, and lets the database check what will be moved from there.
func (s *sink) prepareDatabase(ctx context.Context) error {
	return s.transaction(ctx, "prepare", func(tx pgx.Tx) error {
		for _, sql := range slices.Concat([]string{s.sql.create}, s.sql.moves) {
			if sql != s.sql.create {
				sql = strings.ReplaceAll("EXPLAIN "+sql, "$1", "ARRAY['']")
			}
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
}

// Open returns a writer.
func (s *sink) Open(_ context.Context, lane int) (connector.Writer, error) {
	return &writer{sink: s, lane: lane}, nil
}

// Commit moves what writers have prepared into the table, in one transaction.
func (s *sink) Commit(ctx context.Context, prepared [][]byte) error {
	batches, err := parsePrepared(prepared)
	if err != nil || len(batches) == 0 {
		return err
	}
	return s.transaction(ctx, "write to", func(tx pgx.Tx) error {
		for _, sql := range slices.Concat(s.sql.moves, []string{s.sql.clear}) {
			if _, err := tx.Exec(ctx, sql, batches); err != nil {
				return err
			}
		}
		return nil
	})
}

// Recover commits what the checkpoint holds and empties the staging table.
func (s *sink) Recover(ctx context.Context, prepared [][]byte) error {
	if err := s.Commit(ctx, prepared); err != nil {
		return err
	}
	return s.transaction(ctx, "clear", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, s.sql.empty)
		return err
	})
}

// Close drops the staging table if nothing is in it. What is there belongs to a checkpoint that the
// job goes on from.
func (s *sink) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	connection, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		return nil // the database is not there: the next job with this name drops the table
	}
	defer func() { _ = connection.Close(ctx) }()
	if _, err := connection.Exec(ctx, s.sql.drop); err != nil {
		s.logger.Debug("the staging table stays", "table", s.request.Table.Name, "error", err)
	}
	return nil
}

// transaction runs f in a transaction, again and again while it fails for reasons that may pass.
func (s *sink) transaction(ctx context.Context, verb string, f func(tx pgx.Tx) error) error {
	deadline := time.Now().Add(s.patience)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := s.try(ctx, f)
		if err == nil || ctx.Err() != nil || !mayPass(err) || time.Now().Add(pause).After(deadline) {
			return s.explain(verb, err)
		}
		s.request.Meter.Retries.Add(1)
		s.logger.WarnContext(ctx, "the database has not answered and is asked again", "table", s.request.Table.Name, "error", err)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

func (s *sink) try(ctx context.Context, f func(tx pgx.Tx) error) error {
	connection, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close(context.WithoutCancel(ctx)) }()
	return pgx.BeginFunc(ctx, connection, f)
}

// mayPass reports whether an error may not come again: everything but what the database has refused.
func mayPass(err error) bool {
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return true
	}
	switch refusal.Code[:2] {
	case "08", "40", "53", "57": // connection, rollback, resources, operator
		return true
	}
	return false
}

// explain says what the database did not do.
func (s *sink) explain(verb string, err error) error {
	if err == nil {
		return nil
	}
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return diag.Errorf(diag.Unreachable, diag.Span{}, "%s table %s of %s: %w", verb, s.sql.name, s.place(), err)
	}
	kind, hint := diag.BadData, ""
	switch {
	case strings.HasPrefix(refusal.Code, "28"), refusal.Code == "42501":
		kind = diag.Denied
	case refusal.Code == "3D000", refusal.Code == "42P01", refusal.Code == "3F000":
		kind, hint = diag.NotFound, "Penstock does not make tables: create it first"
	case refusal.Code == "42P10":
		kind, hint = diag.Semantic, "add a unique constraint for the columns of the primary key to the table in the database"
	case strings.HasPrefix(refusal.Code, "42"):
		kind, hint = diag.Semantic, "columns are found by their names, and their values must be readable as the types there"
	case mayPass(err):
		kind = diag.Unreachable
	}
	failure := diag.Errorf(kind, diag.Span{}, "%s table %s of %s: %s", verb, s.sql.name, s.place(), refusal.Message)
	failure.Hint, failure.Err = hint, err
	if refusal.Detail != "" && hint == "" {
		failure.Hint = refusal.Detail
	}
	return failure
}

func (s *sink) place() string {
	return fmt.Sprintf("postgres://%s:%d/%s", s.config.Host, s.config.Port, s.config.Database)
}

// staged is what a writer has prepared: a batch in the staging table.
type staged struct {
	Batch string `json:"batch"`
}

func parsePrepared(prepared [][]byte) ([]string, error) {
	batches := make([]string, len(prepared))
	for i, data := range prepared {
		var s staged
		if err := json.Unmarshal(data, &s); err != nil || s.Batch == "" {
			return nil, fmt.Errorf("rows of the checkpoint: %w: %q", checkpoint.ErrDamaged, data)
		}
		batches[i] = s.Batch
	}
	return batches, nil
}
