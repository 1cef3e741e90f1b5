package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/penstock-io/penstock/internal/diag"
)

// state is what an SQLSTATE means: what kind of error it is, whether it may pass by itself, and what
// to do about it.
type state struct {
	code   string // or the two characters of its class
	kind   diag.Kind
	passes bool
	hint   string
}

// states are the SQLSTATEs of PostgreSQL. A code counts before its class; what is not here is a refusal
// of what was sent.
var states = []state{
	{"08", diag.Unreachable, true, ""},
	{"22", diag.BadData, false, "change what is written, or the column"},
	{"22001", diag.BadData, false, "write a shorter text, or make the column wider"},
	{"22003", diag.BadData, false, "write a smaller number, or make the column wider"},
	{"22P02", diag.BadData, false, "the type of the column does not take such a text"},
	{"23", diag.BadData, false, "change what is written, or the constraint"},
	{"23502", diag.BadData, false, "write a value, or drop NOT NULL of the column"},
	{"23503", diag.BadData, false, "write the row that it refers to first, or drop the foreign key"},
	{"23505", diag.BadData, false, "declare the PRIMARY KEY, so that a row takes the place of the one that is there, or drop the constraint"},
	{"23514", diag.BadData, false, "change what is written, or the check"},
	{"25006", diag.Denied, false, "the server is a standby: add target_session_attrs=read-write and all hosts to the URL"},
	{"28", diag.Denied, false, "look at 'username' and 'password', and at pg_hba.conf of the server"},
	{"3D000", diag.NotFound, false, "create the database, or name another one in the URL"},
	{"3F000", diag.NotFound, false, "create the schema, or name another one"},
	{"40", diag.Unreachable, true, ""},
	{"42", diag.Semantic, false, "the table in the database was changed while the job ran: start it again"},
	{"42501", diag.Denied, false, "GRANT the user INSERT, UPDATE, DELETE and SELECT on the table, and CREATE on the schema of the staging table; see '" + optionStaging + "'"},
	{"42P01", diag.NotFound, false, "create the table, or set '" + optionCreate + "' = 'true'"},
	{"53", diag.Unreachable, true, ""},
	{"53100", diag.Exhausted, false, "the disk of the server is full"},
	{"53300", diag.Throttled, true, "raise max_connections of the server, or lower 'parallelism.default': each task has a connection"},
	{"55P03", diag.Unreachable, true, ""},
	{"57", diag.Unreachable, true, ""},
	{"57014", diag.Exhausted, false, "statement_timeout of the user or the database is too short"},
	{"58", diag.Unreachable, true, ""},
	{"XX", diag.Internal, false, "see the log of the server"},
}

// stateOf returns what an SQLSTATE means.
func stateOf(code string) state {
	best := state{kind: diag.Semantic}
	for _, s := range states {
		if strings.HasPrefix(code, s.code) && len(s.code) > len(best.code) {
			best = s
		}
	}
	return best
}

// passes reports whether an error may not come again.
func passes(err error) bool {
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok {
		return stateOf(refusal.Code).passes
	}
	return !isTLS(err) && !isExplained(err)
}

func isExplained(err error) bool {
	_, ok := errors.AsType[*diag.Error](err)
	return ok
}

// isTLS reports whether the two sides do not trust each other.
func isTLS(err error) bool {
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	return authority || host || invalid || verification || strings.Contains(err.Error(), "server refused TLS connection")
}

// explain says what the database did not do: verb and what it is about.
func explain(verb, what string, err error) error {
	if err == nil || isExplained(err) {
		return err
	}
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok {
		return explainRefusal(verb, what, refusal)
	}
	text, cause := reason(err)
	e := diag.Errorf(diag.Unreachable, diag.Span{}, "%s %s: %s", verb, what, text)
	e.Err = cause // not the whole: it names every address that was tried, one below the other
	switch {
	case isTLS(err):
		e.Kind = diag.Denied
		e.Hint = "see sslmode and sslrootcert of the URL: 'sslmode=verify-full&sslrootcert=ca.pem' trusts a certificate of your own, 'sslmode=disable' does without TLS"
	case errors.Is(err, context.DeadlineExceeded), strings.Contains(err.Error(), "connection refused"):
		e.Hint = "is the server there, and does it listen on this address?"
	}
	return e
}

func explainRefusal(verb, what string, refusal *pgconn.PgError) error {
	s := stateOf(refusal.Code)
	text := refusal.Message
	if refusal.Detail != "" {
		text += ": " + strings.TrimSuffix(refusal.Detail, ".")
	}
	if column := columnOf(refusal); column != "" && !strings.Contains(text, `"`+column+`"`) {
		text += " (column " + quote(column) + ")"
	}
	e := diag.Errorf(s.kind, diag.Span{}, "%s %s: %s", verb, what, text)
	e.Hint, e.Err = s.hint, refusal
	return e
}

// columnOf returns the column that a refusal is about; empty if it does not say. COPY says it as in
// "COPY t, line 3, column n: ...".
func columnOf(refusal *pgconn.PgError) string {
	if refusal.ColumnName != "" {
		return refusal.ColumnName
	}
	_, rest, ok := strings.Cut(refusal.Where, ", column ")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, ":")
	return name
}

// reason returns the innermost cause of a failed connection, which says most in fewest words.
func reason(err error) (text string, cause error) {
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped", context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return "it has not answered in time", context.DeadlineExceeded
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed", io.ErrUnexpectedEOF
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e.Err, e
	}
	if e, ok := errors.AsType[*os.SyscallError](err); ok {
		return e.Err.Error(), e.Err
	}
	for cause := err; cause != nil; {
		err = cause
		if joined, ok := cause.(interface{ Unwrap() []error }); ok {
			cause = joined.Unwrap()[0]
		} else {
			cause = errors.Unwrap(cause)
		}
	}
	return err.Error(), err
}
