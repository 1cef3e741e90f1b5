package oracle

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// difference says how the answers differ, as multisets of rows; empty if they do not.
func (q *query) difference(ours, duck answer) string {
	switch {
	case ours.err != nil && duck.err != nil:
		return ""
	case ours.err != nil:
		return "only Penstock fails: " + ours.err.Error()
	case duck.err != nil:
		return "only DuckDB fails: " + duck.err.Error()
	}
	left, right := unmatched(ours.rows, duck.rows)
	// What differs only as far as it may is matched now.
	left = slices.DeleteFunc(left, func(a []cell) bool {
		i := slices.IndexFunc(right, func(b []cell) bool { return q.same(a, b) })
		if i >= 0 {
			right = slices.Delete(right, i, i+1)
		}
		return i >= 0
	})
	if len(left) == 0 && len(right) == 0 {
		return ""
	}
	return fmt.Sprintf("only Penstock has:\n%sonly DuckDB has:\n%s", rowsText(left), rowsText(right))
}

// unmatched returns the rows of a and b without those that both have.
func unmatched(a, b [][]cell) (left, right [][]cell) {
	counts := map[string]int{}
	for _, w := range b {
		counts[rowText(w)]++
	}
	for _, w := range a {
		if key := rowText(w); counts[key] > 0 {
			counts[key]--
		} else {
			left = append(left, w)
		}
	}
	for _, w := range b {
		if key := rowText(w); counts[key] > 0 {
			counts[key]--
			right = append(right, w)
		}
	}
	return left, right
}

// same reports whether rows are equal as far as the query's columns must be.
func (q *query) same(a, b []cell) bool {
	all := slices.Concat(q.keys, q.items)
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if a[i].null != b[i].null || i >= len(all) {
			return false
		}
		x, errX := strconv.ParseFloat(a[i].text, 64)
		y, errY := strconv.ParseFloat(b[i].text, 64)
		numbers := errX == nil && errY == nil && (all[i].inexact() || classOf(all[i].typ) == float)
		if !numbers || math.Abs(x-y) > all[i].absolute+all[i].tolerance*math.Max(math.Abs(x), math.Abs(y)) {
			return false
		}
	}
	return true
}

func rowText(w []cell) string {
	parts := make([]string, len(w))
	for i, c := range w {
		if parts[i] = strconv.Quote(c.text); c.null {
			parts[i] = "NULL"
		}
	}
	return strings.Join(parts, " | ")
}

func rowsText(rows [][]cell) string {
	var out strings.Builder
	const most = 20
	for i, w := range rows {
		if i == most {
			fmt.Fprintf(&out, "  and %d more\n", len(rows)-most)
			break
		}
		out.WriteString("  " + rowText(w) + "\n")
	}
	return out.String()
}
