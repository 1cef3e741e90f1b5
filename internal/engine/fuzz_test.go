package engine_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/blackhole"
	"github.com/penstock-io/penstock/internal/connector/datagen"
	"github.com/penstock-io/penstock/internal/connector/kinesis"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
)

// FuzzPrepare prepares whatever parses: there is a program or an error that says what is wrong and
// where, never a panic and never an error that is our own mistake.
func FuzzPrepare(f *testing.F) {
	for _, text := range goldenInputs(f) {
		f.Add(text)
	}
	const setup = `
CREATE TABLE t (usr STRING, n INT, price DECIMAL(10, 2), day DATE, tags ARRAY<STRING>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'kinesis', 'stream' = 's', 'aws.region' = 'us-east-1', 'format' = 'json');
CREATE VIEW w AS SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE));
CREATE FUNCTION f (x INT) RETURN x + 1;`
	f.Fuzz(func(t *testing.T, text string) {
		e := engine.New(engine.Config{
			Connectors: connector.Registry{kinesis.Factory(kinesis.Config{}), datagen.Factory(), blackhole.Factory()},
			Rows:       func(engine.Header, *batch.Batch) error { return nil },
		})
		if _, err := e.Prepare(&diag.Source{Text: setup}); err != nil {
			t.Fatal(diag.Render(err))
		}
		program, err := e.Prepare(&diag.Source{Text: text})
		if err == nil {
			_ = program.Explain()
			return
		}
		if rendered := diag.Render(err); diag.KindOf(err) == diag.Internal {
			t.Errorf("%s", rendered)
		}
	})
}

// goldenInputs returns the SQL of the golden cases.
func goldenInputs(f *testing.F) []string {
	f.Helper()
	var inputs []string
	err := filepath.WalkDir(filepath.Join("..", "..", "testdata", "sql"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".test" {
			return err
		}
		text, err := os.ReadFile(path)
		for block := range strings.SplitSeq(string(text), "\n\n") {
			command, rest, _ := strings.Cut(block, "\n")
			for strings.HasPrefix(command, "#") {
				command, rest, _ = strings.Cut(rest, "\n")
			}
			if input, _, ok := strings.Cut(rest, "\n----"); ok && (command == "exec" || command == "run" || command == "explain") {
				inputs = append(inputs, input)
			}
		}
		return err
	})
	if err != nil || len(inputs) < 500 {
		f.Fatalf("%d inputs: %v", len(inputs), err)
	}
	return inputs
}
