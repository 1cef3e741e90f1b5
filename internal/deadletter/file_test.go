package deadletter_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/diag"
)

func letter(n int) deadletter.Letter {
	arrived := time.Date(2026, time.March, 2, 9, 0, 0, n, time.UTC)
	return deadletter.Letter{
		Kept: arrived, Table: "t", Format: "json", Cause: "malformed", Error: "not JSON: <&>", Data: []byte{0, byte(n), 0xff},
		Origin: deadletter.Origin{Stream: "s", Shard: "shardId-000000000001", SequenceNumber: "49", SubSequenceNumber: int64(n), PartitionKey: "k", Arrived: &arrived},
	}
}

// read returns the letters in a file as text, and the errors between them.
func read(t *testing.T, path string) []string {
	t.Helper()
	in, err := deadletter.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var got []string
	for {
		l, number, err := in.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			got = append(got, fmt.Sprintf("%d: %s", number, diag.KindOf(err)))
			continue
		}
		got = append(got, fmt.Sprintf("%d: %s %x", number, l.Origin, l.Data))
	}
}

func newFile(t *testing.T, path string, limit int64) *deadletter.File {
	t.Helper()
	f, err := deadletter.NewFile(path, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestFileKeepsLetters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letters.ndjson")
	f := newFile(t, path, 1<<20)
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is there before the first letter")
	}
	if err := f.Keep(t.Context(), []deadletter.Letter{letter(0), letter(1)}); err != nil {
		t.Fatal(err)
	}
	want := "1: shard shardId-000000000001, sequence number 49 0000ff\n2: shard shardId-000000000001, sequence number 49, sub-sequence number 1 0001ff"
	if got := strings.Join(read(t, path), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	text, _ := os.ReadFile(path)
	if first, _, _ := strings.Cut(string(text), "\n"); first != `{"kept":"2026-03-02T09:00:00Z","table":"t","format":"json","cause":"malformed","error":"not JSON: <&>",`+
		`"stream":"s","shard_id":"shardId-000000000001","sequence_number":"49","sub_sequence_number":0,"partition_key":"k","arrival_time":"2026-03-02T09:00:00Z","data":"AAD/"}` {
		t.Errorf("got line %s", first)
	}
}

func TestFileEndsTheLineThatACrashCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letters.ndjson")
	f := newFile(t, path, 1<<20)
	if err := f.Keep(t.Context(), []deadletter.Letter{letter(0), letter(1)}); err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(path)
	if err := os.Truncate(path, info.Size()-10); err != nil {
		t.Fatal(err)
	}
	if err := newFile(t, path, 1<<20).Keep(t.Context(), []deadletter.Letter{letter(2)}); err != nil {
		t.Fatal(err)
	}
	got := read(t, path)
	if len(got) != 3 || got[1] != "2: bad-data" || !strings.HasSuffix(got[2], "0002ff") {
		t.Errorf("got %q", got)
	}
}

func TestFileHasALimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letters.ndjson")
	f := newFile(t, path, 700)
	if err := f.Keep(t.Context(), []deadletter.Letter{letter(0), letter(1)}); err != nil {
		t.Fatal(err)
	}
	err := f.Keep(t.Context(), []deadletter.Letter{letter(2)})
	if diag.KindOf(err) != diag.Exhausted {
		t.Errorf("got error %v", err)
	}
	if got := read(t, path); len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

func TestFileTakesLettersFromSeveral(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letters.ndjson")
	var group sync.WaitGroup
	for range 4 {
		f := newFile(t, path, 1<<20) // each table has its own
		group.Go(func() {
			for i := range 10 {
				if err := f.Keep(t.Context(), []deadletter.Letter{letter(i), letter(i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	got := read(t, path)
	if len(got) != 80 || strings.Contains(strings.Join(got, ""), "bad-data") {
		t.Errorf("got %d entries: %q", len(got), got)
	}
}

func TestFileSaysWhatIsWrongWithItsPlace(t *testing.T) {
	directory := t.TempDir()
	file := filepath.Join(directory, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		directory:                           fmt.Sprintf("%q is a directory, and dead letters go to a file", directory),
		filepath.Join(directory, "no", "f"): fmt.Sprintf("write dead letters %q: no such file or directory", filepath.Join(directory, "no", "f")),
		filepath.Join(file, "f"):            fmt.Sprintf("write dead letters %q: not a directory", filepath.Join(file, "f")),
	} {
		if _, err := deadletter.NewFile(path, 1); err == nil || err.Error() != want {
			t.Errorf("%s: got error %v, want %s", path, err, want)
		}
	}
}
