package ast

// Statement is one statement of a script.
type Statement interface {
	Node
	statement()
}

// CreateTable is CREATE [TEMPORARY] TABLE.
type CreateTable struct {
	Pos
	Temporary     bool
	IfNotExists   bool
	Name          Name
	Columns       []Column
	Watermark     *Watermark   // nil: none
	PrimaryKey    []Identifier // PRIMARY KEY (...) NOT ENFORCED
	PartitionedBy []Identifier
	Comment       string
	Options       []Property
	Like          *Like  // CREATE TABLE ... LIKE source (...); nil: none
	Query         *Query // CREATE TABLE ... AS SELECT; nil: none
}

// Column is one column of CREATE TABLE. Exactly one of the three forms: physical (Type set, no
// Metadata, no Computed), computed (Computed set), metadata (Type and Metadata set).
type Column struct {
	Pos
	Name       Identifier
	Type       *Type
	PrimaryKey bool   // column-level PRIMARY KEY NOT ENFORCED
	Computed   Expr   // name AS expr
	Metadata   bool   // METADATA [FROM 'key'] [VIRTUAL]
	From       string // metadata key; empty: the column's name
	Virtual    bool
	Comment    string
}

// Watermark is WATERMARK FOR column AS expr.
type Watermark struct {
	Pos
	Column Name
	Expr   Expr
}

// Like is the LIKE clause of CREATE TABLE.
type Like struct {
	Pos
	Table   Name
	Options []string // upper-case words such as "INCLUDING ALL", "EXCLUDING OPTIONS"
}

// CreateView is CREATE [TEMPORARY] VIEW name [(columns)] AS query.
type CreateView struct {
	Pos
	Temporary   bool
	IfNotExists bool
	Name        Name
	Columns     []Identifier
	Comment     string
	Query       *Query
}

// CreateFunction is CREATE [TEMPORARY] FUNCTION name (parameters) [RETURNS type] [LANGUAGE SQL]
// RETURN expr: a name for an expression.
type CreateFunction struct {
	Pos
	Temporary   bool
	IfNotExists bool
	Name        Name
	Parameters  []Parameter
	Returns     *Type // nil: the type of the body
	Body        Expr
}

// Parameter is a parameter of a function.
type Parameter struct {
	Pos
	Name Identifier
	Type Type
}

// Drop is DROP TABLE|VIEW|FUNCTION.
type Drop struct {
	Pos
	Temporary bool
	Object    string // TABLE, VIEW or FUNCTION
	IfExists  bool
	Name      Name
}

// Insert is INSERT INTO table [PARTITION (c = 'x', ...)] [(columns)] query.
type Insert struct {
	Pos
	Overwrite bool // INSERT OVERWRITE
	Table     Name
	Hints     []Hint
	Partition []Assignment
	Columns   []Identifier
	Query     *Query // a VALUES body for INSERT ... VALUES
}

// Assignment is column = literal in a static partition.
type Assignment struct {
	Pos
	Column Identifier
	Value  Expr
}

// StatementSet is EXECUTE STATEMENT SET BEGIN insert; ... END, also BEGIN STATEMENT SET; ... END.
type StatementSet struct {
	Pos
	Inserts []*Insert
}

// Select is a query used as a statement: its rows are shown.
type Select struct {
	Pos
	Query *Query
}

// Explain is EXPLAIN [details] statement.
type Explain struct {
	Pos
	Details   []string // CHANGELOG_MODE, ESTIMATED_COST, PLAN_ADVICE, JSON_EXECUTION_PLAN, PLAN
	Statement Statement
}

// Describe is DESCRIBE or DESC table.
type Describe struct {
	Pos
	Table Name
}

// Show is SHOW object [FROM name] [[NOT] LIKE 'pattern'], and SHOW CREATE TABLE|VIEW name.
type Show struct {
	Pos
	// Object is in upper case: TABLES, VIEWS, FUNCTIONS, USER FUNCTIONS, COLUMNS, JOBS, CATALOGS,
	// DATABASES, CURRENT CATALOG, CURRENT DATABASE, CREATE TABLE, CREATE VIEW.
	Object  string
	Name    *Name  // what it is about; nil: none
	Not     bool   // NOT LIKE
	Like    string // LIKE or ILIKE; empty: all
	Pattern string
}

// StopJob is STOP JOB 'id' [WITH DRAIN].
type StopJob struct {
	Pos
	ID    string
	Drain bool
}

// Set is SET 'key' = 'value'; SET alone has an empty key.
type Set struct {
	Pos
	Property Property
}

// Reset is RESET 'key'; RESET alone has an empty key.
type Reset struct {
	Pos
	Key string
}

// Use is USE [CATALOG] name.
type Use struct {
	Pos
	Catalog bool
	Name    Name
}

func (*CreateTable) statement()    {}
func (*CreateView) statement()     {}
func (*Drop) statement()           {}
func (*Insert) statement()         {}
func (*StatementSet) statement()   {}
func (*Select) statement()         {}
func (*Explain) statement()        {}
func (*Describe) statement()       {}
func (*Show) statement()           {}
func (*Set) statement()            {}
func (*Reset) statement()          {}
func (*Use) statement()            {}
func (*CreateFunction) statement() {}
func (*StopJob) statement()        {}
