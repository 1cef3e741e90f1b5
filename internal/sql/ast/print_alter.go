package ast

func (p *printer) alter(a *Alter) {
	p.write("ALTER ", a.Object, " ")
	p.optional(a.IfExists, "IF EXISTS ")
	p.name(a.Name)
	p.write(" ")
	switch action := a.Action.(type) {
	case *RenameTo:
		p.write("RENAME TO ")
		p.name(action.To)
	case *RenameColumn:
		p.write("RENAME ")
		p.identifier(action.From)
		p.write(" TO ")
		p.identifier(action.To)
	case *SetOptions:
		p.write("SET ")
		inParens(p, action.Options, p.property)
	case *ResetOptions:
		p.write("RESET ")
		inParens(p, action.Keys, func(o Property) { p.string(o.Key) })
	case *AddElements:
		p.addElements(action)
	case *DropElements:
		p.dropElements(action)
	case *Redefine:
		p.write("AS ")
		p.query(action.Query)
	default:
		p.part(action)
	}
}

func (p *printer) addElements(a *AddElements) {
	if a.Modify {
		p.write("MODIFY ")
	} else {
		p.write("ADD ")
	}
	var elements []func()
	for _, c := range a.Columns {
		elements = append(elements, func() {
			p.column(c.Column)
			p.optional(c.First, " FIRST")
			if c.After != nil {
				p.write(" AFTER ")
				p.identifier(*c.After)
			}
		})
	}
	if a.Watermark != nil {
		elements = append(elements, func() { p.watermark(a.Watermark) })
	}
	if a.PrimaryKey != nil {
		elements = append(elements, func() { p.primaryKey(a.PrimaryKey) })
	}
	inParens(p, elements, func(element func()) { element() })
}

func (p *printer) dropElements(d *DropElements) {
	switch {
	case d.PrimaryKey:
		p.write("DROP PRIMARY KEY")
	case d.Watermark:
		p.write("DROP WATERMARK")
	default:
		p.write("DROP ")
		p.identifiers(d.Columns)
	}
}
