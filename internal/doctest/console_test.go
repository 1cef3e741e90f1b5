package doctest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/penstock-io/penstock/internal/cli"
)

const (
	program = "penstock"
	prompt  = "$ "
)

// checkConsole checks every command line of the console blocks, without running any.
func (p *page) checkConsole(ctx context.Context, steps []step) (problems []string) {
	for _, s := range steps {
		if s.language != "console" {
			continue
		}
		for i, line := range commandLines(s.text) {
			if line == "" {
				continue
			}
			if err := checkCommandLine(ctx, line); err != nil {
				problems = append(problems, p.problem(s.line+1+i, "%v", err))
			}
		}
		if s.command == "" && printsSomething(s.text) {
			problems = append(problems, p.problem(s.line, "a console block that shows output has to be run: console exec"))
		}
	}
	return problems
}

// commandLines returns, for each line of a console block, the command that begins there; "" for
// lines of output and those that continue a command.
func commandLines(text string) []string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	commands := make([]string, len(lines))
	for i := 0; i < len(lines); i++ {
		command, ok := strings.CutPrefix(lines[i], prompt)
		start := i
		for ok && strings.HasSuffix(command, `\`) && i+1 < len(lines) {
			i++
			command = strings.TrimSuffix(command, `\`) + strings.TrimSpace(lines[i])
		}
		commands[start] = command
		if !ok {
			commands[start] = ""
		}
	}
	return commands
}

// printsSomething reports whether a console block has lines that belong to no command.
func printsSomething(text string) bool {
	continued := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if !continued && !strings.HasPrefix(line, prompt) && line != "" {
			return true
		}
		continued = strings.HasSuffix(line, `\`)
	}
	return false
}

// checkCommandLine checks what is known without running a command line: that the commands and flags
// of penstock, the targets of make and the scripts for bash exist.
func checkCommandLine(ctx context.Context, line string) error {
	pipeline, err := splitWords(line)
	if err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	for _, words := range pipeline {
		for len(words) > 0 && assignment.MatchString(words[0]) {
			words = words[1:]
		}
		if len(words) == 0 {
			continue
		}
		switch filepath.Base(words[0]) {
		case program:
			err = checkPenstock(ctx, words[1:])
		case "make":
			err = checkMake(words[1:])
		case "bash":
			if _, err = os.Stat(filepath.Join(root, words[len(words)-1])); err != nil {
				err = fmt.Errorf("there is no %s", words[len(words)-1])
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	return nil
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// checkPenstock asks the command line for help with all flags given: flags are parsed before the
// help is shown, and nothing runs.
func checkPenstock(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "help" {
		return execute(ctx, cli.Env{Args: args, Out: io.Discard})
	}
	end := slices.Index(args, "--")
	if end < 0 {
		end = len(args)
	}
	var help bytes.Buffer
	if err := execute(ctx, cli.Env{Args: slices.Insert(slices.Clone(args), end, "--help"), Out: &help}); err != nil {
		return err
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil
	}
	if !strings.Contains(help.String(), "\nUsage:\n  "+program+" "+args[0]) {
		return fmt.Errorf("there is no command %q", args[0])
	}
	return nil
}

// execute runs penstock. Its error is what it prints to standard error if that is not given.
func execute(ctx context.Context, env cli.Env) error {
	var stderr bytes.Buffer
	if env.Err == nil {
		env.Err = &stderr
	}
	if env.In == nil {
		env.In = strings.NewReader("")
	}
	if env.Notify == nil {
		env.Notify = func() (<-chan os.Signal, func()) { return nil, func() {} }
	}
	env.Getenv = os.Getenv
	env.Terminal = func(any) (int, bool) { return 0, false }
	if code := cli.Main(ctx, env); code != 0 {
		return errors.New(strings.TrimSuffix(stderr.String(), "\n"))
	}
	return nil
}

// checkMake checks that targets exist.
func checkMake(args []string) error {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		return err
	}
	for _, target := range args {
		if strings.Contains(target, "=") || strings.HasPrefix(target, "-") {
			continue
		}
		if !bytes.Contains(makefile, []byte("\n"+target+":")) {
			return fmt.Errorf("there is no target %s in the Makefile", target)
		}
	}
	return nil
}

// console runs the command lines of a block and compares what they print.
func (s *session) console(t *testing.T, at step) {
	t.Helper()
	var got strings.Builder
	lines := strings.Split(strings.TrimSuffix(at.text, "\n"), "\n")
	for i, command := range commandLines(at.text) {
		if command == "" {
			continue
		}
		got.WriteString(lines[i] + "\n")
		for j := i; strings.HasSuffix(lines[j], `\`); j++ {
			got.WriteString(lines[j+1] + "\n")
		}
		printed, err := s.execute(t.Context(), command)
		if err != nil {
			s.problem(at, "%v", err)
			return
		}
		got.WriteString(printed)
	}
	if normal(got.String()) != normal(at.text) {
		s.compare(at, at, got.String())
	}
}

// execute runs a command line and returns what it prints to both outputs.
func (s *session) execute(ctx context.Context, line string) (string, error) {
	pipeline, err := splitWords(line)
	if err != nil || len(pipeline) != 1 || len(pipeline[0]) < 2 || pipeline[0][0] != program {
		return "", fmt.Errorf("only a single penstock command can be run, without pipes: %s", line)
	}
	var out output
	env := cli.Env{Args: pipeline[0][1:], Out: &out, Err: &out, Dial: s.golden.Dial}
	if env.Args[0] == "kinesis" { // shows what it prints and ends; others may use the port
		env.Args = append(env.Args, "--port", "0")
		signals := make(chan os.Signal, 1)
		signals <- syscall.SIGTERM
		env.Notify = func() (<-chan os.Signal, func()) { return signals, func() {} }
	}
	_ = execute(ctx, env) // a failure is printed, and compared
	return strings.TrimSuffix(out.text.String(), "stopped\n"), nil
}

// output collects what is printed.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write appends p.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// varying are the parts of an output that differ from run to run.
var varying = []struct {
	pattern *regexp.Regexp
	normal  string
}{
	{regexp.MustCompile(`[0-9][0-9,.]*/s`), "RATE"},
	{regexp.MustCompile(`\b[0-9]+(\.[0-9]+)? (ms|s|min|h)\b( [0-9]+ (s|min)\b)?`), "TIME"},
	{regexp.MustCompile(`"(elapsed_ms|elapsed_ns|lag_ns)":-?[0-9]+`), `"$1":TIME`},
	{regexp.MustCompile(`"(records_in|rows_out)_per_second":[0-9.]+`), `"$1_per_second":RATE`},
	{regexp.MustCompile(`\b127\.0\.0\.1:[0-9]+`), "ADDRESS"},
	{regexp.MustCompile(`\b[0-9]{50,}\b`), "SEQUENCE-NUMBER"},
	// A live line shows how far the job was at some moment.
	{regexp.MustCompile(`(?m)^((?:running|draining) for .*?: )[0-9,]+ records in (\S+), [0-9,]+ rows out`), "$1 N records in $2, N rows out"},
	{regexp.MustCompile(` +`), " "},
}

func normal(text string) string {
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.normal)
	}
	return text
}
