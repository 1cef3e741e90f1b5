//go:build postgres

package postgres_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// The tests of this file's tag run against a PostgreSQL server of their own, from Debian's packages.
// make postgres runs them. What is missing is installed; a server that cannot be had is a failure.

const secret = "correct horse"

var server *database

func TestMain(m *testing.M) {
	os.Exit(runWithServer(m))
}

func runWithServer(m *testing.M) int {
	dir, err := os.MkdirTemp("", "penstock-postgres")
	if err == nil {
		defer os.RemoveAll(dir)
		server, err = newDatabase(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no PostgreSQL server:", err)
		return 1
	}
	defer server.stop("immediate")
	return m.Run()
}

// database is a server with a directory of its own.
type database struct {
	programs, data string
	user           []string // what runs a program as a user that the server accepts
	port           int
}

func newDatabase(dir string) (*database, error) {
	d := &database{data: filepath.Join(dir, "data")}
	if err := d.find(); err != nil {
		return nil, err
	}
	passwords := filepath.Join(dir, "password")
	if err := os.WriteFile(passwords, []byte(secret), 0o644); err != nil { //nolint:gosec // the server's user reads it
		return nil, err
	}
	if os.Geteuid() == 0 { // the server refuses to run as root
		d.user = []string{"runuser", "-u", "postgres", "--"}
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // as above
			return nil, err
		}
		if err := os.Mkdir(d.data, 0o700); err != nil {
			return nil, err
		}
		if err := run("chown", "postgres", d.data); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a free port
	if err != nil {
		return nil, err
	}
	d.port = listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return nil, err
	}
	if err := d.run("initdb", "-D", d.data, "-U", "postgres", "--auth=scram-sha-256", "--pwfile="+passwords, "--no-sync"); err != nil {
		return nil, err
	}
	return d, d.start()
}

// find looks for the programs of the server, and installs them if they are not there.
func (d *database) find() error {
	for attempt := range 2 {
		found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
		if err != nil {
			return err
		}
		if len(found) > 0 {
			d.programs = filepath.Dir(slices.Max(found))
			return nil
		}
		if attempt > 0 {
			break
		}
		if os.Geteuid() != 0 {
			return fmt.Errorf("not installed, and installing needs root: apt-get install postgresql")
		}
		if err := run("apt-get", "update", "-qq"); err != nil {
			return err
		}
		if err := run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql"); err != nil {
			return err
		}
	}
	return fmt.Errorf("the package postgresql has no initdb below /usr/lib/postgresql")
}

func (d *database) start() error {
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c fsync=off -c synchronous_commit=off", d.port, d.data)
	return d.run("pg_ctl", "-D", d.data, "-w", "-l", filepath.Join(d.data, "log"), "-o", options, "start")
}

func (d *database) stop(mode string) {
	if err := d.run("pg_ctl", "-D", d.data, "-m", mode, "-w", "stop"); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func (d *database) run(program string, args ...string) error {
	return run(slices.Concat(d.user, []string{filepath.Join(d.programs, program)}, args)...)
}

func run(args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // the programs are named here
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	output, err := os.CreateTemp("", "penstock-output") // not a pipe: the server inherits it, and stays
	if err != nil {
		return err
	}
	defer os.Remove(output.Name())
	defer output.Close()
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(output.Name())
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, text)
	}
	return nil
}

func (d *database) url() string {
	return fmt.Sprintf("postgresql://postgres@127.0.0.1:%d/postgres?sslmode=disable", d.port)
}

// sql runs statements and returns the rows of the last one that has some: values with " | " between.
func (d *database) sql(t testing.TB, text string) []string {
	t.Helper()
	config, err := pgconn.ParseConfig(d.url())
	if err != nil {
		t.Fatal(err)
	}
	config.Password = secret
	config.RuntimeParams["timezone"] = "UTC"
	c, err := pgconn.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	results, err := c.Exec(context.Background(), text).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	rows := []string{}
	for _, result := range results {
		for _, row := range result.Rows {
			values := make([]string, len(row))
			for i, value := range row {
				values[i] = string(value)
				if value == nil {
					values[i] = "NULL"
				}
			}
			rows = append(rows, strings.Join(values, " | "))
		}
	}
	return rows
}
