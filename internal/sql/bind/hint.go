package bind

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// The hints that are known: OPTIONS stands behind a table, STATE_TTL behind SELECT.
const (
	hintOptions  = "OPTIONS"
	hintStateTTL = "STATE_TTL"
)

// hinted returns the table with the options of its hints.
func (b *Binder) hinted(t *catalog.Table, hints []ast.Hint) (*catalog.Table, error) {
	var options []ast.Property
	for _, h := range hints {
		switch {
		case h.Name == hintStateTTL:
			return nil, diag.Errorf(diag.Semantic, h.Span(), "the hint STATE_TTL does not stand behind a table").
				WithHint("write it behind SELECT")
		case h.Name != hintOptions:
			return nil, unknownHint(h)
		case len(h.Arguments) > 0 || len(h.Properties) == 0:
			return nil, diag.Errorf(diag.Semantic, h.Span(), "the hint OPTIONS takes keys and values").
				WithHint("write /*+ OPTIONS('key' = 'value') */")
		}
		for _, p := range h.Properties {
			if slices.ContainsFunc(options, func(known ast.Property) bool { return strings.EqualFold(known.Key, p.Key) }) {
				return nil, diag.Errorf(diag.Option, p.KeyPos.Span(), "the hint sets option %q twice", p.Key)
			}
			options = append(options, p)
		}
	}
	if len(options) == 0 {
		return t, nil
	}
	return b.rewire(t, options)
}

// noHints rejects hints behind something that has no options of its own.
func noHints(hints []ast.Hint, what string) error {
	if len(hints) == 0 {
		return nil
	}
	return diag.Errorf(diag.Semantic, hints[0].Span(), "%s takes no hints: they are for tables", what).
		WithHint("write the hint behind the table inside the query")
}

// selectHints rejects the hints behind SELECT: no query has state yet that one could act on.
func selectHints(hints []ast.Hint) error {
	if len(hints) == 0 {
		return nil
	}
	switch h := hints[0]; h.Name {
	case hintStateTTL:
		return diag.Errorf(diag.Unsupported, h.Span(), "STATE_TTL has nothing to act on here").
			WithHint("it is for the state of joins and of aggregations without a window; windows give up their state when they end")
	case hintOptions:
		return diag.Errorf(diag.Semantic, h.Span(), "the hint OPTIONS does not stand behind SELECT").
			WithHint("write it behind the name of the table")
	default:
		return unknownHint(h)
	}
}

func unknownHint(h ast.Hint) error {
	err := diag.Errorf(diag.Unsupported, h.Span(), "there is no hint %s", h.Name)
	err.Hint = diag.DidYouMean(h.Name, []string{hintOptions, hintStateTTL})
	return err
}
