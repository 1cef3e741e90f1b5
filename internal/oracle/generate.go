package oracle

import (
	"math/rand/v2"
	"strings"

	"github.com/penstock-io/penstock/internal/types"
)

// generator makes random queries.
type generator struct{ *rand.Rand }

var allClasses = []class{boolean, integer, integer, decimal, float, text, date, moment}

// expression returns a random expression of a class; tame says that its values must be small.
func (g generator) expression(c class, depth int, tame bool) *node {
	if depth <= 0 || g.IntN(5) == 0 {
		return g.leaf(c, tame)
	}
	candidates := operationsFor(c)
	for range 20 {
		o := candidates[g.IntN(len(candidates))]
		args := make([]*node, len(o.args))
		exact := true
		for i, argClass := range o.args {
			// A choice hands on its values, which must be as small as asked for.
			args[i] = g.expression(argClass, depth-1, !o.wild || tame)
			exact = exact && !args[i].inexact()
		}
		if n, ok := o.apply(args); ok && exact && classOf(n.typ) == c {
			return n
		}
	}
	return g.leaf(c, tame)
}

// leaf returns a column, or sometimes a constant.
func (g generator) leaf(c class, tame bool) *node {
	var all []int
	for i, column := range columns {
		if classOf(column.typ) == c && (column.tame || !tame) {
			all = append(all, i)
		}
	}
	if len(all) == 0 || g.IntN(4) == 0 {
		if c == interval {
			return g.expression(interval, 1, tame)
		}
		return literal(g.Rand, c)
	}
	return columnNode(all[g.IntN(len(all))])
}

// exact returns an expression whose value both sides agree on to the last bit.
func (g generator) exact(c class, depth int, tame bool) *node {
	for {
		if n := g.expression(c, depth, tame); !n.inexact() {
			return n
		}
	}
}

func (g generator) class() class { return allClasses[g.IntN(len(allClasses))] }

// aggregate returns a random call of an aggregate.
func (g generator) aggregate() *node { return g.call(aggregations[g.IntN(len(aggregations))]) }

func (g generator) call(a aggregation) *node {
	n := &node{ours: a.ours, duck: a.duck, column: -1, tolerance: a.tolerance, absolute: a.absolute, aggregate: true, typ: a.result}
	if n.duck == "" {
		n.duck = n.ours
	}
	var kinds []types.Type
	for _, c := range a.args {
		arg := g.exact(c, g.IntN(3), !a.wild)
		for strings.Contains(n.ours, "ORDER BY") && len((&query{items: []*node{arg}}).columnsOf()) == 0 {
			arg = g.exact(c, g.IntN(3), !a.wild) // nothing is ordered by a constant
		}
		n.args, kinds = append(n.args, arg), append(kinds, arg.typ)
	}
	if a.typ != nil {
		n.typ = a.typ(kinds).Nullable()
	}
	distinct, filter, present := "", "", ""
	if a.distinct && g.IntN(3) == 0 {
		distinct = "DISTINCT "
	}
	if strings.Contains(n.duck, "$N") {
		present = " FILTER (WHERE $1 IS NOT NULL)"
	}
	if g.IntN(4) == 0 {
		n.args = append(n.args, g.exact(boolean, 2, false))
		condition := "$" + string(rune('0'+len(n.args)))
		filter = " FILTER (WHERE " + condition + ")"
		present = " FILTER (WHERE $1 IS NOT NULL AND " + condition + ")"
	}
	clauses := strings.NewReplacer("$D", distinct, "$F", filter, "$N", present)
	n.ours, n.duck = clauses.Replace(n.ours), clauses.Replace(n.duck)
	return n
}

// overGroups returns an aggregate, or sometimes an expression of one.
func (g generator) overGroups() *node {
	n := g.aggregate()
	if n.inexact() || g.IntN(4) > 0 {
		return n
	}
	switch classOf(n.typ) {
	case integer:
		if n.typ.Kind == types.BigInt {
			return n
		}
		return &node{ours: "COALESCE($1, 0)", duck: "COALESCE($1, 0)", args: []*node{n}, typ: intOr(n.typ), column: -1}
	case boolean:
		return &node{ours: "(NOT $1)", duck: "(NOT $1)", args: []*node{n}, typ: n.typ, column: -1}
	case text:
		return &node{ours: "UPPER($1)", duck: "UPPER($1)", args: []*node{n}, typ: n.typ, column: -1}
	}
	return n
}

func intOr(t types.Type) types.Type {
	wide, _ := types.Common(t, intType)
	return wide.Nullable()
}

