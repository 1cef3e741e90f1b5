package diag

import (
	"slices"
	"strings"
)

// Nearest returns the candidate that is most like name, for a "did you mean" hint; false if none
// is near enough to be a likely slip (about one edit per three characters).
func Nearest(name string, candidates []string) (string, bool) {
	allowed := len(name) / 3
	if len(name) > 2 {
		allowed++
	}
	best, bestDistance := "", allowed+1
	lower := strings.ToLower(name)
	for _, candidate := range candidates {
		if d := editDistance(lower, strings.ToLower(candidate), bestDistance); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best, best != ""
}

// DidYouMean returns a hint that names the nearest candidate, or lists the candidates when there
// are few; empty if there is nothing useful to say.
func DidYouMean(name string, candidates []string) string {
	if best, ok := Nearest(name, candidates); ok {
		return "did you mean " + quote(best) + "?"
	}
	const few = 12
	if len(candidates) == 0 || len(candidates) > few {
		return ""
	}
	quoted := make([]string, len(candidates))
	for i, candidate := range candidates {
		quoted[i] = quote(candidate)
	}
	slices.Sort(quoted)
	return "there is " + strings.Join(quoted, ", ")
}

func quote(s string) string { return `"` + s + `"` }

// editDistance counts insertions, deletions, replacements and swaps of neighbours that turn a
// into b (optimal string alignment); it may stop early once the count reaches limit.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
