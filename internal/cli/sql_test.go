package cli

import (
	"bytes"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

const threeTable = "      id\n       1\n       2\n       3\n"

func TestSQLCommandsRunOneAfterTheOther(t *testing.T) {
	tables := writeFile(t, "tables.sql", threeRows)
	run(t, "sql", tables, "-c", "SELECT id FROM three; SHOW TABLES;", "-c", "SELECT id FROM three WHERE id > 2").
		want(t, 0, threeTable+"\ntable name\nthree\n\n      id\n       3\n", "")
	r := run(t, "sql", "-f", tables, "-c", "SELECT id FROM three", "-o", "json")
	if r.code != 0 || r.stdout != "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n" || !strings.HasPrefix(r.stderr, `{"type":"summary","state":"finished",`) {
		t.Errorf("got %+v", r)
	}
}

func TestSQLOutputs(t *testing.T) {
	const query = `SELECT 1 AS a, 'x,"y"' AS b, CAST(NULL AS STRING) AS c`
	run(t, "sql", "-c", query).want(t, 0, "       a  b      c\n       1  x,\"y\"  NULL\n", "")
	run(t, "sql", "-o", "text", "-c", query).want(t, 0, "       a  b      c\n       1  x,\"y\"  NULL\n", "")
	run(t, "sql", "-o", "csv", "-c", query).want(t, 0, "a,b,c\n1,\"x,\"\"y\"\"\",\n", "")
	run(t, "sql", "-o", "csv", "-c", threeRows+"DESCRIBE three; SHOW CREATE TABLE three").want(t, 0,
		"name,type,null,key,extras,watermark,comment\nid,INT,TRUE,,,,\n\ncreate table\n\"CREATE TABLE three (\n  id INT\n)\nWITH (\n"+
			"  'connector' = 'datagen',\n  'number-of-rows' = '3',\n  'fields.id.kind' = 'sequence',\n  'fields.id.start' = '1',\n  'fields.id.end' = '3'\n)\"\n", "")
	run(t, "sql", "-o", "csv", "-c", "SELECT id FROM three WHERE id > 5", "-c", "SELECT 1 AS a", "-c", "SELECT 2 AS a").
		want(t, 3, "", "error: there is no table \"three\" at line 1, column 16\n  SELECT id FROM three WHERE id > 5\n                 ~~~~~\n  hint: create it with CREATE TABLE before this statement\n")
	run(t, "sql", "-o", "csv", "-c", threeRows+"SELECT id FROM three WHERE id > 5", "-c", "SELECT 1 AS a", "-c", "SELECT 2 AS a").
		want(t, 0, "id\n\na\n1\n\na\n2\n", "")
	run(t, "sql", "-o", "xml", "-c", query).want(t, 2, "",
		"error: output format \"xml\" is not one of table, json, csv\n  hint: penstock sql --help shows how it is used\n")
}

func TestSQLStopsAtTheFirstError(t *testing.T) {
	run(t, "sql", "-c", "SELECT 1 AS a; SELECT b; SELECT 2 AS c").want(t, 3, "       a\n       1\n",
		"error: column \"b\": there is no table to take it from at line 1, column 23\n  SELECT 1 AS a; SELECT b; SELECT 2 AS c\n                        ~\n")
	run(t, "sql", "-c", "SELECT 1 AS a; SELEC b").want(t, 3, "",
		"error: expected a statement, found \"SELEC\" at line 1, column 16\n  SELECT 1 AS a; SELEC b\n                 ~~~~~\n  hint: did you mean \"SELECT\"?\n")
	r := run(t, "sql", "-f", "nowhere.sql")
	if r.code != 5 {
		t.Errorf("got %+v", r)
	}
}

func TestSQLReadsStatementsFromStandardInputAsTheyCome(t *testing.T) {
	in, typed := io.Pipe()
	out := &firstLine{seen: make(chan struct{})}
	done := make(chan result, 1)
	go func() {
		p := process{stdin: in, stdout: out}
		done <- p.run(t.Context(), "sql")
	}()
	_, _ = io.WriteString(typed, "SELECT 1\n  AS a;\n")
	<-out.seen // the second statement is typed only now
	_, _ = io.WriteString(typed, "-- nothing\nSELECT nope;")
	_ = typed.Close()
	r := <-done
	want := "error: <stdin>: column \"nope\": there is no table to take it from at line 4, column 8\n  SELECT nope;\n         ~~~~\n"
	if got := out.String(); r.code != 3 || got != "       a\n       1\n" || r.stderr != want {
		t.Errorf("got %q, %+v", got, r)
	}
}

// firstLine tells when something was written.
type firstLine struct {
	bytes.Buffer

	seen chan struct{}
}

func (w *firstLine) Write(p []byte) (int, error) {
	if w.Len() == 0 {
		defer close(w.seen)
	}
	return w.Buffer.Write(p)
}

func TestSQLRunsNothingBehindAStatementThatASignalEnds(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGINT
	r := process{signals: signals}.run(t.Context(), "sql", "-c", endless+"SELECT id FROM endless; SELECT 1 AS one")
	if r.code != 130 || strings.Contains(r.stdout, "one") || !strings.Contains(r.stderr, "error: stopped: the statements behind were not run\n") {
		t.Errorf("got %+v", r)
	}
}

func TestColumnsOfWords(t *testing.T) {
	if got, want := columns([]string{"a", "bbbb", "cc"}, 13), "a     bbbb\ncc\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := commonPrefix([]string{"table", "TABLES", "tab"}), "tab"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHistoryKeepsStatementsOnOneLine(t *testing.T) {
	path := writeFile(t, "history", strings.Repeat("SELECT 1;\n", maxHistory+5))
	getenv := func(name string) string { return map[string]string{"PENSTOCK_HISTORY": path}[name] }
	h, err := openHistory(getenv)
	if err != nil || h.Len() != maxHistory {
		t.Fatalf("%d entries: %v", h.Len(), err)
	}
	for _, text := range []string{"SELECT a, -- first\n  b\nFROM t;", "SELECT a, b FROM t;", " SELECT 'secret';", "SELECT 'two\nlines';", `\d t`} {
		h.remember(text)
	}
	h, err = openHistory(getenv)
	if err != nil || h.At(0) != `\d t` || h.At(1) != "SELECT a, b FROM t;" || h.At(2) != "SELECT 1;" {
		t.Errorf("got %q, %q, %q: %v", h.At(0), h.At(1), h.At(2), err)
	}
	nowhere, err := openHistory(func(string) string { return "" })
	if nowhere.remember("SELECT 1;"); err != nil || nowhere.Len() != 1 {
		t.Errorf("%d entries: %v", nowhere.Len(), err)
	}
}
