// Package engine is Penstock as a library: it prepares, explains, runs and stops SQL scripts.
//
// It owns the session: settings, catalog, and the jobs that were started. It is the only package
// that sees every floor below; what a command or a server needs of them goes through here.
package engine

import (
	"context"
	"log/slog"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/exec/job"
	"github.com/penstock-io/penstock/internal/types"
)

// Config is what an engine is made from.
type Config struct {
	Connectors connector.Registry
	// Settings are session settings as SET would make them, such as 'parallelism.default'.
	Settings map[string]string
	Logger   *slog.Logger // nil: nothing is logged
	// Rows receives the rows of SELECT statements. It is called by one goroutine at a time for each
	// statement; statement numbers the SELECTs of the script from 0. nil: SELECT is refused.
	Rows func(statement int, schema types.Schema, b *batch.Batch) error
	// WithoutRules names optimiser rules to leave out, for tests that compare.
	WithoutRules []string
}

// Engine is a session: a catalog and settings that its statements share.
type Engine struct {
	cfg     Config
	catalog *catalog.Catalog
	tables  map[*catalog.Table]*openable
	session settings
}

// openable is a table with its connector and checked options.
type openable struct {
	factory *connector.Factory
	table   connector.Table
}

// New returns an engine with an empty catalog.
func New(cfg Config) *Engine {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Engine{cfg: cfg, catalog: catalog.New(), tables: map[*catalog.Table]*openable{}, session: settings{}}
}

// Status is a snapshot of a running job, for status lines and metrics.
type Status = job.Status

// Job is a started program.
type Job = job.Job

// Start opens the sources and sinks and runs the program's statements as one job. The job ends when
// all input was read, when it is drained, or when ctx is done.
func (p *Program) Start(ctx context.Context) (*Job, error) {
	return job.Start(ctx, p.plans(), job.Config{
		Resolve: func(t *catalog.Table) (*connector.Factory, connector.Table) {
			o := p.engine.tables[t]
			return o.factory, o.table
		},
		Rows: p.engine.cfg.Rows, Logger: p.engine.cfg.Logger, Source: p.source,
		Zone: p.settings.zone, Parallelism: p.settings.parallelism,
		MaxBatchRows: p.settings.batchRows, IdleTimeout: p.settings.idleTimeout,
	})
}
