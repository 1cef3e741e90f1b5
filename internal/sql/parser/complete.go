package parser

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// Complete reports whether a text that is being typed has come to the end of a statement: its last
// token is a semicolon, outside a statement set that is still open.
func Complete(text string) bool {
	tokens, _ := tokenize(text)
	p := &parser{tokens: tokens, src: &diag.Source{Text: text}}
	complete, inSet, start := false, false, true
	cases := 0 // CASE expressions that are open: their END closes no set
	for ; p.peek().kind != endOfScript; p.advance() {
		t := p.peek()
		switch {
		case t.kind == invalid && int(t.end) == len(text): // a quote or comment that is not closed
			return false
		case p.is(";"):
			complete, start, cases = !inSet, !inSet, 0
			continue
		case start && p.startsSet():
			inSet = true
			for !p.is("SET") {
				p.advance()
			}
		case p.is("CASE"):
			cases++
		case p.is("END") && cases > 0:
			cases--
		case p.is("END"):
			inSet = false
		}
		complete, start = false, start && p.is("EXPLAIN")
	}
	return complete
}

// startsSet reports whether a statement set begins here.
func (p *parser) startsSet() bool {
	return p.is("EXECUTE", "STATEMENT", "SET") || p.is("BEGIN", "STATEMENT", "SET") || p.is("STATEMENT", "SET", "BEGIN")
}

// OneLine returns a statement without comments and line breaks, for a history of lines; false if a
// token has a line break itself.
func OneLine(text string) (string, bool) {
	tokens, _ := tokenize(text)
	var out strings.Builder
	end := int32(0)
	for i, t := range tokens {
		token := text[t.start:t.end]
		if strings.ContainsAny(token, "\r\n") {
			return "", false
		}
		if i > 0 && t.start > end && t.kind != endOfScript {
			out.WriteByte(' ')
		}
		out.WriteString(token)
		end = t.end
	}
	return out.String(), true
}

// Keywords returns words that statements are made of, sorted, for completion.
func Keywords() []string {
	words := slices.Concat(statementWords, clauseWords, aliasStops, shown, shownWhole, alterActions, explainDetails,
		likeActions, likeFeatures, intervalUnits, bareFunctions, ast.ReservedWords())
	words = append(words, strings.Fields("VIEW FUNCTION TEMPORARY IF EXISTS INTO BY ASC NULLS FIRST LAST ROWS ONLY INTERVAL "+
		"METADATA VIRTUAL WATERMARK PRIMARY KEY ENFORCED PARTITIONED CATALOG DATABASE DESCRIPTOR CAST TRY_CAST COMMENT "+
		"RETURNS RETURN STATEMENT JOB DRAIN FILTER PRECEDING FOLLOWING UNBOUNDED CURRENT ROW RANGE ESCAPE")...)
	slices.Sort(words)
	return slices.Compact(words)
}
