package cli

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/exec/job"
	"github.com/penstock-io/penstock/internal/metrics"
)

// plainInterval is how often a status line is written where it cannot be rewritten in place.
const plainInterval = 5 * time.Second

type runFlags struct {
	scriptFlags

	idleExit       time.Duration
	statusInterval time.Duration
	metricsListen  string
	properties     []string
	stateDir       string
	savepoint      string
	allowDropped   bool
	fresh          bool
	drain          bool
}

func newRun(a *app) *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run script.sql...",
		Short: "Run scripts until their sources end or it is stopped",
		Example: `  penstock run job.sql
  penstock run tables.sql job.sql                       the second one uses the tables of the first
  penstock run tables.sql -e "SELECT * FROM orders"     print rows as they come
  penstock run job.sql --idle-exit 10s                  stop when nothing more comes
  penstock run job.sql --output json                    rows and status as JSON, one object per line`,
		Long: `All INSERT and SELECT statements of the scripts run at the same time. Rows of SELECT go to
standard output; status, log lines and the summary go to standard error.

A script that writes tables is saved every ten seconds, in .penstock/<name of the script> unless
--state-dir says otherwise. After a crash, the same command goes on from there and loses nothing.
When all input was read the job has finished, and what was saved is removed.

Ctrl-C (SIGINT, or SIGTERM) saves the job and ends it with exit code 0: the same command goes on with
the windows that are open. With --drain, and where nothing is saved, it stops the reading, lets
everything that was read pass through, writes the windows that are open, and finishes the job. A
second one ends the command at once, with exit code 130.`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.run(cmd, args, &flags) },
	}
	flags.add(cmd)
	cmd.Flags().DurationVar(&flags.idleExit, "idle-exit", 0,
		"finish as Ctrl-C does with --drain when, after the first record or a restart, none has come for this `time` and everything there was has been read")
	cmd.Flags().DurationVar(&flags.statusInterval, "status-interval", plainInterval,
		"`time` between status lines where they are not rewritten in place; 0: none")
	cmd.Flags().StringVar(&flags.metricsListen, "metrics-listen", "",
		"`address` on which Prometheus finds metrics at /metrics, such as 127.0.0.1:9464; without a host: this machine only")
	cmd.Flags().StringArrayVarP(&flags.properties, "property", "D", nil,
		"`key=value` as Java programs are given: aws.accessKeyId and aws.secretAccessKey for the credentials provider SYS_PROP; may be repeated")
	flags.addState(cmd)
	mustRegister(
		cmd.RegisterFlagCompletionFunc("property", completeProperty),
		cmd.RegisterFlagCompletionFunc("metrics-listen", cobra.NoFileCompletions),
		cmd.RegisterFlagCompletionFunc("idle-exit", cobra.NoFileCompletions),
		cmd.RegisterFlagCompletionFunc("status-interval", cobra.NoFileCompletions),
	)
	return cmd
}

func (a *app) run(cmd *cobra.Command, paths []string, flags *runFlags) error {
	if flags.idleExit < 0 || flags.statusInterval < 0 {
		return usageError(cmd, "--idle-exit and --status-interval cannot be negative")
	}
	settings, err := flags.settings(cmd)
	if err != nil {
		return err
	}
	properties, err := credentialProperties(cmd, flags.properties)
	if err != nil {
		return err
	}
	sources, err := flags.sources(cmd, a, paths)
	if err != nil {
		return err
	}
	flags.recovery(settings)
	rows := newRowPrinter(a)
	programs, err := prepare(engine.New(engine.Config{
		Connectors: a.connectors(properties), Settings: settings, Logger: a.logger(), Rows: rows.print,
		StateDirectory: flags.stateDir, OpenStore: a.openStore, Fresh: flags.fresh,
	}), sources)
	if err != nil {
		return err
	}
	looked := false
	for _, program := range programs {
		looked = looked || len(program.Results()) > 0
		if err := rows.printResults(program.Results()); err != nil {
			return err
		}
	}
	if countStatements(programs) == 0 {
		if looked {
			return nil
		}
		return diag.Errorf(diag.Semantic, diag.Span{}, "there is nothing to run: no INSERT and no SELECT").
			WithHint("end the script with INSERT INTO ... SELECT ..., or add one with -e")
	}
	tuneCollector(a.env.Getenv)
	defer func() { _ = os.Remove(defaultStateDir) }() // which fails, and is to fail, unless it is empty
	return a.runPrograms(cmd.Context(), programs, flags)
}

