// Package print is the connector print: a sink that writes each row as a line of text, for trying
// out queries.
//
// It owns the text of a row, which is Flink's: +I[a, 1, null]. A line is written whole, whatever
// the number of tasks.
package print

import (
	"context"
	"io"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/option"
)

const (
	optionIdentifier = "print-identifier"
	optionStderr     = "standard-error"
)

// Factory returns the connector, which writes to stdout or, where a table asks for it, to stderr.
func Factory(stdout, stderr io.Writer) *connector.Factory {
	return &connector.Factory{
		Name: "print",
		Doc:  "Writes each row as a line to the standard output.",
		Options: option.Table{
			{
				Key: optionIdentifier, Type: option.String,
				Doc: "A text that stands before each row, with '> ' in between.",
			},
			{
				Key: optionStderr, Type: option.Bool, Default: "false",
				Doc: "Write to the standard error instead.",
			},
		},
		NewSink: func(_ context.Context, request connector.SinkRequest) (connector.Sink, error) {
			options := request.Table.Options
			s := &sink{out: stdout, columns: request.Columns, meter: request.Meter}
			if options.Bool(optionStderr) {
				s.out = stderr
			}
			if identifier := options.String(optionIdentifier); identifier != "" {
				s.prefix = identifier + "> "
			}
			return s, nil
		},
	}
}
