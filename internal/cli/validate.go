package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
)

func newValidate(a *app) *cobra.Command {
	var flags scriptFlags
	cmd := &cobra.Command{
		Use:   "validate script.sql...",
		Short: "Check scripts without running them",
		Example: `  penstock validate job.sql
  penstock validate tables.sql job.sql                  the second one uses the tables of the first
  penstock validate --output json job.sql               all errors with their places, for an editor`,
		Long: `Every statement is parsed, checked against the tables it names, and planned. Nothing is
read or written, and no stream has to exist. All errors are reported, not only the first.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			programs, err := flags.prepare(cmd, a, args)
			for _, program := range programs {
				err = errors.Join(err, program.Check())
			}
			if a.json() {
				return a.printVerdict(countStatements(programs), err)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.env.Out, "ok: %s\n", plural(countStatements(programs), "statement"))
			return err
		},
	}
	flags.add(cmd)
	return cmd
}

// prepare plans the scripts of the command line in a new session. SELECT is allowed; its rows go
// nowhere.
func (f *scriptFlags) prepare(cmd *cobra.Command, a *app, paths []string) ([]*engine.Program, error) {
	settings, err := f.settings(cmd)
	if err != nil {
		return nil, err
	}
	sources, err := f.sources(cmd, a, paths)
	if err != nil {
		return nil, err
	}
	discard := func(engine.Header, *batch.Batch) error { return nil }
	return prepare(engine.New(engine.Config{
		Connectors: a.connectors(nil), Settings: settings, Logger: a.logger(), Rows: discard,
	}), sources)
}

// verdict is the JSON form of what validate found.
type verdict struct {
	OK         bool          `json:"ok"`
	Statements int           `json:"statements"`
	Errors     []errorObject `json:"errors"`
}

func (a *app) printVerdict(statements int, fault error) error {
	result := verdict{OK: fault == nil, Statements: statements, Errors: []errorObject{}}
	if fault != nil {
		if diag.KindOf(fault) == diag.Usage { // the command is wrong, not the script
			return fault
		}
		result.Errors = errorObjects(fault)
	}
	if err := a.printJSON(result); err != nil || fault == nil {
		return err
	}
	return reportedError{fault}
}

func countStatements(programs []*engine.Program) int {
	n := 0
	for _, program := range programs {
		n += program.Statements()
	}
	return n
}
