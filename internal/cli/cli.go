// Package cli is the command line: one file per subcommand, and what they share.
//
// It owns flags, help texts, exit codes, signals and everything that is printed. What a script
// means and how it runs is the engine's; what Kinesis answers is the connector's or the server's.
//
// Invariant: standard output carries data only, in the format of --output; messages, progress and
// errors go to standard error. Only this package writes to either.
package cli

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"syscall"

	"github.com/penstock-io/penstock/internal/diag"
)

// Main runs the command line and returns the exit code of the process.
func Main(ctx context.Context, env Env) int {
	a := newApp(env)
	root := newRoot(a)
	root.SetArgs(append([]string{}, env.Args...)) // not nil, which would mean os.Args
	err := root.ExecuteContext(ctx)
	a.console.clearLive()
	if _, ours := errors.AsType[*diag.Error](err); err != nil && !ours && !a.started { // cobra's own checks
		err = diag.Errorf(diag.Usage, diag.Span{}, "%w", err)
	}
	return a.report(err)
}

// The values of --output.
const (
	outputText = "text"
	outputJSON = "json"
)

// app is what all commands share.
type app struct {
	env      Env
	console  *console
	output   string // value of --output
	logLevel string // value of --log-level
	started  bool   // flags and arguments are well-formed, and the command has begun
}

func newApp(env Env) *app {
	a := &app{env: env, output: outputText, logLevel: "warn"}
	if wantsJSON(env.Args) { // also for a mistake in the flags themselves
		a.output = outputJSON
	}
	_, terminal := env.Terminal(env.Err)
	dumb := env.Getenv("TERM") == "dumb"
	a.console = &console{
		w:     env.Err,
		color: terminal && !dumb && env.Getenv("NO_COLOR") == "",
		width: func() int {
			width, _ := env.Terminal(env.Err)
			return width
		},
		canRewrite: terminal && !dumb && env.Getenv("CI") == "",
	}
	return a
}

// wantsJSON looks for --output json before the flags are parsed.
func wantsJSON(args []string) bool {
	for i, arg := range args {
		switch arg {
		case "--":
			return false
		case "--output=json", "-o=json", "-ojson":
			return true
		case "--output", "-o":
			return i+1 < len(args) && args[i+1] == outputJSON
		}
	}
	return false
}

func (a *app) json() bool { return a.output == outputJSON }

// logger writes to standard error what --log-level lets through.
func (a *app) logger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.logLevel)); err != nil {
		level = slog.LevelWarn // checked in checkGlobalFlags
	}
	options := &slog.HandlerOptions{Level: level}
	if a.json() {
		return slog.New(slog.NewJSONHandler(a.console, options))
	}
	return slog.New(slog.NewTextHandler(a.console, options))
}

// interruptible returns a context that the first SIGINT or SIGTERM cancels; a second one then ends
// the process as if it were not handled.
func (a *app) interruptible(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals, stop := a.env.Notify()
	go func() {
		defer stop()
		select {
		case sig := <-signals:
			cancel(errInterrupted(sig))
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(context.Canceled) }
}

func errInterrupted(sig os.Signal) *diag.Error {
	name := "SIGINT"
	if sig == syscall.SIGTERM {
		name = "SIGTERM"
	}
	return diag.Errorf(diag.Interrupted, diag.Span{}, "stopped by %s", name)
}

// stopped returns the signal that ended ctx as an error; nil if it did not end, or otherwise.
func stopped(ctx context.Context) error {
	if cause, ok := errors.AsType[*diag.Error](context.Cause(ctx)); ok && cause.Kind == diag.Interrupted {
		return cause
	}
	return nil
}
