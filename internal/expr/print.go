package expr

// Precedences for printing: an operand that binds less than its parent gets parentheses.
const (
	precedenceOr = iota + 1
	precedenceAnd
	precedenceNot
	precedenceCompare
	precedenceAdd
	precedenceMultiply
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
	case *Compare, *IsNull, *IsTruth, *In:
		return precedenceCompare
	case *Arithmetic:
		if e.Op == Add || e.Op == Subtract {
			return precedenceAdd
		}
		return precedenceMultiply
	case *Call:
		if e.Function.infix() {
			return precedenceCompare
		}
	}
	return precedenceAtom
}

// operand returns the text of e as an operand of something with the precedence.
func operand(e Expr, precedence int) string {
	if precedenceOf(e) <= precedence {
		if logic, ok := e.(*Logic); !ok || len(logic.Operands) > 1 {
			if precedenceOf(e) < precedence || precedence == precedenceCompare || precedence == precedenceNot {
				return "(" + e.String() + ")"
			}
		}
	}
	return e.String()
}
