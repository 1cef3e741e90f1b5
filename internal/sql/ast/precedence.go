package ast

// The levels of operators, from the loosest to the tightest. The parser and the printer both go by
// them, so that what one writes the other reads back. All operators of a level group to the left.
const (
	LevelNone       = iota
	LevelOr         // OR
	LevelAnd        // AND
	LevelNot        // NOT x
	LevelIs         // x IS ...
	LevelComparison // = <> < <= > >=
	LevelRange      // BETWEEN, IN, LIKE, ILIKE, SIMILAR TO
	LevelSum        // + -
	LevelProduct    // * / % ||
	LevelArrow      // -> ->>
	LevelSign       // -x +x
	LevelPostfix    // x::type x[i] x.name
	LevelPrimary    // names, literals, calls, anything in parentheses
)

// binaryLevels are the levels of the operators of Binary.
var binaryLevels = map[string]int{
	"OR":  LevelOr,
	"AND": LevelAnd,
	"=":   LevelComparison, "<>": LevelComparison, "<": LevelComparison,
	"<=": LevelComparison, ">": LevelComparison, ">=": LevelComparison,
	"+": LevelSum, "-": LevelSum,
	"*": LevelProduct, "/": LevelProduct, "%": LevelProduct, "||": LevelProduct,
	"->": LevelArrow, "->>": LevelArrow,
}

// BinaryLevel returns the level of an operator of Binary; LevelNone for any other text.
func BinaryLevel(op string) int { return binaryLevels[op] }

// level returns how tightly the outermost part of a printed expression binds.
func level(e Expr) int {
	switch e := e.(type) {
	case *Binary:
		return BinaryLevel(e.Op)
	case *Unary:
		if e.Op == "NOT" {
			return LevelNot
		}
		return LevelSign
	case *Is:
		return LevelIs
	case *Between, *In, *LikeExpr:
		return LevelRange
	case *Cast:
		if e.Colon {
			return LevelPostfix
		}
	case *Index, *Field:
		return LevelPostfix
	}
	return LevelPrimary
}

// HasFields reports whether .name directly behind the expression, without parentheses around it, is
// a field of its value. Behind a name it is part of the name, behind a number a fraction.
func HasFields(e Expr) bool {
	switch e := e.(type) {
	case *Call:
		return !e.Bare
	case *Cast:
		return !e.Colon
	case *Index, *Field, *Paren, *RowLiteral, *ArrayLiteral, *MapLiteral, *ScalarQuery:
		return true
	}
	return false
}

// SetLevel returns how tightly an operator of SetOperation binds: INTERSECT tighter than the others.
func SetLevel(op string) int {
	if op == OpIntersect {
		return 2
	}
	return 1
}
