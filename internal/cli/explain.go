package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newExplain(a *app) *cobra.Command {
	var flags scriptFlags
	cmd := &cobra.Command{
		Use:   "explain script.sql...",
		Short: "Print the plan of each statement",
		Example: `  penstock explain job.sql
  penstock explain tables.sql -e "SELECT id FROM orders WHERE price > 10"`,
		Long: `The plan shows which columns of what are read, and what happens to the rows in which order
until they reach a sink. It is read from the bottom to the top. Nothing is read or written.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			programs, err := flags.prepare(cmd, a, args)
			if err != nil {
				return err
			}
			var plans []string
			for _, program := range programs {
				if plan := strings.TrimRight(program.Explain(), "\n"); plan != "" {
					plans = append(plans, plan)
				}
			}
			if a.json() {
				return a.printJSON(explanation{Statements: countStatements(programs), Plan: strings.Join(plans, "\n\n")})
			}
			if len(plans) == 0 {
				a.console.printf("nothing to explain: the script has no INSERT and no SELECT\n")
				return nil
			}
			_, err = fmt.Fprintln(a.env.Out, strings.Join(plans, "\n\n"))
			return err
		},
	}
	flags.add(cmd)
	return cmd
}

// explanation is the JSON form of the plans.
type explanation struct {
	Statements int    `json:"statements"`
	Plan       string `json:"plan"`
}