// tuneCollector lets the heap grow to five times what is in use before garbage is collected. Batches
// live for moments, so most of the heap is garbage soon and what is in use is small: this buys a
// quarter of the collections for some memory. GOGC, if set, decides instead.
func tuneCollector(getenv func(string) string) {
	const percent = 400
	if getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

func (a *app) runPrograms(ctx context.Context, programs []*engine.Program, flags *runFlags) error {
	ctx, abort := context.WithCancel(ctx)
	defer abort()
	jobs, err := start(ctx, programs)
	if err != nil {
		return err
	}
	if flags.metricsListen != "" {
		addr, stop, err := metrics.Serve(ctx, flags.metricsListen, jobs.Status)
		if err != nil {
			abort()
			_ = jobs.Wait() // it was told to stop; the address is the mistake
			return err
		}
		defer stop()
		a.console.printf("metrics on http://%s%s\n", addr, metrics.Path)
	}
	signals, stop := a.env.Notify()
	defer stop()
	watch := &watch{
		job: jobs, signals: signals, abort: abort, idleExit: flags.idleExit, drainAtSignal: flags.drain,
		progress: newProgress(a, flags.statusInterval),
	}
	err = watch.until()
	a.console.clearLive()
	return err
}

// runningJob is what a running job is asked for: an *engine.Job, or several.
type runningJob interface {
	Drain()
	Stop()
	Wait() error
	Status() engine.Status
}

// start starts every program that has something to run. If one cannot start, the others are ended.
func start(ctx context.Context, programs []*engine.Program) (runningJob, error) {
	var all group
	for _, program := range programs {
		if program.Statements() == 0 {
			continue
		}
		started, err := program.Start(ctx)
		if err != nil {
			all.Drain()
			return nil, errors.Join(err, all.Wait())
		}
		all = append(all, started)
	}
	return all, nil
}

// group is several jobs that run as one: one for each script.
type group []runningJob

// Drain drains every job.
func (g group) Drain() {
	for _, j := range g {
		j.Drain()
	}
}

// Stop stops every job.
func (g group) Stop() {
	for _, j := range g {
		j.Stop()
	}
}

// Wait returns when every job has ended. When one fails the others are drained: what they have read
// still arrives, and the command ends.
func (g group) Wait() error {
	errs := make([]error, len(g))
	var wait sync.WaitGroup
	for i, j := range g {
		wait.Go(func() {
			errs[i] = j.Wait()
			if errs[i] != nil {
				g.Drain()
			}
		})
	}
	wait.Wait()
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// oldest returns the status of the job whose last checkpoint is longer ago, with the counts of both.
func oldest(a, b *job.CheckpointStatus) *job.CheckpointStatus {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	both := *a
	if a.Age >= 0 && (b.Age < 0 || b.Age > a.Age) {
		both = *b
	}
	both.Completed, both.Failed = a.Completed+b.Completed, a.Failed+b.Failed
	both.Bytes, both.Written = a.Bytes+b.Bytes, a.Written+b.Written
	return &both
}

// Status puts the jobs' tables side by side.
func (g group) Status() engine.Status {
	var all engine.Status
	for i, j := range g {
		status := j.Status()
		if i == 0 {
			all = status
			continue
		}
		all.Elapsed = max(all.Elapsed, status.Elapsed)
		all.Restarts += status.Restarts
		all.Operators = append(all.Operators, status.Operators...)
		all.Checkpoint = oldest(all.Checkpoint, status.Checkpoint)
		all.Sources = append(all.Sources, status.Sources...)
		all.Sinks = append(all.Sinks, status.Sinks...)
		for operator, rows := range status.LateRows {
			if all.LateRows == nil {
				all.LateRows = map[string]int64{}
			}
			all.LateRows[operator] += rows
		}
	}
	return all
}
