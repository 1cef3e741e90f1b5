package ast

import "strings"

func (p *printer) statement(s Statement) {
	switch s := s.(type) {
	case *CreateTable:
		p.createTable(s)
	case *CreateView:
		p.createView(s)
	case *CreateFunction:
		p.createFunction(s)
	case *Alter:
		p.alter(s)
	case *Drop:
		p.write("DROP ")
		p.optional(s.Temporary, "TEMPORARY ")
		p.write(s.Object, " ")
		p.optional(s.IfExists, "IF EXISTS ")
		p.name(s.Name)
	case *Insert:
		p.insert(s)
	case *StatementSet:
		p.write("EXECUTE STATEMENT SET\nBEGIN\n")
		for _, insert := range s.Inserts {
			p.write("  ")
			p.insert(insert)
			p.write(";\n")
		}
		p.write("END")
	case *Select:
		p.query(s.Query)
	case *Explain:
		p.explain(s)
	default:
		p.session(s)
	}
}

// session prints the statements that look at or change the session.
func (p *printer) session(s Statement) {
	switch s := s.(type) {
	case *Describe:
		p.write("DESCRIBE ")
		p.name(s.Table)
	case *Show:
		p.show(s)
	case *StopJob:
		p.write("STOP JOB ")
		p.string(s.ID)
		p.optional(s.Drain, " WITH DRAIN")
	case *Set:
		p.write("SET")
		if s.Property.Key != "" {
			p.write(" ")
			p.property(s.Property)
		}
	case *Reset:
		p.write("RESET")
		if s.Key != "" {
			p.write(" ")
			p.string(s.Key)
		}
	case *Use:
		p.write("USE ")
		p.optional(s.Catalog, "CATALOG ")
		p.name(s.Name)
	default:
		p.part(s)
	}
}

func (p *printer) show(s *Show) {
	p.write("SHOW ", s.Object)
	if s.Name != nil {
		p.optional(!strings.HasPrefix(s.Object, "CREATE "), " FROM")
		p.write(" ")
		p.name(*s.Name)
	}
	p.optional(s.Not, " NOT")
	if s.Like != "" {
		p.write(" ", s.Like, " ")
		p.string(s.Pattern)
	}
}

func (p *printer) createFunction(f *CreateFunction) {
	p.write("CREATE ")
	p.optional(f.Temporary, "TEMPORARY ")
	p.write("FUNCTION ")
	p.optional(f.IfNotExists, "IF NOT EXISTS ")
	p.name(f.Name)
	p.write(" ")
	inParens(p, f.Parameters, func(parameter Parameter) {
		p.identifier(parameter.Name)
		p.write(" ")
		p.dataType(parameter.Type)
	})
	if f.Returns != nil {
		p.write(" RETURNS ")
		p.dataType(*f.Returns)
	}
	p.write(" RETURN ")
	p.expr(f.Body)
}

func (p *printer) insert(i *Insert) {
	p.write("INSERT ")
	if i.Overwrite {
		p.write("OVERWRITE ")
	} else {
		p.write("INTO ")
	}
	p.name(i.Table)
	p.write(" ")
	if p.hints(i.Hints) {
		p.write(" ")
	}
	if i.Partition != nil {
		p.write("PARTITION ")
		inParens(p, i.Partition, func(a Assignment) {
			p.identifier(a.Column)
			p.write(" = ")
			p.expr(a.Value)
		})
		p.write(" ")
	}
	if i.Columns != nil {
		p.identifiers(i.Columns)
		p.write(" ")
	}
	p.query(i.Query)
}

func (p *printer) explain(e *Explain) {
	p.write("EXPLAIN ")
	if e.Details != nil {
		p.write(strings.Join(e.Details, ", "), " ")
		p.optional(e.Details[len(e.Details)-1] == "PLAN", "FOR ")
	}
	p.statement(e.Statement)
}

func (p *printer) createView(v *CreateView) {
	p.write("CREATE ")
	p.optional(v.Temporary, "TEMPORARY ")
	p.write("VIEW ")
	p.optional(v.IfNotExists, "IF NOT EXISTS ")
	p.name(v.Name)
	if v.Columns != nil {
		p.write(" ")
		p.identifiers(v.Columns)
	}
	if v.Comment != "" {
		p.write(" COMMENT ")
		p.string(v.Comment)
	}
	p.write(" AS ")
	p.query(v.Query)
}
