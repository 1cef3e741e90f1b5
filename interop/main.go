package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	suiteTimeout = 14 * time.Minute
	// clientTimeout is for one client, installed. The AWS CLI is the slowest: a process per request.
	clientTimeout = 9 * time.Minute
	// atOnce is how many clients run at a time.
	atOnce   = 2
	pageFile = "docs/reference/interop.md"
)

func main() {
	only := flag.String("client", "", "run only this `client`, and leave "+pageFile+" alone")
	program := flag.String("penstock", "", "`program` to test; built from the checkout if empty")
	verbose := flag.Bool("v", false, "print everything the clients print")
	flag.Parse()
	s := &suite{out: os.Stdout, verbose: *verbose, program: *program}
	ok, err := s.run(context.Background(), *only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// suite is one run of all clients.
type suite struct {
	mu      sync.Mutex // guards out
	out     io.Writer
	verbose bool
	program string // penstock
	dir     string // temporary
}

// run runs the clients, or one of them, and reports whether all passed.
func (s *suite) run(ctx context.Context, only string) (bool, error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, suiteTimeout)
	defer cancel()
	chosen := slices.DeleteFunc(slices.Clone(clients), func(c client) bool { return only != "" && c.name != only })
	if len(chosen) == 0 {
		return false, fmt.Errorf("there is no client %q", only)
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return false, err
	}
	if s.dir, err = os.MkdirTemp("", "interop"); err != nil {
		return false, err
	}
	defer os.RemoveAll(s.dir)
	if s.program == "" {
		if s.program, err = buildServer(ctx, s.dir); err != nil {
			return false, err
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return false, err
	}
	outcomes := s.runAll(ctx, chosen, filepath.Join(cache, "penstock-interop"))
	allPassed := s.summarise(outcomes)
	if only != "" {
		return allPassed, nil
	}
	return allPassed, os.WriteFile(filepath.Join(root, pageFile), []byte(page(outcomes)), 0o644)
}

// runAll installs the clients one after the other, for they share package managers and their locks,
// and runs those that are installed meanwhile.
func (s *suite) runAll(ctx context.Context, chosen []client, cache string) []*outcome {
	outcomes := make([]*outcome, len(chosen))
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i, c := range chosen {
		o := newOutcome(c)
		outcomes[i] = o
		start := time.Now()
		cmd, err := c.prepare(ctx, cache)
		if err != nil {
			o.finish(fmt.Sprintf("not installed: %v", err))
			s.printf("%s: not installed\n", c.name)
			continue
		}
		s.printf("%s: installed (%.1f s)\n", c.name, time.Since(start).Seconds())
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			start := time.Now()
			o.finish(s.runClient(ctx, o, cmd))
			ok, bad := o.count()
			s.printf("%s: %s: %d ok, %d failed (%.1f s)\n", c.name, o.version, ok, bad, time.Since(start).Seconds())
		})
	}
	running.Wait()
	return outcomes
}

// runClient runs a client against a server of its own, and returns what went wrong with it as a whole.
func (s *suite) runClient(ctx context.Context, o *outcome, program command) string {
	dir := filepath.Join(s.dir, o.client.name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err.Error()
	}
	srv, err := startServer(ctx, s.program, dir)
	if err != nil {
		return err.Error()
	}
	defer srv.stop()
	env := slices.Concat(inherited(), srv.env, clientEnv(o.client), []string{"INTEROP_CONTROL=" + srv.announce.Endpoint + "/_penstock/"})
	if o.client.tls {
		more, err := srv.withTLS(ctx)
		if err != nil {
			return err.Error()
		}
		env = append(env, more...)
	}
	ctx, cancel := context.WithTimeout(ctx, clientTimeout)
	defer cancel()
	var out, log strings.Builder
	cmd := exec.CommandContext(ctx, program[0], program[1:]...) //nolint:gosec // the programs are named in this package
	cmd.Dir = dir
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = &out, &log
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	o.read(out.String())
	if s.verbose {
		s.printf("%s%s", out.String(), log.String())
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Sprintf("stopped: %v: %v", ctx.Err(), err)
	case err != nil:
		return fmt.Sprintf("the program failed: %v: %s", err, excerpt(log.String()))
	default:
		return ""
	}
}

// summarise prints what failed and how many passed.
func (s *suite) summarise(outcomes []*outcome) bool {
	totalOK, totalBad := 0, 0
	for _, o := range outcomes {
		ok, bad := o.count()
		totalOK += ok
		totalBad += bad
		for _, line := range o.failures() {
			s.printf("%s\n", line)
		}
	}
	s.printf("%d passed, %d failed\n", totalOK, totalBad)
	return totalBad == 0
}

func (s *suite) printf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, format, args...)
}

// inherited is this process's environment without anything that would lead a client astray.
func inherited() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name := strings.ToUpper(variable)
		return strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "CBOR_") ||
			strings.HasPrefix(name, "HTTP_PROXY=") || strings.HasPrefix(name, "HTTPS_PROXY=") || strings.HasPrefix(name, "ALL_PROXY=")
	})
}

func clientEnv(c client) []string {
	return []string{
		"INTEROP_WITHOUT=" + strings.Join(c.without, ","),
		"AWS_MAX_ATTEMPTS=1",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"AWS_PAGER=",
		"LC_ALL=C.UTF-8",
		"PYTHONDONTWRITEBYTECODE=1",
	}
}

// moduleRoot is the directory of go.mod.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
