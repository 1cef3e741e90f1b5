package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// tableFunction parses f(arguments) in FROM.
func (p *parser) tableFunction() *ast.TableFunction {
	f := &ast.TableFunction{Function: p.identifier("a table function")}
	open := p.peek()
	p.expect("(", "after the table function")
	if !p.is(")") {
		f.Arguments = list(p, "an argument", p.tableArgument)
	}
	p.closeList(open, "the arguments of "+clip(f.Function.Name))
	return f
}

// finishFunction parses what follows a table function: [WITH ORDINALITY] [alias [(columns)]].
func (p *parser) finishFunction(f *ast.TableFunction, start int, lateral bool) ast.TableRef {
	f.Lateral = lateral
	f.Ordinality = p.accept("WITH", "ORDINALITY")
	f.Alias, f.Columns = p.tableAlias()
	f.Pos = p.from(start)
	return f
}

// tableArgument parses [name =>] and a table, a query, DESCRIPTOR(columns) or an expression.
func (p *parser) tableArgument() ast.TableArgument {
	start := p.mark()
	a := ast.TableArgument{}
	if p.startsNamedArg() {
		name := p.takeIdentifier()
		a.Name = &name
		p.advance()
	}
	switch {
	case p.accept("TABLE"):
		p.tableOperand(&a)
	case p.is("DESCRIPTOR", "("):
		p.advance()
		a.Descriptor = p.identifiers("a column name", "DESCRIPTOR")
	default:
		e := p.expr()
		if q, ok := e.(*ast.ScalarQuery); ok {
			a.Query = q.Query
		} else {
			a.Expr = e
		}
	}
	a.Pos = p.from(start)
	return a
}

// tableOperand parses what follows TABLE in an argument: a name or a query in parentheses, and how
// it is partitioned.
func (p *parser) tableOperand(a *ast.TableArgument) {
	if p.is("(") {
		open := p.advance()
		a.Query = p.query()
		p.close(open, "the query")
	} else {
		name := p.name("a table name after TABLE")
		a.Table = &name
		a.Hints = p.hints()
	}
	if !p.accept("PARTITION") {
		return
	}
	p.expect("BY", "after PARTITION")
	if p.is("(") {
		a.PartitionBy = parenthesized(p, "an expression", "PARTITION BY", p.expr)
	} else {
		a.PartitionBy = []ast.Expr{p.expr()} // a comma would end the argument
	}
}
