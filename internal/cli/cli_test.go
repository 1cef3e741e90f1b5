package cli

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/kinesisserver"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the expected output in testdata")

// process is a command line that a test runs.
type process struct {
	stdin   io.Reader
	width   int // of the terminal; 0: none
	vars    map[string]string
	signals chan os.Signal
	stdout  io.Writer // nil: collected
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

// run runs the command line without a terminal, signals and input.
func run(t *testing.T, args ...string) result {
	t.Helper()
	return process{}.run(t.Context(), args...)
}

func (p process) run(ctx context.Context, args ...string) result {
	var stdout, stderr bytes.Buffer
	env := p.env(&stdout, &stderr, args)
	code := Main(ctx, env)
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

func (p process) env(stdout, stderr io.Writer, args []string) Env {
	if p.stdout != nil {
		stdout = p.stdout
	}
	if p.stdin == nil {
		p.stdin = strings.NewReader("")
	}
	return Env{
		Args: args, In: p.stdin, Out: stdout, Err: stderr,
		Getenv: func(key string) string {
			if value, ok := p.vars[key]; ok {
				return value
			}
			switch key {
			case "CI", "NO_COLOR", "TERM", "COLUMNS": // of whoever runs the tests
				return ""
			}
			return os.Getenv(key)
		},
		Terminal: func(any) (int, bool) { return p.width, p.width > 0 },
		Dial:     p.dial,
		Notify:   func() (<-chan os.Signal, func()) { return p.signals, func() {} },
	}
}

// isolate hides the AWS configuration of the machine from the SDK.
func isolate(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KINESIS",
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "GOGC",
	} {
		t.Setenv(name, "")
	}
	missing := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", missing)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", missing)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

// serve starts a server with the streams, and makes it the endpoint of the commands.
func serve(t *testing.T, streams map[string]int) *kinesisserver.Server {
	t.Helper()
	isolate(t)
	server := kinesisserver.New(kinesisserver.Config{})
	t.Cleanup(func() { server.Close() })
	for name, shards := range streams {
		if err := server.CreateStream(name, shards); err != nil {
			t.Fatal(err)
		}
	}
	endpoint, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ENDPOINT_URL_KINESIS", endpoint)
	return server
}

// golden compares with a file in testdata, or rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test ./internal/cli -rewrite rewrites it)\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (r result) want(t *testing.T, code int, stdout, stderr string) {
	t.Helper()
	if r.code != code || r.stdout != stdout || r.stderr != stderr {
		t.Errorf("exit code %d, want %d\nstdout:\n%s\nwant:\n%s\nstderr:\n%s\nwant:\n%s", r.code, code, r.stdout, stdout, r.stderr, stderr)
	}
}
