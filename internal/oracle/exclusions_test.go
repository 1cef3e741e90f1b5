package oracle

import "testing"

func TestEveryExclusionHasItsReason(t *testing.T) {
	known := map[string]bool{}
	for _, e := range Exclusions {
		if e.What == "" || e.Reason == "" || known[e.What] {
			t.Errorf("%q: %q", e.What, e.Reason)
		}
		known[e.What] = true
	}
}

// TestTranslationsDiffer finds translations that say nothing, and reasons without a translation.
func TestTranslationsDiffer(t *testing.T) {
	check := func(ours, duck, why string, exact bool) {
		if duck == ours {
			t.Errorf("%s: the translation is the same", ours)
		}
		if why != "" && duck == "" && exact {
			t.Errorf("%s: has a reason but neither a translation nor a tolerance", ours)
		}
	}
	for _, o := range operations {
		check(o.ours, o.duck, o.why, o.tolerance == 0)
	}
	for _, a := range aggregations {
		check(a.ours, a.duck, a.why, a.tolerance == 0)
	}
}
