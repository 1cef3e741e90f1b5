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
	return finish(p, p.script())
}

// ParseStatement parses a text that is exactly one statement; a semicolon may follow it.
func ParseStatement(src *diag.Source) (ast.Statement, error) {
	p := newParser(src)
	statement := p.statement()
	p.endStatement(statement)
	p.expectEnd("the statement")
	return finish(p, statement)
}

// ParseExpr parses a text that is exactly one scalar expression.
func ParseExpr(src *diag.Source) (ast.Expr, error) {
	p := newParser(src)
	expr := p.expr()
	p.expectEnd("the expression")
	return finish(p, expr)
}

// parser is a recursive-descent parser with a sticky error: after the first error of a statement
// it sees nothing but the end of the script, so that every function returns by itself, with an
// unfinished node that nobody will look at. script and statementSet then resume with the next
// statement.
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
		p.fail(syntaxErrorf(diag.Span{}, "the script has %d bytes, more than the limit of %d", len(src.Text), maxScript).
			WithHint("split it into several scripts"))
		return p
	}
	p.tokens, p.lexErrors = tokenize(src.Text)
	return p
}

// finish returns the node, or instead of it the errors found.
func finish[T ast.Node](p *parser, node T) (T, error) {
	p.resume()
	if len(p.errs) > 0 {
		var none T
		return none, diag.WithSource(errors.Join(p.errs...), p.src)
	}
	return node, nil
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
	for p.accept(";") {
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
	early := p.is(";")
	p.skipStatement()
	if early && !p.startsStatement() {
		p.skipStatement() // the rest of the statement, which had a semicolon too many
	}
	return true
}

func (p *parser) skipStatement() {
	for p.peek().kind != endOfScript && !p.accept(";") {
		p.advance()
	}
}
