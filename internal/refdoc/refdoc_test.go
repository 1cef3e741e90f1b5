package refdoc_test

import (
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/blackhole"
	"github.com/penstock-io/penstock/internal/connector/datagen"
	"github.com/penstock-io/penstock/internal/connector/file"
	"github.com/penstock-io/penstock/internal/connector/kinesis"
	"github.com/penstock-io/penstock/internal/connector/postgres"
	printsink "github.com/penstock-io/penstock/internal/connector/print"
	"github.com/penstock-io/penstock/internal/refdoc"
)

var rewrite = flag.Bool("rewrite", false, "write the pages instead of comparing them")

func TestReferencePagesAreUpToDate(t *testing.T) {
	pages := refdoc.Pages(connector.Registry{
		kinesis.Factory(kinesis.Config{}), file.Factory(), postgres.Factory(), postgres.JDBC(), datagen.Factory(), printsink.Factory(io.Discard, io.Discard), blackhole.Factory(),
	})
	dir := filepath.Join("..", "..", "docs", "reference")
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		path := filepath.Join(dir, name)
		if *rewrite {
			if err := os.WriteFile(path, []byte(pages[name]), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != pages[name] {
			t.Errorf("%s is not what the code says (%v): run make generate", path, err)
		}
	}
}
