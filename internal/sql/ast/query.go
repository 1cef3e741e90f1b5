package ast

// Query is WITH ... body ORDER BY ... LIMIT ....
type Query struct {
	Pos
	With    []CommonTable
	Body    QueryBody
	OrderBy []OrderItem
	Limit   Expr // nil: none; LIMIT n and FETCH FIRST n ROWS ONLY
	Offset  Expr // nil: none
}

// CommonTable is one name [(columns)] AS (query) of a WITH clause.
type CommonTable struct {
	Pos
	Name    Identifier
	Columns []Identifier
	Query   *Query
}

// QueryBody is a SELECT, a set operation, VALUES, or a parenthesised query.
type QueryBody interface {
	Node
	queryBody()
}

// SelectBody is SELECT ... FROM ... WHERE ... GROUP BY ... HAVING ... QUALIFY ....
type SelectBody struct {
	Pos
	Hints    []Hint
	Distinct bool
	Items    []SelectItem
	From     []TableRef // comma-separated; empty: no FROM
	Where    Expr
	GroupBy  []GroupItem
	Having   Expr
	Windows  []NamedWindow
	Qualify  Expr
}

// The operators of SetOperation.
const (
	OpUnion     = "UNION"
	OpIntersect = "INTERSECT"
	OpExcept    = "EXCEPT"
)

// SetOperation is left UNION|INTERSECT|EXCEPT [ALL] right.
type SetOperation struct {
	Pos
	Op    string // UNION, INTERSECT, EXCEPT
	All   bool
	Left  QueryBody
	Right QueryBody
}

// Values is VALUES (...), (...).
type Values struct {
	Pos
	Rows [][]Expr
}

// Nested is a parenthesised query used as a body.
type Nested struct {
	Pos
	Query *Query
}

func (*SelectBody) queryBody()   {}
func (*SetOperation) queryBody() {}
func (*Values) queryBody()       {}
func (*Nested) queryBody()       {}

// SelectItem is expr [AS alias], * or t.*.
type SelectItem struct {
	Pos
	Expr  Expr        // nil for a star
	Alias *Identifier // nil: none
	Star  bool
	Table *Name // qualifier of t.*; nil for a bare star
}

// GroupingSets is a kind of GroupItem.
const GroupingSets = "GROUPING SETS"

// GroupItem is one element of GROUP BY; () is a GROUPING SETS of one empty set.
type GroupItem struct {
	Pos
	Kind  string   // "" (expression), ROLLUP, CUBE, GROUPING SETS
	Exprs []Expr   // one for an expression; the list for ROLLUP and CUBE
	Sets  [][]Expr // GROUPING SETS
}

// OrderItem is expr [ASC|DESC] [NULLS FIRST|LAST].
type OrderItem struct {
	Pos
	Expr  Expr
	Desc  bool
	Nulls string // "", FIRST, LAST
}

// Hint is one hint of /*+ ... */, such as OPTIONS('k' = 'v') or STATE_TTL('a' = '1d').
type Hint struct {
	Pos
	Name       string // upper case
	Properties []Property
	Arguments  []string
}

// NamedWindow is WINDOW name AS (specification).
type NamedWindow struct {
	Pos
	Name Identifier
	Spec WindowSpec
}

// TableRef is anything that may stand in FROM.
type TableRef interface {
	Node
	tableRef()
}

// TableName is a table or view, with hints, an alias and FOR SYSTEM_TIME AS OF.
type TableName struct {
	Pos
	Name    Name
	Hints   []Hint
	AsOf    Expr // nil: none
	Alias   *Identifier
	Columns []Identifier
}

// Derived is [LATERAL] (query) [AS alias [(columns)]].
type Derived struct {
	Pos
	Lateral bool
	Query   *Query
	Alias   *Identifier // may be absent
	Columns []Identifier
}

// TableFunction is [LATERAL] TABLE(f(arguments)), f(arguments) or UNNEST(expr) in FROM. The window
// functions TUMBLE, HOP, CUMULATE and SESSION are such calls.
type TableFunction struct {
	Pos
	Lateral    bool
	Function   Identifier
	Arguments  []TableArgument
	Ordinality bool // WITH ORDINALITY
	Alias      *Identifier
	Columns    []Identifier
}

// TableArgument is one argument of a table function, possibly named: DATA => TABLE t. Exactly one
// of Table, Query, Descriptor and Expr is set.
type TableArgument struct {
	Pos
	Name        *Identifier
	Table       *Name  // TABLE t
	Hints       []Hint // of the table
	Query       *Query // TABLE (query) or (query)
	PartitionBy []Expr // TABLE t PARTITION BY k
	Descriptor  []Identifier
	Expr        Expr
}

// Join is left [kind] JOIN right [ON condition | USING (columns)].
type Join struct {
	Pos
	Kind    string // INNER, LEFT, RIGHT, FULL, CROSS, SEMI, ANTI
	Natural bool
	Left    TableRef
	Right   TableRef
	On      Expr
	Using   []Identifier
}

func (*TableName) tableRef()     {}
func (*Derived) tableRef()       {}
func (*TableFunction) tableRef() {}
func (*Join) tableRef()          {}
