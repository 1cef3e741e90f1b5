// Package engine is Penstock as a library: it prepares, explains, runs and stops SQL scripts.
//
// It owns the session: settings, catalog, and the jobs that were started. It is the only package
// that sees every floor below; what a command or a server needs of them goes through here.
package engine

import (
	"context"
	"log/slog"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/exec/job"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// Config is what an engine is made from.
type Config struct {
	Connectors connector.Registry
	// Settings are session settings as SET would make them, such as 'parallelism.default'.
	Settings map[string]string
	Logger   *slog.Logger // nil: nothing is logged
	// Rows receives the rows of SELECT statements. It is called by one goroutine at a time for each
	// statement. nil: SELECT is refused.
	Rows func(h Header, b *batch.Batch) error
	// Results makes sinks for SELECT statements in the place of Rows, for tests; nil: there are none.
	Results func(statement int, schema types.Schema) connector.Sink
	// StateDirectory holds the directories of the checkpoints of jobs, unless a setting names another
	// place; empty: jobs are saved only if a setting says where.
	StateDirectory string
	// OpenStore opens a place of checkpoints; nil as its result, or as itself: a local directory.
	OpenStore func(ctx context.Context, place string) (checkpoint.Store, error)
	// Fresh says that jobs begin without state even if there are checkpoints.
	Fresh bool
	// WithoutRules names optimiser rules to leave out, for tests that compare.
	WithoutRules []string
}

// Header says what the rows of a SELECT are.
type Header struct {
	Statement int // numbers the SELECTs of a program from 0
	Schema    types.Schema
	Zone      *time.Location // in which TIMESTAMP_LTZ is shown
}

// Engine is a session: a catalog and settings that its statements share.
type Engine struct {
	cfg     Config
	catalog *catalog.Catalog
	tables  map[*catalog.Table]*openable
	hinted  map[hint]*catalog.Table
	session settings
	jobs    []*Job
}

// openable is a table with its connector and checked options.
type openable struct {
	factory *connector.Factory
	table   connector.Table
	options []option.Table // that the table's options are in
}

// New returns an engine with an empty catalog.
func New(cfg Config) *Engine {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Engine{
		cfg: cfg, catalog: catalog.New(), tables: map[*catalog.Table]*openable{}, hinted: map[hint]*catalog.Table{},
		session: settings{},
	}
}

// Status is a snapshot of a running job, for status lines and metrics.
type Status = job.Status
