package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
)

// typedCommand is a command of the shell itself, with its arguments.
type typedCommand struct {
	name      string
	arguments []string
}

// promptCommand is a row of the table of the shell's own commands.
type promptCommand struct {
	names []string
	usage string
	doc   string
	// statement is what the command stands for; nil: it does something else.
	statement func(arguments []string) string
}

var promptCommands = []promptCommand{
	{names: []string{`\help`, `\?`, `\h`}, usage: `\help`, doc: "Shows this list."},
	{names: []string{`\quit`, `\q`}, usage: `\quit`, doc: "Ends the shell, as Ctrl-D does. Running jobs write what they have read."},
	{names: []string{`\d`}, usage: `\d [table]`, doc: "Lists the tables and views, or the columns of one.", statement: func(arguments []string) string {
		if len(arguments) == 0 {
			return "SHOW TABLES"
		}
		return "DESCRIBE " + arguments[0]
	}},
	{names: []string{`\functions`, `\df`}, usage: `\functions [pattern]`, doc: "Lists the functions that are like the pattern.", statement: func(arguments []string) string {
		if len(arguments) == 0 {
			return "SHOW FUNCTIONS"
		}
		return "SHOW FUNCTIONS ILIKE '" + strings.ReplaceAll(arguments[0], "'", "''") + "'"
	}},
	{names: []string{`\jobs`}, usage: `\jobs`, doc: "Lists the jobs.", statement: func([]string) string { return "SHOW JOBS" }},
	{names: []string{`\set`}, usage: `\set`, doc: "Lists the settings.", statement: func([]string) string { return "SET" }},
	{names: []string{`\i`}, usage: `\i script.sql`, doc: "Runs a script."},
	{names: []string{`\output`, `\o`}, usage: `\output table|json|csv`, doc: "Says how rows are shown."},
}

// shellCommand returns the command of the shell that a line is; false if it is a part of a statement.
func shellCommand(line string) (typedCommand, bool) {
	fields := strings.Fields(strings.TrimSuffix(strings.TrimSpace(line), ";"))
	if len(fields) == 0 {
		return typedCommand{}, false
	}
	switch word := strings.ToLower(fields[0]); {
	case strings.HasPrefix(word, `\`):
		return typedCommand{name: word, arguments: fields[1:]}, true
	case len(fields) == 1 && (word == "quit" || word == "exit"):
		return typedCommand{name: `\quit`}, true
	case len(fields) == 1 && word == "help":
		return typedCommand{name: `\help`}, true
	}
	return typedCommand{}, false
}

// command carries out a command of the shell; quit if it ends it.
func (s *shell) command(ctx context.Context, typed typedCommand) (quit bool) {
	i := slices.IndexFunc(promptCommands, func(c promptCommand) bool { return slices.Contains(c.names, typed.name) })
	if i < 0 {
		s.app.report(unknownPromptCommand(typed.name))
		return false
	}
	c := promptCommands[i]
	switch {
	case c.statement != nil:
		s.runTyped(ctx, &diag.Source{Text: c.statement(typed.arguments)})
	case c.names[0] == `\quit`:
		return true
	case c.names[0] == `\help`:
		s.app.console.printf("%s", promptHelp())
	case c.names[0] == `\i`:
		s.include(ctx, typed.arguments)
	case c.names[0] == `\output`:
		s.setOutput(typed.arguments)
	}
	return false
}

func unknownPromptCommand(name string) error {
	var names []string
	for _, c := range promptCommands {
		names = append(names, c.names...)
	}
	err := diag.Errorf(diag.Usage, diag.Span{}, "there is no command %s", name)
	if nearest, ok := diag.Nearest(name, names); ok {
		return err.WithHint("did you mean %s?", nearest)
	}
	return err.WithHint(`\help lists the commands`)
}

func promptHelp() string {
	var out strings.Builder
	out.WriteString("Statements end with a semicolon and may have several lines. Tab completes words.\n" +
		"Ctrl-C stops a query, or forgets what was typed. Ctrl-D ends the shell.\n\n")
	for _, c := range promptCommands {
		out.WriteString("  " + c.usage + strings.Repeat(" ", max(1, 24-len(c.usage))) + c.doc + "\n")
	}
	out.WriteString("\nStatements: SELECT, INSERT, CREATE, ALTER, DROP, DESCRIBE, SHOW, EXPLAIN, SET, RESET, STOP JOB.\n")
	return out.String()
}

// include runs the scripts that are named.
func (s *shell) include(ctx context.Context, paths []string) {
	if len(paths) == 0 {
		s.app.report(diag.Errorf(diag.Usage, diag.Span{}, `\i needs a script`))
	}
	for _, path := range paths {
		source, err := s.app.readScript(path)
		if err != nil {
			s.app.report(err)
			return
		}
		s.runTyped(ctx, source)
	}
}

func (s *shell) setOutput(arguments []string) {
	format, ok := rowFormat(""), false
	if len(arguments) == 1 {
		format, ok = parseRowFormat(arguments[0])
	}
	if !ok {
		s.app.report(diag.Errorf(diag.Usage, diag.Span{}, `\output takes one of table, json, csv`))
		return
	}
	s.rows.format = format
}
