package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/deadletter"
)

func newDeadLetterList(a *app) *cobra.Command {
	var filter letterFilter
	cmd := &cobra.Command{
		Use:   "list file",
		Short: "List dead letters, one line for each",
		Args:  argCount(1, "file"),
		RunE:  func(_ *cobra.Command, args []string) error { return a.listLetters(args[0], filter) },
	}
	filter.add(cmd, "list")
	return cmd
}

// letterLine is a dead letter in the JSON output of list.
type letterLine struct {
	Number int64 `json:"number"`
	*deadletter.Letter
	Data  *struct{} `json:"data,omitempty"` // left out: show has it
	Bytes int       `json:"bytes"`
}

func (a *app) listLetters(path string, filter letterFilter) error {
	causes := map[string]int64{}
	found, _, err := a.letters(path, filter, func(letter *deadletter.Letter, number int64) error {
		causes[letter.Cause]++
		if a.json() {
			return a.printJSON(letterLine{Number: number, Letter: letter, Bytes: len(letter.Data)})
		}
		_, err := fmt.Fprintf(a.env.Out, "%d  %s  %s  %s  %s: %s\n", number, letterTime(letter), letter.Table, letter.Origin, letter.Cause, printable([]byte(letter.Error)))
		return err
	})
	if err == nil && !a.json() {
		a.console.printf("%s%s\n", plural(found, "dead letter"), causeSummary(causes))
	}
	return err
}

// letterTime is when the record arrived, or, where that is not known, when the letter was kept.
func letterTime(letter *deadletter.Letter) string {
	at := letter.Kept
	if letter.Arrived != nil {
		at = *letter.Arrived
	}
	return at.UTC().Format(time.RFC3339)
}
