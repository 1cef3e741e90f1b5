package ast

func (p *printer) tableRef(t TableRef) {
	switch t := t.(type) {
	case *TableName:
		p.name(t.Name)
		if t.Hints != nil {
			p.write(" ")
			p.hints(t.Hints)
		}
		p.clause(" FOR SYSTEM_TIME AS OF ", t.AsOf)
		p.alias(t.Alias, t.Columns)
	case *Derived:
		p.optional(t.Lateral, "LATERAL ")
		p.subquery(t.Query)
		p.alias(t.Alias, t.Columns)
	case *TableFunction:
		p.tableFunction(t)
	case *Join:
		p.join(t)
	default:
		p.part(t)
	}
}

func (p *printer) alias(alias *Identifier, columns []Identifier) {
	if alias == nil {
		return
	}
	p.write(" AS ")
	p.identifier(*alias)
	if columns != nil {
		p.write(" ")
		p.identifiers(columns)
	}
}

// tableFunction prints a table function inside TABLE(...), except UNNEST, which has none.
func (p *printer) tableFunction(t *TableFunction) {
	unnest := functionName(t.Function) == "UNNEST"
	p.optional(t.Lateral, "LATERAL ")
	p.optional(!unnest, "TABLE(")
	p.identifier(t.Function)
	inParens(p, t.Arguments, p.tableArgument)
	p.optional(!unnest, ")")
	p.optional(t.Ordinality, " WITH ORDINALITY")
	p.alias(t.Alias, t.Columns)
}

func (p *printer) tableArgument(a TableArgument) {
	if a.Name != nil {
		p.identifier(*a.Name)
		p.write(" => ")
	}
	switch {
	case a.Table != nil:
		p.write("TABLE ")
		p.name(*a.Table)
		if a.Hints != nil {
			p.write(" ")
			p.hints(a.Hints)
		}
	case a.Query != nil:
		p.write("TABLE ")
		p.subquery(a.Query)
	case a.Descriptor != nil:
		p.write("DESCRIPTOR")
		p.identifiers(a.Descriptor)
	default:
		p.expr(a.Expr)
	}
	if a.PartitionBy != nil {
		p.write(" PARTITION BY ")
		inParens(p, a.PartitionBy, p.expr)
	}
}

func (p *printer) join(j *Join) {
	p.tableRef(j.Left)
	p.optional(j.Natural, " NATURAL")
	if j.Kind != "INNER" {
		p.write(" ", j.Kind)
	}
	p.write(" JOIN ")
	if _, nested := j.Right.(*Join); nested {
		p.write("(")
		p.tableRef(j.Right)
		p.write(")")
	} else {
		p.tableRef(j.Right)
	}
	p.clause(" ON ", j.On)
	if j.Using != nil {
		p.write(" USING ")
		p.identifiers(j.Using)
	}
}
