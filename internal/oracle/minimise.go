package oracle

import "slices"

// tooMany is how many smaller cases are tried at most for one difference.
const tooMany = 3000

// minimise returns the smallest query and rows that it finds for which the sides still differ.
func minimise(q *query, rows []row, differ func(*query, []row) bool) (*query, []row) {
	tries := 0
	still := func(q *query, rows []row) bool {
		tries++
		return tries <= tooMany && differ(q, rows)
	}
	for again := true; again && tries < tooMany; {
		again = false
		if fewer := fewerRows(q, rows, still); len(fewer) < len(rows) {
			rows, again = fewer, true
		}
		for _, candidate := range q.smaller() {
			if still(candidate, rows) {
				q, again = candidate, true
				break
			}
		}
	}
	return q, withoutValues(q, rows, still)
}

// fewerRows leaves out halves, quarters and so on of the rows, as long as it can.
func fewerRows(q *query, rows []row, still func(*query, []row) bool) []row {
	for size := (len(rows) + 1) / 2; size > 0; size /= 2 {
		for start := 0; start < len(rows); {
			without := slices.Concat(rows[:start], rows[min(start+size, len(rows)):])
			if still(q, without) {
				rows = without
			} else {
				start += size
			}
		}
		if size == 1 {
			break
		}
	}
	return rows
}

// withoutValues makes values NULL that do not matter.
func withoutValues(q *query, rows []row, still func(*query, []row) bool) []row {
	used := q.used()
	for i := range rows {
		for j := range columns {
			if !used[j] || rows[i][j].null || j == timeColumn {
				continue
			}
			changed := slices.Clone(rows)
			changed[i] = slices.Clone(rows[i])
			changed[i][j] = cell{null: true}
			if still(q, changed) {
				rows = changed
			}
		}
	}
	return rows
}

// smaller returns queries that are a little smaller.
func (q *query) smaller() []*query {
	var out []*query
	change := func(f func(*query)) {
		copied := q.clone()
		f(copied)
		if len(copied.keys)+len(copied.items) > 0 || copied.window.kind != noWindow {
			out = append(out, copied)
		}
	}
	if q.where != nil {
		change(func(c *query) { c.where = nil })
	}
	if q.having != nil {
		change(func(c *query) { c.having = nil })
	}
	for i := range q.items {
		change(func(c *query) { c.items = slices.Delete(c.items, i, i+1) })
	}
	for i := range q.keys {
		change(func(c *query) { c.keys = slices.Delete(c.keys, i, i+1) })
	}
	for i, n := range q.items {
		for _, less := range n.smaller() {
			change(func(c *query) { c.items[i] = less })
		}
	}
	for i, n := range q.keys {
		for _, less := range n.smaller() {
			if columns := (&query{items: []*node{less}}).columnsOf(); len(columns) > 0 && !q.hasKey(less) {
				change(func(c *query) { c.keys[i] = less })
			}
		}
	}
	if q.where != nil {
		for _, less := range q.where.smaller() {
			change(func(c *query) { c.where = less })
		}
	}
	if q.having != nil {
		for _, less := range q.having.smaller() {
			if less.hasAggregate() {
				change(func(c *query) { c.having = less })
			}
		}
	}
	return out
}
