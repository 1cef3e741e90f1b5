package cli

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
)

func newDeadLetterShow(a *app) *cobra.Command {
	var raw bool
	cmd := &cobra.Command{
		Use:   "show file number",
		Short: "Show one dead letter with its bytes",
		Args:  argCount(2, "file", "number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := strconv.ParseInt(args[1], 10, 64)
			if err != nil || number < 1 {
				return usageError(cmd, "%q is not the number of a dead letter", args[1])
			}
			return a.showLetter(args[0], number, raw)
		},
	}
	cmd.Flags().BoolVar(&raw, "raw", false, "print the bytes of the record and nothing else")
	return cmd
}

// letterObject is a dead letter in the JSON output of show.
type letterObject struct {
	Number int64 `json:"number"`
	*deadletter.Letter
	// Text is the data where it is text.
	Text string `json:"text,omitempty"`
}

func (a *app) showLetter(path string, number int64, raw bool) error {
	found, _, err := a.letters(path, letterFilter{after: number - 1, limit: 1}, func(letter *deadletter.Letter, at int64) error {
		if at != number {
			return noLetter(path, number)
		}
		var err error
		switch {
		case raw:
			_, err = a.env.Out.Write(letter.Data)
		case a.json():
			object := letterObject{Number: at, Letter: letter}
			if utf8.Valid(letter.Data) {
				object.Text = string(letter.Data)
			}
			err = a.printJSON(object)
		default:
			_, err = fmt.Fprint(a.env.Out, letterText(letter, at))
		}
		return err
	})
	if err == nil && found == 0 {
		return noLetter(path, number)
	}
	return err
}

func noLetter(path string, number int64) error {
	return diag.Errorf(diag.NotFound, diag.Span{}, "there is no dead letter %d in %s", number, path).
		WithHint("penstock dead-letter list %s shows which there are", path)
}

func letterText(letter *deadletter.Letter, number int64) string {
	var out strings.Builder
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&out, "%-17s %s\n", name, printable([]byte(value)))
		}
	}
	field("number", strconv.FormatInt(number, 10))
	field("table", letter.Table)
	field("cause", letter.Cause)
	field("error", letter.Error)
	field("format", letter.Format)
	field("stream", letter.Stream)
	field("file", letter.File)
	if letter.File != "" {
		field("byte", strconv.FormatInt(letter.Offset, 10))
	}
	field("shard", letter.Shard)
	field("sequence number", letter.SequenceNumber)
	if letter.SequenceNumber != "" {
		field("sub-sequence", strconv.FormatInt(letter.SubSequenceNumber, 10))
	}
	field("partition key", letter.PartitionKey)
	field("explicit hash key", letter.ExplicitHashKey)
	if letter.Arrived != nil {
		field("arrived", letter.Arrived.UTC().Format(time.RFC3339Nano))
	}
	field("kept", letter.Kept.UTC().Format(time.RFC3339Nano))
	if letter.Row != "" {
		fmt.Fprintf(&out, "\nthe row, which did not become a record:\n%s\n", printable([]byte(letter.Row)))
		return out.String()
	}
	whole := "the record"
	if letter.Part {
		whole = "a part of the record; the rest of it was good"
	}
	fmt.Fprintf(&out, "\n%s, %s:\n", plural(int64(len(letter.Data)), "byte"), whole)
	switch {
	case json.Valid(letter.Data):
		fmt.Fprintf(&out, "%s\n", compactJSON(letter.Data))
	case utf8.Valid(letter.Data):
		fmt.Fprintf(&out, "%s\n", strings.TrimSuffix(printableLines(letter.Data), "\n"))
	default:
		out.WriteString(hex.Dump(letter.Data))
	}
	return out.String()
}

// printableLines makes a text safe for a terminal line by line.
func printableLines(text []byte) string {
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		out.WriteString(printable([]byte(strings.TrimRight(line, "\r\n"))))
		out.WriteByte('\n')
	}
	return out.String()
}

// causeSummary is how many letters have which cause: ": 3 malformed, 1 mismatch".
func causeSummary(causes map[string]int64) string {
	var parts []string
	for _, cause := range slices.SortedStableFunc(slices.Values(format.CauseNames()), func(a, b string) int { return cmp.Compare(causes[b], causes[a]) }) {
		if causes[cause] > 0 {
			parts = append(parts, count(causes[cause])+" "+cause)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}
