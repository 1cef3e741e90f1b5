package ast

// Expr is a scalar expression.
type Expr interface {
	Node
	expr()
}

// Literal kinds.
const (
	NumberLiteral    = "NUMBER"
	StringLiteral    = "STRING"
	BooleanLiteral   = "BOOLEAN"
	NullLiteral      = "NULL"
	DateLiteral      = "DATE"
	TimeLiteral      = "TIME"
	TimestampLiteral = "TIMESTAMP"
	BinaryLiteral    = "BINARY" // X'00ff'
)

// Literal is a constant. Text is the number as written, the unescaped string, TRUE or FALSE, the
// text between the quotes of DATE '...', TIME '...', TIMESTAMP '...', or the hex digits of X'...'.
type Literal struct {
	Pos
	Kind string
	Text string
}

// Interval is INTERVAL '10' SECOND, INTERVAL '1 02:00:00' DAY TO SECOND, INTERVAL '5 minutes'.
type Interval struct {
	Pos
	Negative  bool // INTERVAL -'10' SECOND
	Text      string
	From      string // upper case: YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND; empty when the unit is in the text
	To        string // upper case; empty: none
	Precision int    // of From; 0: none written
	Fraction  int    // of SECOND; 0: none written
}

// ColumnRef is a possibly qualified column; row field access parses as further parts.
type ColumnRef struct {
	Pos
	Name Name
}

// Unary is NOT x, -x, +x.
type Unary struct {
	Pos
	Op   string // NOT, -, +
	Expr Expr
}

// Binary is a two-sided operator.
type Binary struct {
	Pos
	Op    string // upper case: OR AND = <> < <= > >= + - * / % || -> ->>
	OpPos Pos
	Left  Expr
	Right Expr
}

// Is is x IS [NOT] what.
type Is struct {
	Pos
	Expr  Expr
	Not   bool
	What  string // NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM, JSON, JSON VALUE, JSON OBJECT, JSON ARRAY, JSON SCALAR
	Right Expr   // DISTINCT FROM only
}

// Between is x [NOT] BETWEEN [SYMMETRIC] low AND high.
type Between struct {
	Pos
	Expr      Expr
	Not       bool
	Symmetric bool
	Low, High Expr
}

// In is x [NOT] IN (list) or x [NOT] IN (query).
type In struct {
	Pos
	Expr  Expr
	Not   bool
	List  []Expr
	Query *Query
}

// LikeExpr is x [NOT] LIKE pattern [ESCAPE c], also ILIKE and SIMILAR TO.
type LikeExpr struct {
	Pos
	Expr    Expr
	Not     bool
	Op      string // LIKE, ILIKE, SIMILAR TO
	Pattern Expr
	Escape  Expr
}

// Exists is EXISTS (query).
type Exists struct {
	Pos
	Query *Query
}

// ScalarQuery is (query) used as a value.
type ScalarQuery struct {
	Pos
	Query *Query
}

// Case is CASE [operand] WHEN ... THEN ... [ELSE ...] END.
type Case struct {
	Pos
	Operand Expr // nil: searched CASE
	Whens   []When
	Else    Expr // nil: NULL
}

// When is one branch of CASE.
type When struct {
	Pos
	Condition Expr
	Result    Expr
}

// Cast is CAST(x AS type), TRY_CAST(x AS type) or x::type.
type Cast struct {
	Pos
	Expr  Expr
	Type  Type
	Try   bool
	Colon bool // written with ::
}

