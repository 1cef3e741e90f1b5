package kinesis

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/types"
)

// lettersIn returns the dead letters in a file.
func lettersIn(t *testing.T, path string) (letters []deadletter.Letter) {
	t.Helper()
	reader, err := deadletter.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for {
		letter, _, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return letters
		}
		if err != nil {
			t.Fatal(err)
		}
		letters = append(letters, letter)
	}
}

// Rows that cannot be written are kept: as records where there is one, so that they can be put into the
// stream later, and otherwise with their values.
func TestRowsThatCannotBeWrittenAreKept(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		path := filepath.Join(t.TempDir(), "letters.ndjson")
		w.setMaxRecord(10 << 10)
		columns := append(append([]connector.Column(nil), userAndNumber...), connector.Column{Name: "hash", Type: types.String, Metadata: metadataExplicitHashKey})
		writer := w.writer(w.table(columns, "sink.bad-records", "dead-letter", "sink.bad-records.path", path))
		w.setMaxRecord(1 << 10) // behind the back of the sink
		row := func(size int, hash string) *batch.Batch {
			var h batch.BytesBuilder
			h.AppendString(hash)
			b := rowOf(size)
			return batch.New(1, append(append([]batch.Column(nil), b.Columns...), h.Finish())...)
		}
		w.must(writer.Write(w.Context(), row(2<<20, "5")))   // the stream refuses it
		w.must(writer.Write(w.Context(), row(100, "first"))) // it is no record
		w.must(writer.Write(w.Context(), row(11<<20, "7")))  // no stream takes it
		w.must(writer.Write(w.Context(), row(100, "8")))
		w.must(writer.Flush(w.Context()))
		if n := w.meter.Records.Load(); n != 1 {
			w.Errorf("%d records were taken", n)
		}
		byHash := map[string]deadletter.Letter{}
		for _, letter := range lettersIn(t, path) {
			byHash[letter.ExplicitHashKey] = letter
			if letter.Table == "" || letter.Format != "json" || letter.Error == "" || letter.Kept.IsZero() {
				w.Errorf("a letter says %+v", letter)
			}
		}
		if len(byHash) != 3 || w.meter.BadRecords.Load() != 3 {
			w.Fatalf("%d letters, %d bad records", len(byHash), w.meter.BadRecords.Load())
		}
		for hash, size := range map[string]int{"5": 2 << 20, "7": 11 << 20} {
			letter := byHash[hash]
			if letter.Cause != causeRefused || letter.Stream != streamName || letter.PartitionKey == "" || len(letter.Data) < size*9/10 || letter.Row != "" {
				w.Errorf("the letter of %d bytes says cause %q, stream %q, key %q, %d bytes", size, letter.Cause, letter.Stream, letter.PartitionKey, len(letter.Data))
			}
		}
		if letter := byHash[""]; letter.Cause != causeUnwritable || letter.Data != nil || letter.Stream != "" || !strings.HasSuffix(letter.Row, "| first") || !strings.Contains(letter.Error, `"first" is no explicit hash key`) {
			w.Errorf("the letter of the row says %+v", letter)
		}
		if !strings.Contains(w.log.String(), "row kept as a dead letter") {
			w.Errorf("logged\n%s", w.log)
		}
	})
}
