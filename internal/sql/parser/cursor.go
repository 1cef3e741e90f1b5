package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

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
	return ast.Pos{Start: start, End: max(start, int(p.last.end)), Source: p.src}
}

// enter notes one more level of nesting; leave ends it.
func (p *parser) enter() {
	p.depth++
	if p.depth > maxDepth {
		p.fail(syntaxErrorf(p.peek().span(), "more than %d levels of nesting", maxDepth).
			WithHint("split the query with WITH or views"))
	}
}

// at returns the place of a token.
func (p *parser) at(t token) ast.Pos {
	return ast.Pos{Start: int(t.start), End: int(t.end), Source: p.src}
}

func (p *parser) leave() { p.depth-- }

// link notes one more operator, join or set operation of a chain.
func (p *parser) link() {
	p.links++
	if p.links > maxLinks {
		p.fail(syntaxErrorf(p.last.span(), "more than %d operators in one statement", maxLinks).
			WithHint("use IN (...) for long lists of values, or split the statement"))
	}
}