// Call is a function call. Functions with keyword syntax are calls too: EXTRACT(unit FROM x) has
// the unit as a first Keyword argument, FLOOR(x TO unit) as its last, TRIM(BOTH 'c' FROM x) as
// (Keyword BOTH, 'c', x), POSITION(a IN b) as (a, b), SUBSTRING(s FROM i FOR n) as (s, i, n),
// OVERLAY(s PLACING r FROM i FOR n) as (s, r, i, n), CEIL like FLOOR, TIMESTAMPADD(unit, n, x) and
// TIMESTAMPDIFF(unit, a, b) with a Keyword first. CURRENT_TIMESTAMP and other functions written
// without parentheses have Bare set.
type Call struct {
	Pos
	Name        Identifier
	Bare        bool
	Distinct    bool
	Star        bool // COUNT(*)
	Args        []Expr
	OrderBy     []OrderItem // ARRAY_AGG(x ORDER BY y), LISTAGG ... WITHIN GROUP (ORDER BY y)
	WithinGroup bool        // OrderBy is written WITHIN GROUP
	Nulls       string      // "", IGNORE, RESPECT
	Filter      Expr        // FILTER (WHERE ...)
	Over        *WindowSpec
	Clauses     []string // JSON clauses and the like, upper case, in written order: "NULL ON ERROR", "RETURNING INT"
	Returning   *Type    // of RETURNING, which is in Clauses too
	Defaults    []Expr   // one for each "DEFAULT ON EMPTY" and "DEFAULT ON ERROR" of Clauses, in order
}

// Keyword is a bare word that a call takes as an argument: SECOND, BOTH, KEY.
type Keyword struct {
	Pos
	Word string // upper case
}

// NamedArg is name => expr, or KEY k VALUE v of JSON_OBJECT, where Key is set.
type NamedArg struct {
	Pos
	Name  *Identifier
	Key   Expr
	Value Expr
}

// WindowSpec is OVER (PARTITION BY ... ORDER BY ... frame) or OVER name.
type WindowSpec struct {
	Pos
	Name        *Identifier
	PartitionBy []Expr
	OrderBy     []OrderItem
	Frame       *Frame
}

// Frame is ROWS|RANGE BETWEEN start AND end.
type Frame struct {
	Pos
	Unit  string // ROWS, RANGE
	Start Bound
	End   Bound // CURRENT ROW when not written
}

// CurrentRow is a kind of Bound.
const CurrentRow = "CURRENT ROW"

// Bound is one end of a frame.
type Bound struct {
	Pos
	Kind   string // UNBOUNDED PRECEDING, PRECEDING, CURRENT ROW, FOLLOWING, UNBOUNDED FOLLOWING
	Offset Expr
}

// ArrayLiteral is ARRAY[a, b].
type ArrayLiteral struct {
	Pos
	Elements []Expr
}

// MapLiteral is MAP[k, v, ...]; keys and values alternate.
type MapLiteral struct {
	Pos
	Elements []Expr
}

// RowLiteral is ROW(a, b) or (a, b).
type RowLiteral struct {
	Pos
	Explicit bool // written with ROW
	Elements []Expr
}

// Index is x[i].
type Index struct {
	Pos
	Expr  Expr
	Index Expr
}

// Field is x.name where x is not itself a name: f(y).name, x[1].name.
type Field struct {
	Pos
	Expr Expr
	Name Identifier
}

// Paren is (x): kept so that messages can point at what was written.
type Paren struct {
	Pos
	Expr Expr
}

func (*Literal) expr()      {}
func (*Interval) expr()     {}
func (*ColumnRef) expr()    {}
func (*Unary) expr()        {}
func (*Binary) expr()       {}
func (*Is) expr()           {}
func (*Between) expr()      {}
func (*In) expr()           {}
func (*LikeExpr) expr()     {}
func (*Exists) expr()       {}
func (*ScalarQuery) expr()  {}
func (*Case) expr()         {}
func (*Cast) expr()         {}
func (*Call) expr()         {}
func (*Keyword) expr()      {}
func (*NamedArg) expr()     {}
func (*ArrayLiteral) expr() {}
func (*MapLiteral) expr()   {}
func (*RowLiteral) expr()   {}
func (*Index) expr()        {}
func (*Field) expr()        {}
func (*Paren) expr()        {}
