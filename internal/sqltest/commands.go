package sqltest

import (
	"context"
	"net"
	"testing"
	"testing/synctest"

	"github.com/cockroachdb/datadriven"
)

// Session runs single commands of the golden format, for tests that find them somewhere else than in
// a case of testdata/sql.
type Session struct{ r *runner }

// RunSession calls f with a new session in the world of a case: its own server in memory, its own
// engine, fake time. Commands run as they do under Plain.
func RunSession(t *testing.T, f func(t *testing.T, s *Session)) {
	synctest.Test(t, func(t *testing.T) {
		s := &Session{r: newRunner(Plain)}
		defer s.r.close()
		f(t, s)
	})
}

// Command runs one command, a name and its arguments as they stand in a case, and returns what it
// prints. A line that is no command fails t.
func (s *Session) Command(t *testing.T, line, input string) string {
	t.Helper()
	name, args, err := datadriven.ParseLine(line)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return s.r.command(t, &datadriven.TestData{Pos: line, Cmd: name, CmdArgs: args, Input: input})
}

// Check prepares a script in the session without running its INSERT and SELECT statements. It
// returns its errors as a user sees them; "" if there are none.
func (s *Session) Check(text string) string {
	if _, err := s.r.prepare(text); err != nil {
		return rendered(err)
	}
	return ""
}

// Dial opens a connection to the session's Kinesis server, whose address is in the environment
// variables of the AWS SDK.
func (s *Session) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return s.r.client.transport.DialContext(ctx, network, address)
}
