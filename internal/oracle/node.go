package oracle

import (
	"strings"

	"github.com/penstock-io/penstock/internal/types"
)

// node is an expression in both dialects. Templates have $1, $2, ... for the arguments, $T for the type
// of the result in DuckDB's words and $t in Penstock's.
type node struct {
	ours, duck string
	args       []*node
	typ        types.Type
	column     int // of the table; -1: no column
	// tolerance is how far results may be apart relative to their size, and absolute by how much; 0: not.
	tolerance, absolute float64
	aggregate           bool
	over                bool   // a call with OVER
	partition           string // of it
}

func columnNode(i int) *node {
	return &node{ours: columns[i].name, duck: columns[i].name, typ: columns[i].typ, column: i}
}

func constant(ours, duck string, t types.Type) *node {
	return &node{ours: ours, duck: duck, typ: t, column: -1}
}

func (n *node) ourText() string  { return n.text(n.ours, (*node).ourText) }
func (n *node) duckText() string { return n.text(n.duck, (*node).duckText) }

func (n *node) text(template string, of func(*node) string) string {
	if strings.Contains(template, "$") {
		pairs := []string{"$T", duckType(n.typ), "$t", n.typ.Nullable().String()}
		for i, arg := range n.args {
			pairs = append(pairs, "$"+string(rune('1'+i)), of(arg))
		}
		template = strings.NewReplacer(pairs...).Replace(template)
	}
	return template
}

// walk calls visit for n and everything below it.
func (n *node) walk(visit func(*node)) {
	if n == nil {
		return
	}
	visit(n)
	for _, arg := range n.args {
		arg.walk(visit)
	}
}

// inexact reports whether the results of the two sides may differ a little.
func (n *node) inexact() bool { return n.tolerance > 0 || n.absolute > 0 }

// class is what can stand for what: types that convert into each other without a word.
type class string

const (
	boolean  class = "boolean"
	integer  class = "integer"
	decimal  class = "decimal"
	float    class = "float"
	text     class = "text"
	date     class = "date"
	moment   class = "moment"
	interval class = "interval"
)

func classOf(t types.Type) class {
	switch {
	case t.Kind == types.Boolean:
		return boolean
	case t.Kind.IsInteger():
		return integer
	case t.Kind == types.Decimal:
		return decimal
	case t.Kind.IsFloat():
		return float
	case t.Kind.IsText():
		return text
	case t.Kind == types.Date:
		return date
	case t.Kind == types.Timestamp:
		return moment
	}
	return interval
}

// smaller returns what could stand in the place of n: its arguments of the same class, a constant, and n
// with something smaller in it.
func (n *node) smaller() []*node {
	var out []*node
	for _, arg := range n.args {
		if classOf(arg.typ) == classOf(n.typ) && arg.aggregate == n.aggregate {
			out = append(out, arg)
		}
	}
	if len(n.args) > 0 && !n.aggregate && !n.hasAggregate() {
		out = append(out, simplest(n.typ)...)
	}
	for i, arg := range n.args {
		for _, less := range arg.smaller() {
			if types.Equal(less.typ, arg.typ) || classOf(n.typ) != decimal {
				copied := *n
				copied.args = append([]*node(nil), n.args...)
				copied.args[i] = less
				out = append(out, &copied)
			}
		}
	}
	return out
}

func (n *node) hasAggregate() bool {
	found := false
	n.walk(func(n *node) { found = found || n.aggregate })
	return found
}

// simplest returns a column and a constant of a type.
func simplest(t types.Type) (out []*node) {
	for i, c := range columns {
		if types.Equal(c.typ, t) {
			out = append(out, columnNode(i))
			break
		}
	}
	switch classOf(t) {
	case boolean:
		return append(out, constant("TRUE", "TRUE", t))
	case integer:
		if t.Kind == types.Int {
			return append(out, constant("1", "1", t))
		}
	case text:
		return append(out, constant("'x'", "'x'", t))
	}
	return out
}
