package doctest

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/connector/file"
	"github.com/penstock-io/penstock/internal/connector/kinesis"
	"github.com/penstock-io/penstock/internal/connector/postgres"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/metrics"
	"github.com/penstock-io/penstock/internal/option"
)

var (
	link          = regexp.MustCompile(`\]\(([^)#\s]+)(?:#([^)]*))?\)`)
	inlineCommand = regexp.MustCompile("`(penstock [^`<]+)[^`]*`")
	optionKey     = regexp.MustCompile("`'?((?:aws|json|scan|sink|table)\\.[a-z.-]+)")
	metricName    = regexp.MustCompile("`(penstock_[a-z_]+)`")
)

// checkProse returns what is wrong outside the blocks: links to files and headings, commands, option
// keys and names of metrics that do not exist.
func (p *page) checkProse(ctx context.Context) (problems []string) {
	known, keys := metrics.Reference(), optionKeys()
	for i, line := range p.prose {
		for _, match := range link.FindAllStringSubmatch(line, -1) {
			if !strings.Contains(match[1], "://") && !p.leadsSomewhere(match[1], match[2]) {
				problems = append(problems, p.problem(i+1, "the link leads nowhere: %s", match[0]))
			}
		}
		for _, match := range inlineCommand.FindAllStringSubmatch(line, -1) {
			if err := checkCommandLine(ctx, match[1]); err != nil {
				problems = append(problems, p.problem(i+1, "%v", err))
			}
		}
		for _, match := range optionKey.FindAllStringSubmatch(line, -1) {
			if !slices.Contains(keys, match[1]) {
				problems = append(problems, p.problem(i+1, "there is no option %s", match[1]))
			}
		}
		for _, match := range metricName.FindAllStringSubmatch(line, -1) {
			if !strings.Contains(known, match[0]) {
				problems = append(problems, p.problem(i+1, "there is no metric %s", match[1]))
			}
		}
	}
	return problems
}

// optionKeys returns the keys of session settings and of the options of tables.
func optionKeys() (keys []string) {
	tables := []option.Table{engine.Settings(), format.TableOptions, kinesis.Factory(kinesis.Config{}).Options, file.Factory().Options, postgres.Factory().Options}
	for _, f := range format.All() {
		tables = append(tables, f.Options)
	}
	for _, table := range tables {
		for _, row := range table {
			keys = append(append(keys, row.Key), row.Aliases...)
		}
	}
	return keys
}

// leadsSomewhere reports whether a link leads to a file and, if it has an anchor, to a heading in it.
func (p *page) leadsSomewhere(target, anchor string) bool {
	path := filepath.Join(filepath.Dir(p.path), filepath.FromSlash(target))
	if anchor == "" {
		_, err := os.Stat(path)
		return err == nil
	}
	text, err := os.ReadFile(path)
	return err == nil && slices.ContainsFunc(strings.Split(string(text), "\n"), func(line string) bool {
		heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		return ok && strings.HasPrefix(line, "#") && anchorOf(heading) == anchor
	})
}

var notInAnchors = regexp.MustCompile(`[^a-z0-9 _-]`)

// anchorOf returns what a heading is called in links.
func anchorOf(heading string) string {
	return strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

func TestAnchorOf(t *testing.T) {
	if got := anchorOf("Several shards, and `idle` ones"); got != "several-shards-and-idle-ones" {
		t.Errorf("got %s", got)
	}
}
