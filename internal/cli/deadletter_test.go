package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/kinesisserver"
)

// someLetters runs a job over records of which three are bad and returns the file of its dead letters.
func someLetters(t *testing.T) string {
	t.Helper()
	put := process{stdin: strings.NewReader("{\"id\":1}\n{\"id\":\n{\"id\":\"x\"}\nnot JSON\n{\"id\":2}\n")}.run(t.Context(), "put", "orders", "--partition-key", "k")
	if put.code != 0 {
		t.Fatalf("put: %+v", put)
	}
	path := filepath.Join(t.TempDir(), "letters.ndjson")
	r := run(t, "run", "-e", fmt.Sprintf(`CREATE TABLE orders (id INT) WITH ('connector' = 'kinesis', 'stream' = 'orders', 'scan.stream.initpos' = 'TRIM_HORIZON',
		'scan.bounded.mode' = 'latest', 'format' = 'json', 'bad-records' = 'dead-letter', 'bad-records.path' = '%s');
		SELECT id FROM orders;`, path))
	if r.code != 0 || strings.Count(r.stderr, "bad record kept as a dead letter") != 3 {
		t.Fatalf("run: %+v", r)
	}
	return path
}

func TestDeadLetterList(t *testing.T) {
	serve(t, map[string]int{"orders": 1})
	path := someLetters(t)
	r := run(t, "dead-letter", "list", path)
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	if r.code != 0 || len(lines) != 3 || r.stderr != "3 dead letters: 2 malformed, 1 mismatch\n" {
		t.Fatalf("got %+v", r)
	}
	if want := ` orders  shard shardId-000000000000, sequence number `; !strings.HasPrefix(lines[0], "1  20") || !strings.Contains(lines[0], want) ||
		!strings.HasSuffix(lines[0], "malformed: not JSON: unexpected end at byte 6") {
		t.Errorf("got %s", lines[0])
	}
	r = run(t, "dead-letter", "list", path, "--cause", "mismatch", "--output", "json")
	if strings.Count(r.stdout, "\n") != 1 || !strings.HasPrefix(r.stdout, `{"number":2,"kept":"20`) || !strings.Contains(r.stdout, `"cause":"mismatch","error":"field \"id\": \"x\" is not an INT (byte 6)","stream":"orders"`) ||
		strings.Contains(r.stdout, `"data"`) || !strings.HasSuffix(r.stdout, `"bytes":10}`+"\n") {
		t.Errorf("got %+v", r)
	}
	for args, want := range map[string]string{"--after 1 --limit 1": "2  ", "--table nobody": "", "--from-stream orders --after 2": "3  "} {
		got := run(t, append([]string{"dead-letter", "list", path}, strings.Fields(args)...)...).stdout
		if !strings.HasPrefix(got, want) || strings.Count(got, "\n") != min(len(want), 1) {
			t.Errorf("%s: got %s", args, got)
		}
	}
}

func TestDeadLetterShow(t *testing.T) {
	serve(t, map[string]int{"orders": 1})
	path := someLetters(t)
	r := run(t, "dead-letter", "show", path, "3")
	for _, want := range []string{"number            3\n", "cause             malformed\n", "partition key     k\n", "stream            orders\n", "\n8 bytes, the record:\nnot JSON\n"} {
		if r.code != 0 || !strings.Contains(r.stdout, want) {
			t.Errorf("got %+v, want %q", r, want)
		}
	}
	if r = run(t, "dead-letter", "show", path, "1", "--raw"); r.stdout != `{"id":` {
		t.Errorf("raw: got %+v", r)
	}
	if r = run(t, "dead-letter", "show", path, "2", "-o", "json"); !strings.Contains(r.stdout, `"data":"eyJpZCI6IngifQ==","text":"{\"id\":\"x\"}"}`) {
		t.Errorf("json: got %+v", r)
	}
	run(t, "dead-letter", "show", path, "4").want(t, 5, "", fmt.Sprintf("error: there is no dead letter 4 in %s\n  hint: penstock dead-letter list %s shows which there are\n", path, path))
	if r = run(t, "dead-letter", "show", path, "x"); r.code != 2 {
		t.Errorf("got %+v", r)
	}
	if r = run(t, "dead-letter", "list", path+".not"); r.code != 5 || !strings.Contains(r.stderr, `read dead letters "`+path+`.not": no such file or directory`) {
		t.Errorf("got %+v", r)
	}
}

func TestDeadLetterReplay(t *testing.T) {
	server := serve(t, map[string]int{"orders": 1, "repair": 1})
	path := someLetters(t)
	run(t, "dead-letter", "replay", path, "--dry-run").want(t, 0, "", "would put 3 records into orders\n")
	if calls := server.Calls("PutRecords"); calls != 1 { // that of put
		t.Errorf("a dry run made %d calls", calls-1)
	}
	server.Fault(kinesisserver.Fault{Operation: "PutRecords", RecordPercent: 50, Count: 1})
	run(t, "dead-letter", "replay", path, "--to", "repair").want(t, 0, "", "put 3 records into repair\n")
	got := everything(t, "repair", 3)
	for _, want := range []string{`{"id":` + "\n", `{"id":"x"}` + "\n", "not JSON\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
	r := run(t, "dead-letter", "replay", path, "--cause", "mismatch", "--output", "json")
	if r.code != 0 || r.stdout != `{"streams":{"orders":1},"records":1,"bytes":10,"left":0,"last":2,"dry_run":false}`+"\n" {
		t.Errorf("got %+v", r)
	}
	if r := run(t, "tail", "orders", "--from", "trim-horizon", "--limit", "6", "-o", "json"); strings.Count(r.stdout, `"partition_key":"k"`) != 6 {
		t.Errorf("the partition key is not kept: %+v", r)
	}
}

func TestDeadLetterReadsWhatACrashLeft(t *testing.T) {
	serve(t, map[string]int{"orders": 1})
	path := someLetters(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	cut := lines[0] + lines[1][:len(lines[1])/2] + "\n" + lines[2]
	r := process{stdin: strings.NewReader(cut)}.run(t.Context(), "dead-letter", "list", "-")
	if r.code != 0 || strings.Count(r.stdout, "\n") != 2 || !strings.Contains(r.stderr, `error: "standard input": entry 2 is no dead letter`) {
		t.Errorf("got %+v", r)
	}
}

func TestDeadLettersInAStream(t *testing.T) {
	serve(t, map[string]int{"orders": 1, "dead": 1})
	put := process{stdin: strings.NewReader("{\"id\":1}\n{\"id\":\nnot JSON\n")}.run(t.Context(), "put", "orders", "--partition-key", "k")
	r := run(t, "run", "-e", `CREATE TABLE orders (id INT) WITH ('connector' = 'kinesis', 'stream' = 'orders', 'scan.stream.initpos' = 'TRIM_HORIZON',
		'scan.bounded.mode' = 'latest', 'format' = 'json', 'bad-records' = 'dead-letter', 'bad-records.stream' = 'dead'); SELECT id FROM orders;`)
	if put.code != 0 || r.code != 0 {
		t.Fatalf("got %+v, %+v", put, r)
	}
	letters := run(t, "tail", "dead", "--from", "trim-horizon", "--limit", "2", "--raw").stdout
	r = process{stdin: strings.NewReader(letters)}.run(t.Context(), "dead-letter", "replay", "-", "--dry-run")
	r.want(t, 0, "", "would put 2 records into orders\n")
}
