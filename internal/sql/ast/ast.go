// Package ast is the syntax tree of a SQL script: what was written, with the place of every node,
// before any name is looked up.
//
// It owns the node types and their printed form: printing a parsed script and parsing the text
// again gives the same tree. It knows no types, tables or functions. Nodes are not changed once
// the parser has made them.
package ast

import "github.com/penstock-io/penstock/internal/diag"

// Node is any part of the tree.
type Node interface {
	// Span is the place of the node in the script; zero for nodes made by hand.
	Span() diag.Span
}

// Pos is the place of a node; every node embeds one.
type Pos diag.Span

// Span returns the place.
func (p Pos) Span() diag.Span { return diag.Span(p) }

// Identifier is one name. Quoted identifiers keep their text as written between the quotes; names
// compare without regard to case when neither side is quoted.
type Identifier struct {
	Pos
	Name   string
	Quoted bool // `x` or "x"
}

// Name is a possibly qualified name: table, catalog.database.table, table.column.
type Name struct {
	Pos
	Parts []Identifier // at least one
}

// Script is a sequence of statements separated by semicolons.
type Script struct {
	Pos
	Statements []Statement
}

// Type is a written data type: DECIMAL(10, 2) NOT NULL, ARRAY<INT>, ROW<a INT, b STRING>.
type Type struct {
	Pos
	Name       string // upper case, as written otherwise: TIMESTAMP_LTZ, DOUBLE, INTERVAL
	Parameters []int  // length, precision, scale; INTERVAL: precision of the first unit (0: none written), fraction digits
	Arguments  []Type // element types of ARRAY<...>, MAP<..., ...>, MULTISET<...>
	Fields     []RowField
	NotNull    bool
	Unit       string // INTERVAL only: upper-case unit or range, such as SECOND or "DAY TO SECOND"
}

// RowField is one field of a ROW type.
type RowField struct {
	Name    Identifier
	Type    Type
	Comment string
}

// Property is one 'key' = 'value' pair of a WITH clause, an OPTIONS hint or SET.
type Property struct {
	Pos
	Key    string
	KeyPos Pos
	Value  string // strings unquoted; numbers and booleans as written
	ValPos Pos
}
