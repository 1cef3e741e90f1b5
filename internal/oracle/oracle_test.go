package oracle

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
)

var (
	count = flag.Int("oracle.n", 100, "how many queries are compared")
	seed  = flag.Uint64("oracle.seed", 1, "the first one's seed; each has its own, which replays it")
)

// TestOracle compares random queries. A failure names the seed, for -oracle.n=1 -oracle.seed=...
func TestOracle(t *testing.T) {
	r, err := newRunner(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	failed, bothFail, empty := 0, 0, 0
	for i := range uint64(*count) {
		number := *seed + i
		ours, duck, ok := r.check(t, number)
		switch {
		case !ok:
			failed++
		case ours.err != nil && duck.err != nil:
			bothFail++
		case len(ours.rows) == 0:
			empty++
		}
		if failed == 10 {
			t.Fatal("and perhaps more")
		}
	}
	t.Logf("%d queries: %d fail on both sides, %d have no rows", *count, bothFail, empty)
	if *count >= 100 && (bothFail > *count/5 || empty > *count/3) {
		t.Error("too many queries say nothing")
	}
}

// check compares the query of a seed.
func (r *runner) check(t *testing.T, seed uint64) (ours, duck answer, ok bool) {
	t.Helper()
	g := generator{rand.New(rand.NewPCG(seed, 0))}
	q, rows := g.query(), randomRows(g.Rand, 1+g.IntN(60))
	v := variant{parallelism: pick(g.Rand, 1, 1, 3), ruleOff: pick(g.Rand, "", "", "prune-columns", "push-filters", "fold-constants", "fuse-window")}
	if q.over() && q.partitions() > 1 { // rows of one time lose their order between parallel tasks
		v.parallelism = 1
	}
	ours, duck = r.ours(q, rows, v), r.duck(q, rows)
	found := q.difference(ours, duck)
	if found == "" {
		return ours, duck, true
	}
	const kind = 20 // letters that say what kind of difference it is
	q, rows = minimise(q, rows, func(q *query, rows []row) bool {
		less := q.difference(r.ours(q, rows, v), r.duck(q, rows))
		return len(less) > kind && less[:kind] == found[:kind]
	})
	ours, duck = r.ours(q, rows, v), r.duck(q, rows)
	t.Errorf("seed %d, %s: %s\nDuckDB:\n%s\n\n%s", seed, fmt.Sprintf("%+v", v), q.difference(ours, duck), q.duck(), q.golden(rows, duck))
	return ours, duck, false
}
