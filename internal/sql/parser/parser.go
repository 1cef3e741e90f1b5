// Package parser turns the text of a SQL script into a syntax tree.
//
// It owns the grammar: the lexer, the statements, queries and expressions, and the messages for
// text that does not parse. It does not know which tables, columns, functions or types exist; any
// word may name one. Which words are reserved and how tightly operators bind is written once, in
// package ast, because the printer needs it too.
//
// Invariant: for any text there is a tree or at least one *diag.Error with a place in the text,
// never a panic, and the work and the depth of the tree are bounded by the limits below.
package parser

import (
	"errors"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// Limits. They keep a hostile or broken script from exhausting the stack or the memory; they are
// far above what people write.
const (
	maxScript = 4 << 20 // bytes of one script
	maxDepth  = 200     // nested parentheses, operators, queries and types
	maxLinks  = 20_000  // operators, joins and set operations of one statement: each deepens the tree
	maxErrors = 10      // errors reported for one script
)

// Parse parses a script. The error joins one *diag.Error per broken statement, up to ten.
func Parse(src *diag.Source) (*ast.Script, error) {
	p := newParser(src)
	script := p.script()
	if err := p.failure(); err != nil {
		return nil, err
	}
	return script, nil
}

// ParseStatement parses a text that is exactly one statement; a semicolon may follow it.
func ParseStatement(src *diag.Source) (ast.Statement, error) {
	p := newParser(src)
	statement := p.statement()
	p.endStatement(statement)
	p.expectEnd("the statement")
	p.resume()
	if err := p.failure(); err != nil {
		return nil, err
	}
	return statement, nil
}

// ParseExpr parses a text that is exactly one scalar expression.
func ParseExpr(src *diag.Source) (ast.Expr, error) {
	p := newParser(src)
	expr := p.expr()
	p.expectEnd("the expression")
	p.resume()
	if err := p.failure(); err != nil {
		return nil, err
	}
	return expr, nil
}

// parser is a recursive-descent parser with a sticky error: after the first error of a statement
// it sees nothing but the end of the script, so that every function returns by itself, with an
// unfinished node that nobody will look at. Only script and statementSet look at err, to resume
// with the next statement.
type parser struct {
	src       *diag.Source
	tokens    []token
	lexErrors map[int32]*diag.Error // by the start of an invalid token

	next  int         // index of the current token
	last  token       // the token before it
	err   *diag.Error // the first error of the current statement
	errs  []error     // the errors of the statements before
	depth int         // nesting at the current token
	links int         // see maxLinks
}

func newParser(src *diag.Source) *parser {
	p := &parser{src: src}
	if len(src.Text) > maxScript {
		p.tokens = []token{{kind: endOfScript}}
		p.fail(diag.Span{}, "the script has %d bytes, more than the limit of %d", len(src.Text), maxScript).
			WithHint("split it into several scripts")
		return p
	}
	p.tokens, p.lexErrors = tokenize(src.Text)
	return p
}

// failure joins the errors found; nil if there are none.
func (p *parser) failure() error {
	return diag.WithSource(errors.Join(p.errs...), p.src)
}

func (p *parser) script() *ast.Script {
	p.resume() // the script may be too long
	start := p.mark()
	script := &ast.Script{}
	for p.skipSemicolons(); p.peek().kind != endOfScript; p.skipSemicolons() {
		if len(p.errs) > 0 && p.accept("END") {
			continue // of a statement set with a broken beginning
		}
		p.links = 0
		statement := p.statement()
		p.endStatement(statement)
		p.resume()
		script.Statements = append(script.Statements, statement)
	}
	script.Pos = p.from(start)
	return script
}

func (p *parser) skipSemicolons() {
	for p.accept(";") { //nolint:revive // accept moves on
	}
}

// resume ends the error state: it keeps the error and skips to behind the next semicolon. It
// reports whether there was an error.
func (p *parser) resume() bool {
	if p.err == nil {
		return false
	}
	p.errs = append(p.errs, p.err)
	p.err = nil
	if len(p.errs) >= maxErrors {
		p.next = len(p.tokens) - 1
		return true
	}
	early := p.is(";") // the statement ended too early: what follows may be the rest of it
	for p.peek().kind != endOfScript && !p.accept(";") {
		p.advance()
	}
	if early && !p.startsStatement() {
		for p.peek().kind != endOfScript && !p.accept(";") {
			p.advance()
		}
	}
	return true
}

// peek returns the current token.
func (p *parser) peek() token { return p.peekAt(0) }

// peekAt returns the token n places behind the current one.
func (p *parser) peekAt(n int) token {
	if p.err != nil || p.next+n >= len(p.tokens) {
		return p.tokens[len(p.tokens)-1]
	}
	return p.tokens[p.next+n]
}

// advance moves to the next token and returns the one it leaves.
func (p *parser) advance() token {
	t := p.peek()
	if t.kind != endOfScript {
		p.last = t
		p.next++
	}
	return t
}

// is reports whether the current and following tokens are these keywords (in upper case) and
// symbols.
func (p *parser) is(items ...string) bool {
	for i, item := range items {
		if !p.isAt(i, item) {
			return false
		}
	}
	return true
}

// isAny reports whether the current token is one of these keywords and symbols.
func (p *parser) isAny(items ...string) bool {
	for _, item := range items {
		if p.isAt(0, item) {
			return true
		}
	}
	return false
}

func (p *parser) isAt(n int, item string) bool {
	t := p.peekAt(n)
	return (t.kind == word || t.kind == symbol) && isKeyword(p.text(t), item)
}

// accept moves past the items if all of them are there.
func (p *parser) accept(items ...string) bool {
	if !p.is(items...) {
		return false
	}
	for range items {
		p.advance()
	}
	return true
}

// acceptAny moves past the current token if it is one of the items, and returns that item.
func (p *parser) acceptAny(items ...string) (string, bool) {
	for _, item := range items {
		if p.accept(item) {
			return item, true
		}
	}
	return "", false
}

// expect moves past the item, or fails with a message that ends in why, such as "after INSERT".
func (p *parser) expect(item, why string) {
	if !p.accept(item) {
		p.expected(quote(item) + " " + why)
	}
}

// mark returns where the current token starts, for from.
func (p *parser) mark() int { return int(p.peek().start) }

// from returns the place from start to the end of the last token taken.
func (p *parser) from(start int) ast.Pos {
	return ast.Pos{Start: start, End: max(start, int(p.last.end))}
}

// enter notes one more level of nesting; leave ends it.
func (p *parser) enter() {
	p.depth++
	if p.depth > maxDepth {
		p.fail(p.peek().span(), "more than %d levels of nesting", maxDepth).
			WithHint("split the query with WITH or views")
	}
}

func (p *parser) leave() { p.depth-- }

// link notes one more operator, join or set operation of a chain.
func (p *parser) link() {
	p.links++
	if p.links > maxLinks {
		p.fail(p.last.span(), "more than %d operators in one statement", maxLinks).
			WithHint("use IN (...) for long lists of values, or split the statement")
	}
}
