package ast

// Alter is ALTER TABLE|VIEW [IF EXISTS] name action.
type Alter struct {
	Pos
	Object   string // TABLE or VIEW
	IfExists bool
	Name     Name
	Action   AlterAction
}

func (*Alter) statement() {}

// AlterAction is what ALTER does.
type AlterAction interface {
	Node
	alterAction()
}

// RenameTo is RENAME TO name.
type RenameTo struct {
	Pos
	To Name
}

// RenameColumn is RENAME column TO name.
type RenameColumn struct {
	Pos
	From, To Identifier
}

// SetOptions is SET ('key' = 'value', ...).
type SetOptions struct {
	Pos
	Options []Property
}

// ResetOptions is RESET ('key', ...).
type ResetOptions struct {
	Pos
	Keys []Property // without values
}

// AddElements is ADD and MODIFY: columns, the watermark and the primary key of a table.
type AddElements struct {
	Pos
	Modify     bool
	Columns    []PlacedColumn
	Watermark  *Watermark
	PrimaryKey []Identifier
}

// PlacedColumn is a column with its place among the others.
type PlacedColumn struct {
	Column Column
	First  bool        // FIRST
	After  *Identifier // AFTER column; nil: none, which is the end for ADD and no move for MODIFY
}

// DropElements is DROP column, DROP (columns), DROP PRIMARY KEY and DROP WATERMARK.
type DropElements struct {
	Pos
	Columns    []Identifier
	PrimaryKey bool
	Watermark  bool
}

// Redefine is AS query, of a view.
type Redefine struct {
	Pos
	Query *Query
}

func (*RenameTo) alterAction()     {}
func (*RenameColumn) alterAction() {}
func (*SetOptions) alterAction()   {}
func (*ResetOptions) alterAction() {}
func (*AddElements) alterAction()  {}
func (*DropElements) alterAction() {}
func (*Redefine) alterAction()     {}
