package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
)

const (
	threeRows = `CREATE TABLE three (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '3',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '3');
`
	endless = `CREATE TABLE endless (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');
`
	flightsDir = "../../examples/flights/"
)

func TestRunPrintsRowsOfSelect(t *testing.T) {
	tables := writeFile(t, "tables.sql", threeRows)
	want := "      id     twice\n       1         2\n       2         4\n       3         6\n"
	run(t, "run", tables, "-e", "SELECT id, id * 2 AS twice FROM three").want(t, 0, want, "")
	p := process{stdin: strings.NewReader("SELECT id, id * 2 AS twice FROM three")}
	p.run(t.Context(), "run", tables, "-").want(t, 0, want, "")
}

func TestRunAsJSON(t *testing.T) {
	r := run(t, "run", "-o", "json", "-e", threeRows+"SELECT id FROM three WHERE id > 1")
	if r.code != 0 || r.stdout != "{\"id\":2}\n{\"id\":3}\n" {
		t.Errorf("got %+v", r)
	}
	if !strings.HasPrefix(r.stderr, `{"type":"summary","state":"finished",`) || !strings.Contains(r.stderr, `"records_in":3,"rows_out":2,`) {
		t.Errorf("got summary %s", r.stderr)
	}
}

func TestRunPrintsResults(t *testing.T) {
	script := threeRows + "SHOW TABLES; EXPLAIN SELECT id FROM three; DESCRIBE three;"
	plan := "show\n └─ scan three [id]\n"
	columns := "name  type  null  key   extras  watermark  comment\nid    INT   TRUE  NULL  NULL    NULL       NULL\n"
	run(t, "run", "-e", script).want(t, 0, "table name\nthree\n\n"+plan+"\n"+columns, "")
	run(t, "run", "-e", script+"SELECT id FROM three WHERE id = 2").want(t, 0, "table name\nthree\n\n"+plan+"\n"+columns+"\n      id\n       2\n", "")
	r := run(t, "run", "-o", "json", "-e", script)
	if want := `{"table name":"three"}` + "\n" + `{"plan":"show\n └─ scan three [id]"}` + "\n" + `{"name":"id","type":"INT",`; !strings.HasPrefix(r.stdout, want) || r.code != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestRunPrintsRowsInTheZoneOfTheScript(t *testing.T) {
	for zone, want := range map[string]string{"UTC": "1970-01-01 00:00:00.000", "America/New_York": "1969-12-31 19:00:00.000"} {
		r := run(t, "run", "--set", "table.local-time-zone=Asia/Tokyo", "-e",
			"SET 'table.local-time-zone' = '"+zone+"'; SELECT TO_TIMESTAMP_LTZ(CAST(0 AS BIGINT), 3) AS t")
		r.want(t, 0, "t\n"+want+"\n", "")
	}
}

func TestValidateKnowsWhatConnectorsCanDo(t *testing.T) {
	const tables = "CREATE TABLE nowhere (id INT) WITH ('connector' = 'blackhole');\n"
	r := run(t, "validate", "-e", threeRows+tables+"INSERT INTO nowhere SELECT id FROM three; SELECT id FROM nowhere; SELECT id + 1 FROM nowhere; INSERT INTO three SELECT 1;")
	want := "error: table \"nowhere\" cannot be read: connector \"blackhole\" only writes at line 3, column 14\n" +
		"  CREATE TABLE nowhere (id INT) WITH ('connector' = 'blackhole');\n               ~~~~~~~\n" +
		"error: table \"three\" cannot be written: connector \"datagen\" only reads at line 1, column 14\n" +
		"  CREATE TABLE three (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '3',\n               ~~~~~\n"
	r.want(t, 3, "", want)
}

func TestRunDrainsAtTheFirstSignal(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGTERM
	r := process{signals: signals}.run(t.Context(), "run", "-e", endless+"SELECT id FROM endless")
	if r.code != 0 || !strings.Contains(r.stderr, "\ndrained after ") {
		t.Errorf("got %+v", r)
	}
}

func TestRunReportsEveryErrorWithItsPlace(t *testing.T) {
	script := writeFile(t, "job.sql", endless+"SELECT nope FROM endless;\nSELECT id FROM endles;\n")
	for _, command := range []string{"run", "validate", "explain"} {
		r := run(t, command, script)
		golden(t, "script_errors.txt", strings.ReplaceAll(r.stderr, script, "job.sql"))
		if r.code != 3 || r.stdout != "" {
			t.Errorf("%s: exit code %d, stdout %q", command, r.code, r.stdout)
		}
	}
	r := run(t, "validate", "-o", "json", script)
	golden(t, "script_errors.json", strings.ReplaceAll(r.stdout, script, "job.sql"))
	if r.code != 3 || r.stderr != "" {
		t.Errorf("validate as JSON: exit code %d, stderr %q", r.code, r.stderr)
	}
}

func TestScriptsThatCannotRun(t *testing.T) {
	run(t, "run", "-e", threeRows).want(t, 3, "",
		"error: there is nothing to run: no INSERT and no SELECT\n  hint: end the script with INSERT INTO ... SELECT ..., or add one with -e\n")
	run(t, "run", flightsDir+"delay.sql").want(t, 5, "",
		"error: cannot read \"../../examples/flights/delay.sql\": no such file or directory\n  hint: did you mean \"../../examples/flights/delays.sql\"?\n")
	run(t, "run", flightsDir).want(t, 5, "", "error: cannot read \"../../examples/flights/\": is a directory\n")
	r := run(t, "run", "--set", "table.local-time-zoen=UTC", "-e", "SELECT 1")
	if r.code != 3 || !strings.Contains(r.stderr, `hint: did you mean "table.local-time-zone"?`) {
		t.Errorf("got %+v", r)
	}
}

func TestRunOnAStreamThatDoesNotExist(t *testing.T) {
	serve(t, nil)
	r := run(t, "run", flightsDir+"delays.sql")
	if r.code != 5 || !strings.Contains(r.stderr, `stream "delays" does not exist`) || strings.Contains(r.stderr, "failed after") {
		t.Errorf("got %+v", r)
	}
}

func TestValidateAndExplain(t *testing.T) {
	run(t, "validate", flightsDir+"delays.sql").want(t, 0, "ok: 1 statement\n", "")
	run(t, "validate", "-o", "json", flightsDir+"delays.sql").want(t, 0, "{\"ok\":true,\"statements\":1,\"errors\":[]}\n", "")
	r := run(t, "explain", flightsDir+"delays.sql")
	if r.code != 0 || !strings.Contains(r.stdout, "scan flights [flight_time, origin, delay_minutes]\n") || r.stderr != "" {
		t.Errorf("got %+v", r)
	}
	r = run(t, "explain", "-o", "json", flightsDir+"delays.sql")
	if r.code != 0 || !strings.HasPrefix(r.stdout, `{"statements":1,"plan":"`) {
		t.Errorf("got %+v", r)
	}
	run(t, "explain", "-e", threeRows).want(t, 0, "", "nothing to explain: the script has no INSERT and no SELECT\n")
}

// TestFlightsExample runs the example of the README from end to end.
func TestFlightsExample(t *testing.T) {
	serve(t, map[string]int{"flights": 4, "delays": 1})
	put := run(t, "put", "flights", "--file", filepath.Join(flightsDir, "flights.ndjson.gz"), "--partition-key-field", "origin")
	if put.code != 0 {
		t.Fatalf("put: %+v", put)
	}
	r := run(t, "run", flightsDir+"delays.sql", "--idle-exit", "200ms", "--status-interval", "0")
	if r.code != 0 || !strings.Contains(r.stderr, ": 20,000 records in (") || !strings.Contains(r.stderr, ", 4,561 rows out (") {
		t.Errorf("run: %+v", r)
	}
	rows := run(t, "tail", "delays", "--from", "trim-horizon", "--idle-exit", "1ms").stdout
	if got := strings.Count(rows, "\n"); got != 4561 {
		t.Errorf("%d rows, want 4561", got)
	}
	if want := `{"window_start":"2001-02-24 00:00:00","origin":"DFW","flights":15,"avg_delay":90.53333333333333,"max_delay":170}`; !strings.Contains(rows, want+"\n") {
		t.Errorf("no row %s", want)
	}
}

func TestCollectorIsLeftAloneWhereTheUserChose(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	tuneCollector(func(string) string { return "50" })
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("GOGC is set, but the percentage became %d", got)
	}
	tuneCollector(func(string) string { return "" })
	if got := debug.SetGCPercent(100); got != 400 {
		t.Errorf("the percentage became %d, want 400", got)
	}
}

