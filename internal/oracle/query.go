package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/types"
)

// Kinds of windows.
const (
	noWindow = iota
	tumble
	hop
	cumulate
	session
)

// window is a group of rows by time; sizes in seconds.
type window struct {
	kind, size, slide int
}

// query is a SELECT of items over the rows, or over their groups by window and keys.
type query struct {
	window window
	keys   []*node
	items  []*node
	where  *node // nil: none
	having *node
}

func (q *query) clone() *query {
	out := *q
	out.keys, out.items = slices.Clone(q.keys), slices.Clone(q.items)
	return &out
}

// nodes are all expressions of the query.
func (q *query) nodes() []*node {
	return append(slices.Concat(q.keys, q.items), q.where, q.having)
}

// over reports whether the query calls something with OVER.
func (q *query) over() bool {
	return slices.ContainsFunc(q.items, func(n *node) bool { return n.over })
}

// partitions is how many different PARTITION BY the query has.
func (q *query) partitions() int {
	all := map[string]bool{}
	for _, n := range q.items {
		if n.over {
			all[n.partition] = true
		}
	}
	return len(all)
}

// used returns the columns that the query reads.
func (q *query) used() map[int]bool {
	used := map[int]bool{}
	if q.window.kind != noWindow || q.over() {
		used[timeColumn] = true
	}
	for _, n := range q.nodes() {
		n.walk(func(n *node) {
			if n.column >= 0 {
				used[n.column] = true
			}
		})
	}
	if len(used) == 0 {
		used[0] = true
	}
	return used
}

// schema is the columns of the result, as Penstock must have them.
func (q *query) schema() types.Schema {
	var schema types.Schema
	for _, n := range slices.Concat(q.keys, q.items) {
		schema = append(schema, types.Field{Name: fmt.Sprintf("c%d", len(schema)), Type: n.typ})
	}
	if q.window.kind != noWindow {
		for range 2 {
			schema = append(schema, types.Field{Name: fmt.Sprintf("c%d", len(schema)), Type: types.Timestamp3})
		}
	}
	return schema
}

// outputs are the items of SELECT: keys come first, the bounds of the window last.
func (q *query) outputs(text func(*node) string, bounds ...string) string {
	var parts []string
	for _, n := range slices.Concat(q.keys, q.items) {
		parts = append(parts, fmt.Sprintf("%s AS c%d", text(n), len(parts)))
	}
	for _, bound := range bounds {
		parts = append(parts, fmt.Sprintf("%s AS c%d", bound, len(parts)))
	}
	return strings.Join(parts, ", ")
}

func clause(word string, n *node, text func(*node) string) string {
	if n == nil {
		return ""
	}
	return "\n" + word + " " + text(n)
}

// ours is the query for Penstock.
func (q *query) ours() string {
	text := (*node).ourText
	groups := make([]string, 0, len(q.keys)+2)
	for _, key := range q.keys {
		groups = append(groups, text(key))
	}
	from, bounds := "t", []string{"window_start", "window_end"}
	seconds := func(n int) string { return fmt.Sprintf("INTERVAL '%d' SECOND", n) }
	switch w := q.window; w.kind {
	case noWindow:
		return "SELECT " + q.outputs(text) + "\nFROM t" + clause("WHERE", q.where, text) + ";"
	case tumble:
		from = "TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), " + seconds(w.size) + "))"
	case hop:
		from = "TABLE(HOP(TABLE t, DESCRIPTOR(ts), " + seconds(w.slide) + ", " + seconds(w.size) + "))"
	case cumulate:
		from = "TABLE(CUMULATE(TABLE t, DESCRIPTOR(ts), " + seconds(w.slide) + ", " + seconds(w.size) + "))"
	case session:
		call := "(ts, " + seconds(w.size) + ")"
		bounds = []string{"SESSION_START" + call, "SESSION_END" + call}
		groups = append(groups, "SESSION"+call)
	}
	if q.window.kind != session {
		groups = append(groups, bounds...)
	}
	return "SELECT " + q.outputs(text, bounds...) + "\nFROM " + from + clause("WHERE", q.where, text) +
		"\nGROUP BY " + strings.Join(groups, ", ") + clause("HAVING", q.having, text) + ";"
}

// duck is the query for DuckDB.
func (q *query) duck() string {
	text := (*node).duckText
	var keys []string
	for _, key := range q.keys {
		keys = append(keys, text(key))
	}
	bucket := func(n int) string {
		return fmt.Sprintf("time_bucket(INTERVAL %d SECOND, ts, TIMESTAMP '1970-01-01 00:00:00')", n)
	}
	size, slide := fmt.Sprintf("INTERVAL %d SECOND", q.window.size), fmt.Sprintf("INTERVAL %d SECOND", q.window.slide)
	from := ""
	where := clause("WHERE", q.where, text)
	switch w := q.window; w.kind {
	case noWindow:
		if q.over() { // a row without a time is late
			return "SELECT " + q.outputs(text) + " FROM (SELECT * FROM t WHERE ts IS NOT NULL)" + where
		}
		return "SELECT " + q.outputs(text) + " FROM t" + where
	case tumble:
		from = "(SELECT *, " + bucket(w.size) + " AS window_start FROM t WHERE ts IS NOT NULL)"
		from = "(SELECT *, window_start + " + size + " AS window_end FROM " + from + ")"
	case hop:
		from = fmt.Sprintf("(SELECT t.*, %s - o * %s AS window_start FROM t, range(0, %d) r(o) WHERE ts IS NOT NULL)", bucket(w.slide), slide, w.size/w.slide)
		from = "(SELECT *, window_start + " + size + " AS window_end FROM " + from + ")"
	case cumulate:
		from = fmt.Sprintf("(SELECT t.*, %s AS window_start, %s + o * %s AS window_end FROM t, range(1, %d) r(o) WHERE ts IS NOT NULL)", bucket(w.size), bucket(w.size), slide, w.size/w.slide+1)
		from = "(SELECT * FROM " + from + " WHERE window_end > ts)"
	case session:
		return q.duckSessions(keys, size, where)
	}
	return "SELECT " + q.outputs(text, "window_start", "window_end") + " FROM " + from + where +
		"\nGROUP BY " + strings.Join(append(keys, "window_start", "window_end"), ", ") + clause("HAVING", q.having, text)
}

// duckSessions numbers the sessions of each key: a row begins a new one if it comes more than a gap after
// the row before it.
func (q *query) duckSessions(keys []string, gap, where string) string {
	partition := ""
	if len(keys) > 0 {
		partition = "PARTITION BY " + strings.Join(keys, ", ") + " "
	}
	condition := "WHERE ts IS NOT NULL"
	if where != "" {
		condition += " AND (" + strings.TrimPrefix(where, "\nWHERE ") + ")"
	}
	fresh := "(SELECT *, CASE WHEN ts - lag(ts) OVER (" + partition + "ORDER BY ts) <= " + gap + " THEN 0 ELSE 1 END AS fresh FROM t " + condition + ")"
	numbered := "(SELECT *, SUM(fresh) OVER (" + partition + "ORDER BY ts) AS session FROM " + fresh + ")"
	text := (*node).duckText
	return "SELECT " + q.outputs(text, "MIN(ts)", "MAX(ts) + "+gap) + " FROM " + numbered +
		"\nGROUP BY " + strings.Join(append(keys, "session"), ", ") + clause("HAVING", q.having, text)
}