// query returns a random query.
func (g generator) query() *query {
	q := &query{}
	if g.IntN(2) > 0 {
		q.where = g.exact(boolean, 1+g.IntN(3), false)
	}
	if g.IntN(5) == 0 {
		q.items = append(q.items, g.leaf(text, true))
		shared := -1 // the partition of all calls, if they have one
		if g.IntN(2) == 0 {
			shared = g.IntN(4)
		}
		for range 1 + g.IntN(3) {
			q.items = append(q.items, g.overCall(shared))
		}
		return q
	}
	if g.IntN(2) == 0 {
		for range 1 + g.IntN(4) {
			q.items = append(q.items, g.expression(g.class(), 1+g.IntN(3), false))
		}
		return q
	}
	q.window = pick(g.Rand,
		window{kind: tumble, size: 60}, window{kind: tumble, size: 7}, window{kind: hop, size: 60, slide: 20}, window{kind: hop, size: 90, slide: 9},
		window{kind: cumulate, size: 120, slide: 30}, window{kind: session, size: 3}, window{kind: session, size: 20})
	for range g.IntN(3) {
		key := g.exact(pick(g.Rand, text, integer, boolean, date, decimal), g.IntN(3), false)
		if constantKey := len((&query{items: []*node{key}}).columnsOf()) == 0; !constantKey && !q.hasKey(key) {
			q.keys = append(q.keys, key)
		}
	}
	for range 1 + g.IntN(4) {
		q.items = append(q.items, g.overGroups())
	}
	if g.IntN(4) == 0 {
		q.having = g.condition()
	}
	return q
}

// condition compares an aggregate that both sides agree on.
func (g generator) condition() *node {
	for {
		n := g.aggregate()
		if !n.inexact() && classOf(n.typ) == integer {
			return &node{ours: "($1 > 1)", duck: "($1 > 1)", args: []*node{n}, typ: boolType, column: -1}
		}
	}
}

func (q *query) hasKey(n *node) bool {
	for _, key := range q.keys {
		if key.ourText() == n.ourText() {
			return true
		}
	}
	return false
}

// columnsOf returns the columns that the items read.
func (q *query) columnsOf() map[int]bool {
	used := map[int]bool{}
	for _, n := range q.items {
		n.walk(func(n *node) {
			if n.column >= 0 {
				used[n.column] = true
			}
		})
	}
	return used
}

// overCall returns a random call with OVER, partitioned by column number shared unless that is negative;
// past the first three columns there is one partition.
func (g generator) overCall(shared int) *node {
	var n *node
	framed := true
	if g.IntN(3) == 0 {
		navigation := navigations[g.IntN(len(navigations))]
		for shared < 0 && strings.HasPrefix(navigation.ours, "LEAD") { // only one partition at a time
			navigation = navigations[g.IntN(len(navigations))]
		}
		framed = navigation.framed
		n = g.call(navigation.aggregation)
	} else {
		a := aggregations[g.IntN(len(aggregations))]
		for strings.Contains(a.ours, "ORDER BY") { // OVER orders the rows
			a = aggregations[g.IntN(len(aggregations))]
		}
		a.ours = strings.ReplaceAll(a.ours, "$F", "$F$O")
		if a.duck == "" {
			a.duck = a.ours
		} else {
			a.duck = strings.ReplaceAll(a.duck, "$F", "$F$O")
		}
		n = g.call(a)
	}
	partition := ""
	by := shared
	if by < 0 {
		by = g.IntN(4)
	}
	if by < 3 { // k, p, tiny
		n.args = append(n.args, columnNode(by))
		partition = "PARTITION BY $" + string(rune('0'+len(n.args))) + " "
	}
	ours, duck := "ts", "ts, "+rowNumber
	frame := ""
	if framed {
		switch g.IntN(4) {
		case 0:
			frame = " ROWS BETWEEN " + pick(g.Rand, "0", "1", "5") + " PRECEDING AND CURRENT ROW"
		case 1:
			frame = " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
		case 2:
			ours += " RANGE BETWEEN INTERVAL '20' SECOND PRECEDING AND CURRENT ROW"
			duck = "ts RANGE BETWEEN INTERVAL 20 SECOND PRECEDING AND CURRENT ROW"
		default:
			duck = "ts RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
		}
	}
	n.ours = strings.ReplaceAll(n.ours, "$O", " OVER ("+partition+"ORDER BY "+ours+frame+")")
	n.duck = strings.ReplaceAll(n.duck, "$O", " OVER ("+partition+"ORDER BY "+duck+frame+")")
	n.over = true
	if by < 3 {
		n.partition = columns[by].name
	}
	return n
}
