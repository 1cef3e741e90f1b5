package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// dataType parses a data type with NOT NULL and NULL behind it, as columns have it.
func (p *parser) dataType() ast.Type {
	start := p.mark()
	t := p.castType()
	t.NotNull = p.nullability()
	for p.isAny("ARRAY", "MULTISET") { // INT ARRAY is ARRAY<INT>
		name := upper(p.text(p.advance()))
		t = ast.Type{Name: name, Arguments: []ast.Type{t}}
		t.NotNull = p.nullability()
		t.Pos = p.from(start)
		p.link()
	}
	t.Pos = p.from(start)
	return t
}

func (p *parser) nullability() (notNull bool) {
	if p.accept("NOT", "NULL") {
		return true
	}
	p.accept("NULL")
	return false
}

// castType parses a data type without NOT NULL, which behind :: could belong to the expression.
func (p *parser) castType() ast.Type {
	p.enter()
	defer p.leave()
	start := p.mark()
	t := p.baseType()
	t.Pos = p.from(start)
	for p.accept("[", "]") { // INT[] is ARRAY<INT>
		t = ast.Type{Pos: p.from(start), Name: "ARRAY", Arguments: []ast.Type{t}}
		p.link()
	}
	return t
}

func (p *parser) baseType() ast.Type {
	token := p.peek()
	if token.kind != word || ast.Reserved(p.text(token)) {
		p.expectedHint("a data type", typeHint(token.kind))
		return ast.Type{}
	}
	p.advance()
	switch name := upper(p.text(token)); name {
	case "INTERVAL":
		return p.intervalType()
	case "ARRAY", "MULTISET":
		return ast.Type{Name: name, Arguments: p.typeArguments(name, 1)}
	case "MAP":
		return ast.Type{Name: name, Arguments: p.typeArguments(name, 2)}
	case "ROW", "STRUCT":
		return ast.Type{Name: "ROW", Fields: p.rowFields()}
	case "DOUBLE":
		p.accept("PRECISION")
		return ast.Type{Name: name}
	default:
		return p.simpleType(name)
	}
}

func typeHint(kind tokenKind) string {
	if kind == quotedName {
		return "the name of a type has no quotes"
	}
	return ""
}

// simpleType parses the parameters of a type and the words that belong to its name.
func (p *parser) simpleType(name string) ast.Type {
	t := ast.Type{Name: name}
	if p.accept("VARYING") {
		t.Name = map[string]string{"CHARACTER": "VARCHAR", "CHAR": "VARCHAR", "BINARY": "VARBINARY"}[name]
		if t.Name == "" {
			p.fail(syntaxErrorf(p.last.span(), "type %s has no VARYING form", quote(name)))
		}
	}
	if p.is("(") {
		const what = "a length, precision or scale"
		t.Parameters = parenthesized(p, what, "the parameters of type "+name, func() int { return p.integer(what) })
	}
	if name == "TIMESTAMP" || name == "TIME" {
		t.Name += p.zone()
	}
	return t
}

// zone parses WITH LOCAL TIME ZONE and its like, and returns what it adds to the name of the type.
func (p *parser) zone() string {
	switch {
	case p.accept("WITH", "LOCAL", "TIME", "ZONE"):
		return "_LTZ"
	case p.accept("WITH", "TIME", "ZONE"):
		return "_TZ"
	}
	p.accept("WITHOUT", "TIME", "ZONE")
	return ""
}

// typeArguments parses <type, ...>, of which there must be count.
func (p *parser) typeArguments(name string, count int) []ast.Type {
	open := p.peek()
	p.expect("<", "after "+name)
	arguments := list(p, "a data type", p.dataType)
	p.closeWith(open, ">", `">" to close `+name, "")
	if len(arguments) != count {
		what := map[int]string{1: "one type", 2: "a key type and a value type"}[count]
		p.fail(syntaxErrorf(p.last.span(), "%s takes %s, found %d", name, what, len(arguments)).
			WithHint("for example ARRAY<STRING> or MAP<STRING, INT>"))
	}
	return arguments
}

// rowFields parses the fields of ROW<...> or ROW(...).
func (p *parser) rowFields() []ast.RowField {
	open, closing := p.peek(), ">"
	if p.is("(") {
		closing = ")"
		p.advance()
	} else {
		p.expect("<", "after ROW")
	}
	fields := list(p, "a field", func() ast.RowField {
		field := ast.RowField{Name: p.identifier("a field name")}
		field.Type = p.dataType()
		if p.peek().kind == stringText {
			field.Comment = p.stringLiteral("a comment")
		}
		return field
	})
	p.closeWith(open, closing, `"," or `+quote(closing)+" in the fields of ROW", p.itemHint())
	return fields
}

// intervalType parses what follows INTERVAL in a type: [unit[(p)] [TO unit[(f)]]]. The parameters
// are the precision of the first unit and the fraction digits of seconds, 0 if only the other one
// is written.
func (p *parser) intervalType() ast.Type {
	t := ast.Type{Name: "INTERVAL"}
	r := p.intervalRange()
	t.Unit = r.from
	if r.to != "" {
		t.Unit += " TO " + r.to
	}
	switch {
	case r.fraction > 0:
		t.Parameters = []int{r.precision, r.fraction}
	case r.precision > 0:
		t.Parameters = []int{r.precision}
	}
	return t
}
