package cli

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
)

type sqlFlags struct {
	scriptFlags

	commands []string
	files    []string
	output   string
}

func newSQL(a *app) *cobra.Command {
	var flags sqlFlags
	cmd := &cobra.Command{
		Use:   "sql [script.sql...]",
		Short: "Run statements one after the other, from a prompt or from scripts",
		Example: `  penstock sql                                          a prompt
  penstock sql tables.sql                               a prompt, with the tables of a script
  penstock sql tables.sql -c "SELECT * FROM orders"     run a statement and end
  penstock sql -c "SHOW FUNCTIONS" --output csv
  penstock sql -f job.sql`,
		Long: `Statements run one after the other: the next begins when the one before has ended. ("penstock run"
runs those of a script at the same time.) The first that fails ends the command, but not the prompt.

At the prompt, statements end with a semicolon. Ctrl-C stops a query and not the shell. INSERT runs
in the background: SHOW JOBS lists the jobs, STOP JOB ends one. Ctrl-D ends the shell, after the jobs
have written what they read. \help shows more. The statements that were typed are kept in
~/.local/state/penstock/history, or where PENSTOCK_HISTORY says; a space in front keeps one out.

Without a terminal, statements are read from standard input and run as they come.`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.sql(cmd, args, &flags) },
	}
	f := cmd.Flags()
	f.StringArrayVarP(&flags.commands, "command", "c", nil, "`SQL` to run after the scripts; may be repeated")
	f.StringArrayVarP(&flags.files, "file", "f", nil, "`script` to run after the others, - for standard input; may be repeated")
	f.StringArrayVar(&flags.set, "set", nil, "session setting `key=value`, as SET 'key' = 'value' makes it; may be repeated")
	f.StringVarP(&flags.output, "output", "o", string(formatTable), "`format` of rows: table, json or csv")
	mustRegister(
		cmd.RegisterFlagCompletionFunc("command", cobra.NoFileCompletions),
		cmd.RegisterFlagCompletionFunc("set", completeSetting),
		cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(rowFormats, cobra.ShellCompDirectiveNoFileComp)),
	)
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"sql"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return cmd
}

func (a *app) sql(cmd *cobra.Command, paths []string, flags *sqlFlags) error {
	format, ok := parseRowFormat(flags.output)
	if !ok {
		return usageError(cmd, "output format %q is not one of table, json, csv", flags.output)
	}
	if format == formatJSON {
		a.output = outputJSON
	}
	settings, err := flags.settings(cmd)
	if err != nil {
		return err
	}
	rows := newRowPrinter(a)
	rows.format = format
	s := &shell{app: a, rows: rows, engine: engine.New(engine.Config{
		Connectors: a.connectors(nil), Settings: settings, Logger: a.logger(), Rows: rows.print,
	})}
	tuneCollector(a.env.Getenv)
	for _, path := range append(paths, flags.files...) {
		source, err := a.readScript(path)
		if err != nil {
			return err
		}
		if err := s.runScript(cmd.Context(), source); err != nil {
			return err
		}
	}
	for _, text := range flags.commands {
		if err := s.runScript(cmd.Context(), &diag.Source{Text: text}); err != nil {
			return err
		}
	}
	if len(flags.commands)+len(flags.files) > 0 {
		return nil
	}
	return a.converse(cmd.Context(), s)
}

// converse reads statements from the terminal, or from standard input if there is none.
func (a *app) converse(ctx context.Context, s *shell) error {
	_, in := a.env.Terminal(a.env.In)
	_, out := a.env.Terminal(a.env.Out)
	if !in || !out {
		return s.readAll(ctx, a.env.In)
	}
	return s.prompt(ctx)
}

// shell runs statements one after the other in one session.
type shell struct {
	app    *app
	engine *engine.Engine
	rows   *rowPrinter
	// background is the jobs of INSERTs from the prompt whose end was not reported yet.
	background  []*engine.Job
	interactive bool
}

// runScript parses a script and runs its statements until one fails.
func (s *shell) runScript(ctx context.Context, source *diag.Source) error {
	statements, err := engine.Parse(source)
	if err != nil {
		return err
	}
	for i, statement := range statements {
		interrupted, err := s.run(ctx, statement)
		if err != nil {
			return err
		}
		if interrupted && i < len(statements)-1 {
			return diag.Errorf(diag.Interrupted, diag.Span{}, "stopped: the statements behind were not run")
		}
	}
	return nil
}

// run runs one statement to its end; interrupted if it was a signal that ended it.
func (s *shell) run(ctx context.Context, statement engine.Statement) (interrupted bool, err error) {
	program, err := s.engine.PrepareStatements(statement)
	if err != nil {
		return false, err
	}
	s.rows.next()
	if err := s.rows.printResults(program.Results()); err != nil || program.Statements() == 0 {
		return false, err
	}
	switch {
	case !s.interactive:
		return s.watch(ctx, program)
	case len(program.Shown()) > 0:
		return s.follow(ctx, program)
	}
	return false, s.detach(ctx, program)
}

// watch runs a program as the run command does.
func (s *shell) watch(ctx context.Context, program *engine.Program) (interrupted bool, err error) {
	ctx, abort := context.WithCancel(ctx)
	defer abort()
	job, err := program.Start(ctx)
	if err != nil {
		return false, err
	}
	signals, stop := s.app.env.Notify()
	defer stop()
	w := &watch{job: job, signals: signals, abort: abort, progress: newProgress(s.app, plainInterval)}
	err = w.until()
	s.app.console.clearLive()
	if err == nil {
		err = s.rows.headings(program)
	}
	return w.interrupted, err
}

// readAll runs the statements of a stream as they come.
func (s *shell) readAll(ctx context.Context, in io.Reader) error {
	reader := newStatementReader(in)
	for {
		source, err := reader.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.runScript(ctx, source); err != nil {
			return err
		}
	}
}
