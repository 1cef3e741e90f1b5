package ast

import "strings"

func (p *printer) createTable(t *CreateTable) {
	p.write("CREATE ")
	p.optional(t.Temporary, "TEMPORARY ")
	p.write("TABLE ")
	p.optional(t.IfNotExists, "IF NOT EXISTS ")
	p.name(t.Name)
	if elements := p.tableElements(t); len(elements) > 0 {
		p.write(" ")
		p.lines(elements)
	}
	if t.Comment != "" {
		p.write("\nCOMMENT ")
		p.string(t.Comment)
	}
	if t.PartitionedBy != nil {
		p.write("\nPARTITIONED BY ")
		p.identifiers(t.PartitionedBy)
	}
	if t.Options != nil {
		p.write("\nWITH ")
		lines := make([]func(), len(t.Options))
		for i, o := range t.Options {
			lines[i] = func() { p.property(o) }
		}
		p.lines(lines)
	}
	if t.Like != nil {
		p.write("\nLIKE ")
		p.name(t.Like.Table)
		if t.Like.Options != nil {
			p.write(" (", strings.Join(t.Like.Options, " "), ")")
		}
	}
	if t.Query != nil {
		p.write("\nAS ")
		p.query(t.Query)
	}
}

// lines prints parts in parentheses, one per line.
func (p *printer) lines(parts []func()) {
	p.write("(\n  ")
	separated(p, ",\n  ", parts, func(part func()) { part() })
	p.write("\n)")
}

// tableElements returns what prints the columns, the watermark and the primary key.
func (p *printer) tableElements(t *CreateTable) []func() {
	var elements []func()
	for _, column := range t.Columns {
		elements = append(elements, func() { p.column(column) })
	}
	if t.Watermark != nil {
		elements = append(elements, func() { p.watermark(t.Watermark) })
	}
	if t.PrimaryKey != nil {
		elements = append(elements, func() { p.primaryKey(t.PrimaryKey) })
	}
	return elements
}

func (p *printer) watermark(w *Watermark) {
	p.write("WATERMARK FOR ")
	p.name(w.Column)
	p.write(" AS ")
	p.expr(w.Expr)
}

func (p *printer) primaryKey(columns []Identifier) {
	p.write("PRIMARY KEY ")
	p.identifiers(columns)
	p.write(" NOT ENFORCED")
}

func (p *printer) column(c Column) {
	p.identifier(c.Name)
	if c.Computed != nil {
		p.write(" AS ")
		p.expr(c.Computed)
	}
	if c.Type != nil {
		p.write(" ")
		p.dataType(*c.Type)
	}
	if c.Metadata {
		p.write(" METADATA")
		if c.From != "" {
			p.write(" FROM ")
			p.string(c.From)
		}
		p.optional(c.Virtual, " VIRTUAL")
	}
	p.optional(c.PrimaryKey, " PRIMARY KEY NOT ENFORCED")
	if c.Comment != "" {
		p.write(" COMMENT ")
		p.string(c.Comment)
	}
}
