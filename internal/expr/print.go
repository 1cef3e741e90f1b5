package expr

// Precedences for printing: an operand that binds less than its parent gets parentheses.
const (
	precedenceOr = iota + 1
	precedenceAnd
	precedenceNot
	precedenceCompare
	precedenceAdd
	precedenceMultiply
	precedenceArrow
	precedenceAtom
)

func precedenceOf(e Expr) int {
	switch e := e.(type) {
	case *Logic:
		if e.Or {
			return precedenceOr
		}
		return precedenceAnd
	case *Not:
		return precedenceNot
	case *Compare, *IsNull, *IsTruth, *In, *IsJSON:
		return precedenceCompare
	case *Arithmetic:
		if e.Op == Add || e.Op == Subtract {
			return precedenceAdd
		}
		return precedenceMultiply
	case *Call:
		switch e.Function.Infix {
		case "":
		case "+", "-":
			return precedenceAdd
		case "->", "->>":
			return precedenceArrow
		default:
			return precedenceCompare
		}
	case *Cast:
		if e.Implicit { // what is not shown needs no parentheses, but its operand may
			return precedenceOf(e.Operand)
		}
	case *asserted:
		return precedenceOf(e.Expr)
	}
	return precedenceAtom
}

// operand returns the text of e as the left or only operand of something with the precedence.
// Comparisons and NOT do not stand side by side.
func operand(e Expr, precedence int) string {
	own := precedenceOf(e)
	if own < precedence || own == precedence && (own == precedenceCompare || own == precedenceNot) {
		return "(" + e.String() + ")"
	}
	return e.String()
}

// infix returns the text of a left-associative operation.
func infix(left Expr, op string, right Expr, precedence int) string {
	text := right.String()
	if precedenceOf(right) <= precedence {
		text = "(" + text + ")"
	}
	return operand(left, precedence) + " " + op + " " + text
}