// The credentials provider SYS_PROP takes what -D gives.
func TestRunHandsPropertiesToTheCredentialsProvider(t *testing.T) {
	server := serve(t, map[string]int{"orders": 1})
	var mu sync.Mutex
	signers := map[string]bool{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		key, _, _ := strings.Cut(credential, "/")
		mu.Lock()
		signers[key+" "+r.Header.Get("X-Amz-Security-Token")] = true
		mu.Unlock()
		server.Handler().ServeHTTP(w, r)
	}))
	defer proxy.Close()
	script := writeFile(t, "job.sql", `CREATE TABLE orders (id INT) WITH ('connector' = 'kinesis', 'stream' = 'orders', 'format' = 'json',
  'aws.endpoint' = '`+proxy.URL+`', 'scan.bounded.mode' = 'latest', 'aws.credentials.provider' = 'SYS_PROP');
SELECT id FROM orders;`)
	r := run(t, "run", script, "-Daws.accessKeyId=AKIDMINE", "-D", "aws.secretAccessKey=hush", "--property", "aws.sessionToken=token")
	if r.code != 0 || len(signers) != 1 || !signers["AKIDMINE token"] {
		t.Errorf("exit code %d, signed by %v\n%s", r.code, signers, r.stderr)
	}
	run(t, "run", script).want(t, 7, "", "error: no AWS credentials found: the properties aws.accessKeyId and aws.secretAccessKey are not set\n"+
		"  hint: give them with -D aws.accessKeyId=... -D aws.secretAccessKey=...\n")
}
