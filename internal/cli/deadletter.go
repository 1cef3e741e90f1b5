package cli

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
)

func newDeadLetter(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead-letter",
		Short: "List, show and replay records that could not be decoded",
		Long: `A table with 'bad-records' = 'dead-letter' keeps the records that it cannot decode in a file, with their
bytes, where they came from and what is wrong with them. These commands read such a file, or, as -, what
penstock tail --raw prints of a stream of dead letters.`,
		Example: `  penstock dead-letter list letters.ndjson                     what is wrong, one line for each
  penstock dead-letter show letters.ndjson 3                   all about the third
  penstock dead-letter replay letters.ndjson --dry-run         what would go where`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDeadLetterList(a), newDeadLetterShow(a), newDeadLetterReplay(a))
	return cmd
}

// letterFilter chooses letters.
type letterFilter struct {
	table, stream, cause string
	after, limit         int64
}

func (f *letterFilter) add(cmd *cobra.Command, verb string) {
	flags := cmd.Flags()
	flags.StringVar(&f.table, "table", "", verb+" only letters of the `table`")
	flags.StringVar(&f.stream, "from-stream", "", verb+" only letters of records that came from the `stream`")
	flags.StringVar(&f.cause, "cause", "", verb+" only letters with the `cause`: "+strings.Join(format.CauseNames(), ", "))
	flags.Int64Var(&f.after, "after", 0, verb+" only letters behind the one with the `number`")
	flags.Int64Var(&f.limit, "limit", 0, verb+" at most so `many` letters (default: all)")
	mustRegister(cmd.RegisterFlagCompletionFunc("cause", cobra.FixedCompletions(format.CauseNames(), cobra.ShellCompDirectiveNoFileComp)))
	for _, name := range []string{"table", "from-stream", "after", "limit"} {
		mustRegister(cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
}

func (f *letterFilter) matches(letter *deadletter.Letter, number int64) bool {
	return number > f.after && (f.table == "" || f.table == letter.Table) && (f.stream == "" || f.stream == letter.Stream) &&
		(f.cause == "" || f.cause == letter.Cause)
}

// letters calls do for the letters of a file that the filter lets through. It returns how many there are
// and how many lines are no letters: these are reported, but end nothing.
func (a *app) letters(path string, filter letterFilter, do func(letter *deadletter.Letter, number int64) error) (found, damaged int64, err error) {
	in, err := a.openLetters(path)
	if err != nil {
		return 0, 0, err
	}
	defer in.Close()
	for filter.limit == 0 || found < filter.limit {
		letter, number, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return found, damaged, nil
		case err != nil && number > 0:
			damaged++
			a.console.printf("%s", a.console.styleError(diag.Render(err)))
			continue
		case err != nil:
			return found, damaged, err
		}
		if !filter.matches(&letter, int64(number)) {
			continue
		}
		found++
		if err := do(&letter, int64(number)); err != nil {
			return found, damaged, err
		}
	}
	return found, damaged, nil
}

func (a *app) openLetters(path string) (*deadletter.Reader, error) {
	if path == "-" {
		return deadletter.NewReader("standard input", a.env.In, nil), nil
	}
	return deadletter.Open(path)
}
