package cli

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/deadletter"
)

// aggregate returns user records as the Kinesis Producer Library packs them into one record.
// https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
func aggregate(payloads ...string) []byte {
	field := func(out []byte, number byte, value []byte) []byte {
		return append(append(out, number<<3|2, byte(len(value))), value...) // all are shorter than 128 bytes
	}
	message := field(nil, 1, []byte("key"))
	for _, payload := range payloads {
		message = field(message, 3, field([]byte{1 << 3, 0}, 3, []byte(payload)))
	}
	sum := md5.Sum(message)
	return slices.Concat([]byte{0xf3, 0x89, 0x9a, 0xc2}, message, sum[:])
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const readOrders = `CREATE TABLE orders (id %s) WITH ('connector' = 'kinesis', 'stream' = '%s', 'scan.stream.initpos' = 'TRIM_HORIZON',
	'scan.bounded.mode' = 'latest', 'format' = 'json', 'bad-records' = 'dead-letter', 'bad-records.path' = '%s');
	SELECT id FROM orders;`

// ids returns the ids that a run shows, in order.
func ids(t *testing.T, typ, stream, path string) []string {
	t.Helper()
	r := run(t, "run", "-o", "json", "-e", fmt.Sprintf(readOrders, typ, stream, path))
	if r.code != 0 {
		t.Fatalf("run: %+v", r)
	}
	var got []string
	for line := range strings.Lines(r.stdout) {
		var row struct{ ID any }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(row.ID))
	}
	slices.Sort(got)
	return got
}

// TestEveryRecordArrivesOrIsKept reads a stream as they are found: plain records, KPL aggregates and
// compressed ones, good and bad. All that is good arrives, all that is not is kept with its origin, and
// once the table is right, replaying brings the rest.
func TestEveryRecordArrivesOrIsKept(t *testing.T) {
	serve(t, map[string]int{"orders": 1, "repair": 1})
	for _, payload := range []string{
		`{"id":"1"}`, string(aggregate(`{"id":"2"}`, `{"id":"A-3"}`, `{"id":`, `{"id":"4"}`)), packed(t, "{\"id\":\"5\"}\n{\"id\":\"A-6\"}\n{\"id\":\"7\"}\n"),
		`{"id":"8"`, packed(t, `{"id":"A-9"}`), string(aggregate(packed(t, `{"id":"10"}`), `{"id":"A-11"}`)), `{"id":"12"}`,
	} {
		if r := run(t, "put", "orders", payload, "--partition-key", "key"); r.code != 0 {
			t.Fatalf("put: %+v", r)
		}
	}
	directory := t.TempDir()
	path := filepath.Join(directory, "letters.ndjson")
	if got, want := ids(t, "INT", "orders", path), []string{"1", "10", "12", "2", "4", "5", "7"}; !slices.Equal(got, want) {
		t.Errorf("got the ids %v, want %v", got, want)
	}
	in, err := deadletter.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var kept []string
	for letter, _, err := in.Next(); err == nil; letter, _, err = in.Next() {
		text := string(letter.Data)
		if strings.HasPrefix(text, "\x1f\x8b") {
			text = "packed"
		}
		kept = append(kept, fmt.Sprintf("%s %d part=%v %s", letter.Cause, letter.SubSequenceNumber, letter.Part, text))
		if letter.Stream != "orders" || letter.Shard != "shardId-000000000000" || letter.SequenceNumber == "" || letter.PartitionKey != "key" || letter.Arrived == nil {
			t.Errorf("the origin of %s is %+v", text, letter.Origin)
		}
	}
	want := []string{
		`mismatch 1 part=false {"id":"A-3"}`, `malformed 2 part=false {"id":`, `mismatch 0 part=true {"id":"A-6"}`, `malformed 0 part=false {"id":"8"`,
		`mismatch 0 part=false packed`, `mismatch 1 part=false {"id":"A-11"}`,
	}
	if !slices.Equal(kept, want) {
		t.Errorf("kept\n%s\nwant\n%s", strings.Join(kept, "\n"), strings.Join(want, "\n"))
	}
	run(t, "dead-letter", "replay", path, "--to", "repair").want(t, 0, "", "put 6 records into repair\n")
	still := filepath.Join(directory, "still.ndjson")
	if got, want := ids(t, "STRING", "repair", still), []string{"A-11", "A-3", "A-6", "A-9"}; !slices.Equal(got, want) {
		t.Errorf("after the replay: got the ids %v, want %v", got, want)
	}
	if r := run(t, "dead-letter", "list", still); !strings.HasSuffix(r.stderr, "2 dead letters: 2 malformed\n") {
		t.Errorf("got %+v", r)
	}
}
