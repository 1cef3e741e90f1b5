package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/diag"
)

// kindMeaning says in a line what each kind of error means, for the help topic.
func kindMeaning(kind diag.Kind) string {
	switch kind {
	case diag.Internal:
		return "a defect of Penstock; please report it"
	case diag.Usage:
		return "wrong flags or arguments"
	case diag.Syntax:
		return "the SQL does not parse"
	case diag.Semantic:
		return "the SQL parses but has no meaning: an unknown column, a wrong type"
	case diag.Unsupported:
		return "the SQL has a meaning, but Penstock cannot do it"
	case diag.Option:
		return "an option of a table or of the session is unknown, missing or malformed"
	case diag.BadData:
		return "a record or a file cannot be decoded"
	case diag.NotFound:
		return "a stream, a file or another outside thing does not exist"
	case diag.Unreachable:
		return "an endpoint does not answer"
	case diag.Denied:
		return "no credentials, or no permission"
	case diag.Throttled:
		return "the service refuses for now; try again later"
	case diag.Exhausted:
		return "a limit of memory, size or time was reached"
	case diag.Interrupted:
		return "stopped by a signal before the work was done"
	}
	return ""
}

func newExitCodes() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "what the exit code of a command says",
		Long:  exitCodes(),
	}
}

// exitCodes returns the help topic.
func exitCodes() string {
	byCode := map[int][]diag.Kind{}
	for _, kind := range diag.Kinds() {
		byCode[kind.ExitCode()] = append(byCode[kind.ExitCode()], kind)
	}
	var out strings.Builder
	out.WriteString("Exit codes, and the kinds of errors behind them as --output json names them:\n\n")
	out.WriteString("    0               done, or stopped by the first Ctrl-C after everything read was written\n")
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		for i, kind := range byCode[code] {
			number := fmt.Sprint(code)
			if i > 0 {
				number = ""
			}
			fmt.Fprintf(&out, "  %3s  %-12s %s\n", number, kind, kindMeaning(kind))
		}
	}
	out.WriteString("\nWith several errors the first one decides. Codes and names do not change between versions.")
	return out.String()
}
