package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/penstock-io/penstock/internal/option"
)

// javaParameters are the parameters of Java's URLs under the names of libpq; empty: they are about
// Java only.
var javaParameters = map[string]string{
	"currentSchema": "search_path", "ApplicationName": "application_name", "connectTimeout": "connect_timeout", "loginTimeout": "connect_timeout",
	"reWriteBatchedInserts": "", "stringtype": "", "prepareThreshold": "", "tcpKeepAlive": "", "socketTimeout": "", "autosave": "",
}

// parseURL returns what a URL says about connections.
func parseURL(text string) (*pgconn.Config, error) {
	text, java := strings.CutPrefix(text, "jdbc:")
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("not a URL")
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("it does not begin with postgresql://, postgres:// or jdbc:postgresql://")
	}
	if java {
		u.RawQuery = libpqParameters(u.Query()).Encode()
	}
	config, err := pgconn.ParseConfig(u.String())
	if err != nil {
		return nil, parseFault(err)
	}
	return config, nil
}

func libpqParameters(given url.Values) url.Values {
	out := url.Values{}
	for key, values := range given {
		name, known := javaParameters[key]
		switch {
		case key == "ssl":
			if given.Get("sslmode") == "" && given.Get("ssl") != "false" {
				out.Set("sslmode", "verify-full")
			}
		case !known:
			out[key] = values
		case name != "":
			out[name] = values
		}
	}
	return out
}

// parseFault returns what is wrong with a URL, without the URL.
func parseFault(err error) error {
	if fault, ok := errors.AsType[*pgconn.ParseConfigError](err); ok {
		if cause := fault.Unwrap(); cause != nil {
			return fmt.Errorf("not the URL of a database: %w", cause)
		}
	}
	return errors.New("not the URL of a database")
}

// newConfig returns how to connect for a table. name tells the sessions of the sink from others.
func newConfig(v *option.Values, name string) (*pgconn.Config, error) {
	config, err := parseURL(v.String(optionURL))
	if err != nil {
		return nil, err
	}
	if user := v.String(optionUsername); user != "" {
		config.User = user
	}
	if password := v.String(optionPassword); password != "" {
		config.Password = password
	}
	if timeout := v.Duration(optionTimeout); config.ConnectTimeout == 0 {
		config.ConnectTimeout = timeout
	}
	config.RuntimeParams["application_name"] = name
	config.RuntimeParams["timezone"] = "UTC" // that of the texts that are sent
	config.RuntimeParams["datestyle"] = "ISO"
	config.RuntimeParams["client_encoding"] = "UTF8"
	return config, nil
}

// place names a database in messages.
func place(config *pgconn.Config) string {
	return fmt.Sprintf("%s:%d/%s", config.Host, config.Port, config.Database)
}

// session is a connection.
type session struct{ *pgconn.PgConn }

func connect(ctx context.Context, config *pgconn.Config) (*session, error) {
	c, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return &session{c}, nil
}

// exec runs statements that return no rows.
func (s *session) exec(ctx context.Context, sql string) error { return s.Exec(ctx, sql).Close() }

// query runs a statement with texts for its parameters and returns the rows as texts; NULL is empty.
func (s *session) query(ctx context.Context, sql string, parameters ...string) ([][]string, error) {
	values := make([][]byte, len(parameters))
	for i, text := range parameters {
		values[i] = []byte(text)
	}
	result := s.ExecParams(ctx, sql, values, nil, nil, nil).Read()
	rows := make([][]string, len(result.Rows))
	for i, row := range result.Rows {
		for _, value := range row {
			rows[i] = append(rows[i], string(value))
		}
	}
	return rows, result.Err
}

// durable makes the transaction wait for the disk when it is committed.
const durable = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"

// transaction runs f in a transaction that is durable once it is committed.
func (s *session) transaction(ctx context.Context, f func() error) error {
	if err := s.exec(ctx, "BEGIN; "+durable); err != nil {
		return err
	}
	if err := f(); err != nil {
		if rollback := s.exec(context.WithoutCancel(ctx), "ROLLBACK"); rollback != nil {
			s.drop()
		}
		return err
	}
	return s.exec(ctx, "COMMIT")
}

// goodbye is how long to wait for the server when a connection is closed.
const goodbye = 5 * time.Second

// drop closes the connection. What it was doing is undone by the server.
func (s *session) drop() {
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	_ = s.Close(ctx) // nothing depends on it any more
}

// quote returns a name as it stands in SQL.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// literal returns a text as it stands in SQL.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
