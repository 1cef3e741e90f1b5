package parser

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/sql/ast"
)

// jsonArgument parses an argument of a JSON function: [KEY] k VALUE v, or an ordinary one.
func (p *parser) jsonArgument() ast.Expr {
	start := p.mark()
	if p.startsNamedArg() {
		return p.argument()
	}
	hasKey := p.is("KEY") && p.startsOperand(1) && p.accept("KEY")
	key := p.expr()
	if !hasKey && !p.is("VALUE") {
		return key
	}
	p.expect("VALUE", "after the key")
	value := p.expr()
	return &ast.NamedArg{Pos: p.from(start), Key: key, Value: value}
}

// jsonReactions are what may stand before ON NULL, ON EMPTY and ON ERROR, longest first where one
// begins another. DEFAULT has an expression behind it.
var jsonReactions = [][]string{
	{"EMPTY", "ARRAY"},
	{"EMPTY", "OBJECT"},
	{"EMPTY"},
	{"NULL"},
	{"ABSENT"},
	{"ERROR"},
	{"TRUE"},
	{"FALSE"},
	{"UNKNOWN"},
}

// jsonWrappers are the clauses about array wrappers of JSON_QUERY.
var jsonWrappers = [][]string{
	{"WITHOUT", "ARRAY", "WRAPPER"},
	{"WITHOUT", "WRAPPER"},
	{"WITH", "CONDITIONAL", "ARRAY", "WRAPPER"},
	{"WITH", "CONDITIONAL", "WRAPPER"},
	{"WITH", "UNCONDITIONAL", "ARRAY", "WRAPPER"},
	{"WITH", "UNCONDITIONAL", "WRAPPER"},
	{"WITH", "ARRAY", "WRAPPER"},
	{"WITH", "WRAPPER"},
}

// startsJSONClause reports whether a clause follows where an argument could be.
func (p *parser) startsJSONClause() bool {
	for _, reaction := range jsonReactions {
		if p.is(append(slices.Clip(reaction), "ON")...) {
			return true
		}
	}
	return false
}

// jsonClauses parses the clauses behind the arguments of a JSON function.
func (p *parser) jsonClauses(c *ast.Call) {
	for {
		switch {
		case p.accept("RETURNING"):
			t := p.castType() // NULL behind the type begins the next clause
			c.Clauses, c.Returning = append(c.Clauses, "RETURNING "+ast.Print(t)), &t
		case p.is("DEFAULT"):
			p.advance()
			c.Defaults = append(c.Defaults, p.expr())
			c.Clauses = append(c.Clauses, "DEFAULT"+p.jsonEvent())
		case p.startsJSONClause():
			c.Clauses = append(c.Clauses, p.acceptPhrase(jsonReactions)+p.jsonEvent())
		case p.isAny("WITH", "WITHOUT"):
			wrapper := p.acceptPhrase(jsonWrappers)
			if wrapper == "" {
				p.expected("WITH WRAPPER, WITH CONDITIONAL WRAPPER or WITHOUT WRAPPER")
				return
			}
			c.Clauses = append(c.Clauses, wrapper)
		default:
			return
		}
	}
}

// jsonEvent parses ON NULL, ON EMPTY or ON ERROR, and returns it with a space before it.
func (p *parser) jsonEvent() string {
	p.expect("ON", "in the JSON function")
	event, ok := p.acceptAny("NULL", "EMPTY", "ERROR")
	if !ok {
		p.expected("NULL, EMPTY or ERROR after ON")
	}
	return " ON " + event
}

// acceptPhrase takes the first phrase that is there, and returns its words; empty if there is none.
func (p *parser) acceptPhrase(phrases [][]string) string {
	for _, phrase := range phrases {
		if p.accept(phrase...) {
			return strings.Join(phrase, " ")
		}
	}
	return ""
}
