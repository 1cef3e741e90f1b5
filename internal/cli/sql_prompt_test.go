//go:build unix

package cli

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// typist is a user at a terminal that runs the shell.
type typist struct {
	t        *testing.T
	terminal *os.File
	cmd      *exec.Cmd
	history  string
	screen   chan []byte // what the process writes
	seen     bytes.Buffer
}

// sit starts the shell at a terminal of its own.
func sit(t *testing.T, args ...string) *typist {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	u := &typist{t: t, cmd: exec.Command(executable, args...), screen: make(chan []byte, 64)}
	u.history = filepath.Join(t.TempDir(), "state", "history")
	u.cmd.Env = append(os.Environ(), asProcess+"=1", "TERM=xterm", "NO_COLOR=1", "CI=", "PENSTOCK_HISTORY="+u.history)
	if u.terminal, err = pty.StartWithSize(u.cmd, &pty.Winsize{Rows: 40, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	go u.watch()
	t.Cleanup(func() {
		_ = u.cmd.Process.Kill() // most have ended
		_ = u.cmd.Wait()
		_ = u.terminal.Close()
	})
	return u
}

// watch reads the screen until the process has gone.
func (u *typist) watch() {
	defer close(u.screen)
	for {
		buffer := make([]byte, 4096)
		n, err := u.terminal.Read(buffer)
		if n > 0 {
			u.screen <- buffer[:n]
		}
		if err != nil {
			return
		}
	}
}

func (u *typist) types(keys string) {
	u.t.Helper()
	if _, err := io.WriteString(u.terminal, keys); err != nil {
		u.t.Fatal(err)
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[a-zA-Z]")

// sees waits until the text comes on the screen, and returns what came with and before it.
func (u *typist) sees(text string) string {
	u.t.Helper()
	deadline := time.After(time.Minute)
	for {
		plain := strings.ReplaceAll(escapes.ReplaceAllString(u.seen.String(), ""), "\r", "")
		if i := strings.Index(plain, text); i >= 0 {
			u.seen.Reset()
			u.seen.WriteString(plain[i+len(text):])
			return plain[:i+len(text)]
		}
		select {
		case b, ok := <-u.screen:
			if !ok {
				u.t.Fatalf("the shell has gone before %q came; on the screen:\n%s", text, plain)
			}
			u.seen.Write(b)
		case <-deadline:
			u.t.Fatalf("no %q; on the screen:\n%s", text, plain)
		}
	}
}

// leaves waits for the end of the process and returns its exit code.
func (u *typist) leaves() int {
	u.t.Helper()
	for b := range u.screen {
		u.seen.Write(b)
	}
	err := u.cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		u.t.Fatal(err)
	}
	return 0
}

func TestPromptRunsStatementsOfSeveralLines(t *testing.T) {
	u := sit(t, "sql", writeFile(t, "tables.sql", threeRows))
	u.sees("penstock> ")
	u.types("SELECT id\r")
	u.sees("       -> ")
	u.types("FROM three;\r")
	u.sees("id\n       1\n       2\n       3\n(3 rows in ")
	u.sees("penstock> ")
	u.types("SELECT nope FROM three;\r")
	u.sees("error: table \"three\" has no column \"nope\" at line 1, column 8\n")
	u.sees("penstock> ")
	u.types("\x04") // Ctrl-D
	if code := u.leaves(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	text, err := os.ReadFile(u.history)
	if err != nil || string(text) != "SELECT id FROM three;\nSELECT nope FROM three;\n" {
		t.Errorf("the history is %q: %v", text, err)
	}
	info, err := os.Stat(u.history)
	if err != nil || info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("the history has mode %v: %v", info.Mode(), err)
	}
}

func TestPromptCtrlCStopsTheQueryAndNotTheShell(t *testing.T) {
	u := sit(t, "sql", writeFile(t, "tables.sql", endless))
	u.sees("penstock> ")
	u.types("SELECT id, 'row' AS what FROM endless;\r")
	u.sees("  row\n")
	u.sees("Ctrl-C stops") // the live line
	u.types("\x03")
	u.sees(", stopped)\n")
	u.sees("penstock> ")
	u.types("SELECT 1 +") // Ctrl-C while typing forgets what was typed
	u.sees("SELECT 1 +")
	u.types("\x03")
	u.sees("penstock> ")
	u.types("SELECT 41 + 1 AS answer;\r")
	u.sees("      42\n")
	u.types("exit\r")
	if code := u.leaves(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestPromptCtrlCForgetsLinesBefore(t *testing.T) {
	u := sit(t, "sql")
	u.sees("penstock> ")
	u.types("SELECT 'lost',\r")
	u.sees("       -> ")
	u.types("more\x03")
	u.sees("penstock> ")
	u.types("SELECT 'kept' AS what;\r")
	if screen := u.sees("(1 row in "); !strings.Contains(screen, "what\nkept\n") {
		t.Errorf("got %s", screen)
	}
	u.types("\\q\r")
	u.leaves()
}

func TestPromptCompletesWords(t *testing.T) {
	u := sit(t, "sql", writeFile(t, "tables.sql", "CREATE TABLE measurements (humidity_in INT, humidity_out INT) WITH ('connector' = 'blackhole');"))
	u.sees("penstock> ")
	u.types("desc\t mea\t")
	u.sees("measurements ")
	u.types(";\r")
	u.sees("humidity_in   INT")
	u.sees("penstock> ")
	u.types("SELECT hum FROM measurements;\x1b[H") // back to the start, then behind "hum"
	u.types(strings.Repeat("\x1b[C", len("SELECT hum")) + "\t")
	u.types("\t\t")
	u.sees("humidity_in   humidity_out")
	u.types("\x03")
	u.sees("penstock> ")
	u.types("SET 'table.local\tUTC\t")
	u.sees("SET 'table.local-time-zone'")
	u.types("\x03\x04")
	u.leaves()
}

func TestPromptRecallsTheHistory(t *testing.T) {
	u := sit(t, "sql")
	u.sees("penstock> ")
	u.types("SELECT 1 AS one, -- a comment\r  2 AS two;\r")
	u.sees("(1 row in ")
	u.sees("penstock> ")
	u.types("\x1b[A") // up
	u.sees("SELECT 1 AS one, 2 AS two;")
	u.types("\r")
	u.sees("(1 row in ")
	u.types("\\quit\r")
	u.leaves()
}

func TestPromptRunsInsertsInTheBackground(t *testing.T) {
	u := sit(t, "sql", writeFile(t, "tables.sql", endless+threeRows+"CREATE TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole');"))
	u.sees("penstock> ")
	u.types("INSERT INTO nowhere SELECT id FROM three;\r")
	u.sees("job 1, INSERT INTO nowhere: (3 rows in ")
	u.sees("penstock> ")
	u.types("INSERT INTO nowhere SELECT id FROM endless;\r")
	u.sees("job 2 runs in the background")
	u.sees("penstock> ")
	u.types("\\jobs\r")
	u.sees("INSERT INTO nowhere  finished")
	u.sees("INSERT INTO nowhere  running")
	u.sees("penstock> ")
	u.types("STOP JOB '2';\r")
	u.sees("job 2, INSERT INTO nowhere: stopped")
	u.types("INSERT INTO nowhere SELECT id FROM endless;\r")
	u.sees("job 3 runs in the background")
	u.sees("penstock> ")
	u.types("\x04")
	u.sees("1 running job: what was read is being written")
	u.sees("job 3, INSERT INTO nowhere: (")
	if code := u.leaves(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestPromptPrintsAboveTheLineThatIsEdited(t *testing.T) {
	u := sit(t, "sql", writeFile(t, "tables.sql", `CREATE TABLE slow (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '2', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000');
CREATE TABLE printed (id BIGINT) WITH ('connector' = 'print');`))
	u.sees("penstock> ")
	u.types("INSERT INTO printed SELECT id FROM slow;\r")
	u.sees("job 1 runs in the background")
	u.types("SELECT 'typed")
	u.sees("SELECT 'typed")
	for range 2 { // a row comes, and the line is there again
		u.sees("[")
		u.sees("penstock> SELECT 'typed")
	}
	u.types("\x03\x04")
	u.sees("running job")
	u.leaves()
}

func TestPromptHasCommandsOfItsOwn(t *testing.T) {
	script := writeFile(t, "one.sql", "CREATE VIEW one AS SELECT 1 AS n; SELECT n FROM one;")
	u := sit(t, "sql")
	u.sees("penstock> ")
	u.types("\\help\r")
	u.sees("\\output table|json|csv")
	u.types("\\i " + script + "\r")
	u.sees("       1\n")
	u.types("\\d\r")
	u.sees("table name\none\n")
	u.types("\\d one\r")
	u.sees("n     INT   FALSE")
	u.types("\\o csv\r")
	u.types("SELECT n, n FROM one;\r")
	u.sees("n,n\n1,1\n")
	u.types("\\df upp%\r")
	u.sees("UPPER,scalar,UPPER(text)")
	u.types("\\nothing\r")
	u.sees("error: there is no command \\nothing\n")
	u.types("\\q\r")
	u.leaves()
}
