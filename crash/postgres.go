package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// database is the connector postgres, with a server of its own.
type database struct {
	programs string // directory of the server's programs
	data     string
	user     []string // what runs a program as a user that the server accepts
	port     int
}

func (*database) name() string { return "postgres" }

func (d *database) url() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", d.port)
}

// start installs the server if need be, and starts one.
func (d *database) start(ctx context.Context, dir string) error {
	if err := d.find(ctx); err != nil {
		return err
	}
	d.data = filepath.Join(dir, "data")
	if os.Geteuid() == 0 { // the server refuses to run as root
		d.user = []string{"runuser", "-u", "postgres", "--"}
		if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { //nolint:gosec // its user has to reach the data
			return err
		}
		if err := os.Mkdir(d.data, 0o700); err != nil {
			return err
		}
		if err := command(ctx, "", nil, "chown", "postgres", d.data); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a free port
	if err != nil {
		return err
	}
	d.port = listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return err
	}
	if err := d.server(ctx, "initdb", "-D", d.data, "-U", "postgres", "--auth=trust"); err != nil {
		return err
	}
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s", d.port, d.data)
	if err := d.server(ctx, "pg_ctl", "-D", d.data, "-w", "-l", filepath.Join(d.data, "log"), "-o", options, "start"); err != nil {
		return err
	}
	connection, err := pgx.Connect(ctx, d.url())
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close(ctx) }()
	_, err = connection.Exec(ctx, `CREATE TABLE copies (id bigint, k text);
		CREATE TABLE sums (k text, ws timestamp(3), n bigint, total bigint, PRIMARY KEY (k, ws));`)
	return err
}

// find looks for the server's programs, and installs them if they are not there.
func (d *database) find(ctx context.Context) error {
	for _, install := range []bool{false, true} {
		if install {
			if os.Geteuid() != 0 {
				return fmt.Errorf("there is no PostgreSQL server, and installing it needs root: apt-get install postgresql")
			}
			env := append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
			for _, args := range [][]string{{"apt-get", "update", "-qq"}, {"apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql"}} {
				if err := command(ctx, "/", env, args...); err != nil {
					return err
				}
			}
		}
		if path, err := exec.LookPath("initdb"); err == nil {
			d.programs = filepath.Dir(path)
			return nil
		}
		if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); err == nil && len(found) > 0 {
			d.programs = filepath.Dir(found[len(found)-1])
			return nil
		}
	}
	return fmt.Errorf("the package postgresql has no initdb below /usr/lib/postgresql")
}

func (d *database) server(ctx context.Context, program string, args ...string) error {
	return command(ctx, d.data, os.Environ(), slices.Concat(d.user, []string{filepath.Join(d.programs, program)}, args)...)
}

func (d *database) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	if err := d.server(ctx, "pg_ctl", "-D", d.data, "-m", "immediate", "stop"); err != nil {
		fmt.Fprintln(os.Stderr, "crash: the database server does not stop:", err)
	}
}

func (d *database) tables() string {
	with := fmt.Sprintf(" WITH ('connector' = 'postgres', 'url' = '%s');", d.url())
	return `CREATE TABLE copies (id BIGINT, k STRING)` + with +
		`CREATE TABLE sums (k STRING, ws TIMESTAMP(3), n BIGINT, total BIGINT, PRIMARY KEY (k, ws) NOT ENFORCED)` + with
}

func (d *database) rows(ctx context.Context) (copies, sums []string, err error) {
	connection, err := pgx.Connect(ctx, d.url())
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = connection.Close(ctx) }()
	for query, into := range map[string]*[]string{
		"SELECT id || ' ' || k FROM copies": &copies,
		"SELECT k || ' ' || to_char(ws, 'YYYY-MM-DD HH24:MI:SS') || ' ' || n || ' ' || total FROM sums": &sums,
	} {
		found, err := connection.Query(ctx, query)
		if err != nil {
			return nil, nil, err
		}
		if *into, err = pgx.CollectRows(found, pgx.RowTo[string]); err != nil {
			return nil, nil, err
		}
	}
	var left []string
	found, err := connection.Query(ctx, "SELECT relname::text FROM pg_class WHERE relname LIKE 'penstock%'")
	if err == nil {
		left, err = pgx.CollectRows(found, pgx.RowTo[string])
	}
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("left behind: %s", strings.Join(left, ", "))
	}
	return copies, sums, err
}
