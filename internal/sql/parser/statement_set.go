package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// statementSet parses EXECUTE STATEMENT SET BEGIN ... END, which EXPLAIN also takes without EXECUTE,
// and BEGIN STATEMENT SET; ... END. After a broken INSERT it goes on with the next one.
func (p *parser) statementSet() ast.Statement {
	start := p.mark()
	open := p.peek()
	opened, _ := p.acceptAny("EXECUTE", "BEGIN")
	p.expect("STATEMENT", "after "+p.text(open))
	p.expect("SET", "after STATEMENT")
	if opened == "BEGIN" {
		p.expect(";", "after BEGIN STATEMENT SET")
	} else {
		p.expect("BEGIN", "after EXECUTE STATEMENT SET")
	}
	set := &ast.StatementSet{}
	for p.err == nil && !p.accept("END") {
		if !p.is("INSERT") {
			p.closeWith(open, "END", `"INSERT" or "END" in the statement set`, "a statement set holds INSERT statements only; END closes it")
			break
		}
		p.links = 0
		insert := p.insert()
		if !p.is("END") {
			p.endStatement(insert)
		}
		set.Inserts = append(set.Inserts, insert)
		if p.resume() && p.peek().kind == endOfScript {
			break // what is wrong has been said
		}
	}
	if p.err == nil && len(p.errs) == 0 && len(set.Inserts) == 0 {
		p.fail(syntaxErrorf(p.from(start).Span(), "a statement set needs at least one INSERT"))
	}
	set.Pos = p.from(start)
	return set
}
