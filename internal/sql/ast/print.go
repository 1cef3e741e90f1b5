package ast

import (
	"fmt"
	"strings"
)

// Print returns the canonical SQL text of a node: keywords in upper case, names as they are, one
// line for a query and one line per column or option of CREATE TABLE. The parser reads the text
// back as the same tree, apart from positions. Where a tree made by hand would read as another one,
// parentheses are added.
func Print(n Node) string {
	p := &printer{}
	p.node(n)
	return p.String()
}

// printer collects the text. Its methods are named after what they print.
type printer struct {
	strings.Builder
}

// write adds its arguments one after another.
func (p *printer) write(texts ...string) {
	for _, text := range texts {
		p.WriteString(text)
	}
}

// optional adds the text if the condition holds.
func (p *printer) optional(condition bool, text string) {
	if condition {
		p.write(text)
	}
}

// separated prints items with a separator between them.
func separated[T any](p *printer, separator string, items []T, item func(T)) {
	for i, it := range items {
		p.optional(i > 0, separator)
		item(it)
	}
}

// inParens prints items in parentheses.
func inParens[T any](p *printer, items []T, item func(T)) {
	p.write("(")
	separated(p, ", ", items, item)
	p.write(")")
}

func (p *printer) node(n Node) {
	switch n := n.(type) {
	case *Script:
		separated(p, "\n", n.Statements, func(s Statement) {
			p.statement(s)
			p.write(";")
		})
	case Statement:
		p.statement(n)
	case Expr:
		p.expr(n)
	case *Query:
		p.query(n)
	case QueryBody:
		p.queryBody(n)
	case TableRef:
		p.tableRef(n)
	default:
		p.part(n)
	}
}

// part prints a node that has no meaning by itself. Such nodes are values inside other nodes.
func (p *printer) part(n Node) {
	switch n := n.(type) {
	case Identifier:
		p.identifier(n)
	case *Identifier:
		p.identifier(*n)
	case Name:
		p.name(n)
	case *Name:
		p.name(*n)
	case Type:
		p.dataType(n)
	case *Type:
		p.dataType(*n)
	case Property:
		p.property(n)
	case Column:
		p.column(n)
	case SelectItem:
		p.selectItem(n)
	case GroupItem:
		p.groupItem(n)
	case OrderItem:
		p.orderItem(n)
	case TableArgument:
		p.tableArgument(n)
	case WindowSpec:
		p.windowSpec(n)
	case *WindowSpec:
		p.windowSpec(*n)
	default:
		fmt.Fprintf(p, "<%T>", n)
	}
}
