package parser

import (
	"strings"

	"github.com/penstock-io/penstock/internal/sql/ast"
)

// startsStatement reports whether the current token can begin a statement.
func (p *parser) startsStatement() bool {
	t := p.peek()
	return t.kind == word && (oneOf(p.text(t), statementWords) || oneOf(p.text(t), foreignWords))
}

// statement parses one statement, without the semicolon behind it.
func (p *parser) statement() ast.Statement {
	start := p.mark()
	switch {
	case p.startsQuery(), p.is("("):
		query := p.query()
		return &ast.Select{Pos: p.from(start), Query: query}
	case p.is("CREATE"):
		return p.create()
	case p.is("INSERT"):
		return p.insert()
	case p.is("EXECUTE"), p.is("BEGIN"), p.is("STATEMENT", "SET"):
		return p.statementSet()
	case p.is("DROP"):
		return p.drop()
	case p.is("ALTER"):
		return p.alter()
	case p.is("STOP"):
		return p.stopJob()
	case p.is("EXPLAIN"):
		return p.explain()
	case p.isAny("DESCRIBE", "DESC"):
		p.advance()
		table := p.name("a table name")
		return &ast.Describe{Pos: p.from(start), Table: table}
	case p.is("SHOW"):
		return p.show()
	case p.is("SET"), p.is("RESET"):
		return p.session()
	case p.accept("USE"):
		use := &ast.Use{Catalog: p.is("CATALOG") && p.isName(1) && p.accept("CATALOG")}
		use.Name = p.name("a name")
		use.Pos = p.from(start)
		return use
	}
	p.unknownStatement()
	return &ast.Select{}
}

func (p *parser) unknownStatement() {
	t := p.peek()
	switch {
	case t.kind != word:
		p.expected("a statement")
	case oneOf(p.text(t), foreignWords):
		p.unsupported(t.span(), upper(p.text(t)))
	default:
		p.expectedOneOf("a statement", statementWords)
	}
}

// drop parses DROP [TEMPORARY] TABLE|VIEW|FUNCTION [IF EXISTS] name.
func (p *parser) drop() ast.Statement {
	start := p.mark()
	p.advance()
	d := &ast.Drop{Temporary: p.accept("TEMPORARY")}
	d.Object = p.object("DROP", "TABLE", "VIEW", "FUNCTION")
	d.IfExists = p.accept("IF", "EXISTS")
	d.Name = p.name("a name after DROP " + d.Object)
	d.Pos = p.from(start)
	return d
}

// object parses the kind of thing that a statement is about.
func (p *parser) object(after string, objects ...string) string {
	object, ok := p.acceptAny(objects...)
	if !ok {
		quoted := make([]string, len(objects))
		for i, o := range objects {
			quoted[i] = quote(o)
		}
		last := len(quoted) - 1
		p.expectedOneOf(strings.Join(quoted[:last], ", ")+" or "+quoted[last]+" after "+after, objects)
	}
	return object
}

// stopJob parses STOP JOB 'id' [WITH DRAIN].
func (p *parser) stopJob() ast.Statement {
	start := p.mark()
	p.advance()
	p.expect("JOB", "after STOP")
	s := &ast.StopJob{ID: p.stringLiteral("the id of a job in quotes")}
	if p.accept("WITH") {
		if p.is("SAVEPOINT") {
			p.unsupported(p.peek().span(), "STOP JOB ... WITH SAVEPOINT")
		}
		p.expect("DRAIN", "after WITH")
		s.Drain = true
	}
	s.Pos = p.from(start)
	return s
}

// insert parses INSERT INTO|OVERWRITE table [hints] [PARTITION (...)] [(columns)] query.
func (p *parser) insert() *ast.Insert {
	start := p.mark()
	p.expect("INSERT", "at the start of the statement")
	i := &ast.Insert{Overwrite: p.accept("OVERWRITE")}
	if !p.accept("INTO") && !i.Overwrite {
		p.expected(`"INTO" or "OVERWRITE" after INSERT`)
	}
	i.Table = p.name("a table name")
	i.Hints = p.hints()
	if p.accept("PARTITION") {
		i.Partition = parenthesized(p, "a column", "the columns of PARTITION", p.assignment)
	}
	if p.is("(") && p.isName(1) {
		i.Columns = p.identifiers("a column name", "the columns of INSERT")
	}
	if !p.startsQuery() && !p.is("(") {
		p.expectedOneOf(`"SELECT" or "VALUES" in INSERT`, []string{"SELECT", "VALUES", "WITH"})
	}
	i.Query = p.query()
	i.Pos = p.from(start)
	return i
}

// assignment parses column = value.
func (p *parser) assignment() ast.Assignment {
	start := p.mark()
	a := ast.Assignment{Column: p.identifier("a column name")}
	p.expect("=", "after the partition column")
	a.Value = p.expr()
	a.Pos = p.from(start)
	return a
}

// explain parses EXPLAIN [detail, ...] statement and EXPLAIN PLAN FOR statement.
func (p *parser) explain() ast.Statement {
	start := p.mark()
	p.advance()
	e := &ast.Explain{}
	if !p.startsExplained() {
		e.Details = list(p, "a detail", p.explainDetail)
		p.accept("FOR")
	}
	if !p.startsExplained() {
		p.expectedOneOf("a query, INSERT, CREATE or a statement set to explain",
			[]string{"SELECT", "WITH", "VALUES", "INSERT", "CREATE", "EXECUTE", "STATEMENT"})
		return e
	}
	e.Statement = p.statement()
	e.Pos = p.from(start)
	return e
}

func (p *parser) startsExplained() bool {
	return p.startsQuery() || p.isAny("(", "INSERT", "CREATE", "EXECUTE", "BEGIN") || p.is("STATEMENT", "SET")
}

// explainDetails are what EXPLAIN can be asked to show.
var explainDetails = []string{"CHANGELOG_MODE", "ESTIMATED_COST", "PLAN_ADVICE", "JSON_EXECUTION_PLAN", "PLAN"}

func (p *parser) explainDetail() string {
	detail, ok := p.acceptAny(explainDetails...)
	if !ok {
		p.expectedOneOf("a detail or a statement after EXPLAIN", append([]string{"SELECT", "INSERT"}, explainDetails...))
	}
	return detail
}
