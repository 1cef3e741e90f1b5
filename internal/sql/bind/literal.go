package bind

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

func literal(e *ast.Literal) (expr.Expr, error) {
	fail := func(what, example string) (expr.Expr, error) {
		return nil, diag.Errorf(diag.Semantic, e.Span(), "%q is not %s", e.Text, what).WithHint("write %s", example)
	}
	switch e.Kind {
	case ast.NullLiteral:
		return expr.NewLiteral(nil, types.Of(types.Null)), nil
	case ast.BooleanLiteral:
		return expr.NewLiteral(strings.EqualFold(e.Text, "TRUE"), types.Of(types.Boolean).Required()), nil
	case ast.StringLiteral:
		return expr.NewLiteral(e.Text, types.String.Required()), nil
	case ast.NumberLiteral:
		return number(e)
	case ast.DateLiteral:
		days, ok := types.ParseDate(e.Text)
		if !ok {
			return fail("a date", "DATE '2006-01-31'")
		}
		return expr.NewLiteral(int32(days), types.Of(types.Date).Required()), nil
	case ast.TimeLiteral:
		micros, ok := types.ParseTime(e.Text)
		if !ok {
			return fail("a time", "TIME '15:04:05'")
		}
		return expr.NewLiteral(micros, types.Type{Kind: types.Time, Precision: fraction(e.Text)}.Required()), nil
	case ast.TimestampLiteral:
		micros, zoned, ok := types.ParseTimestamp(e.Text)
		if !ok || zoned {
			return fail("a timestamp", "TIMESTAMP '2006-01-31 15:04:05'")
		}
		return expr.NewLiteral(micros, types.Type{Kind: types.Timestamp, Precision: fraction(e.Text)}.Required()), nil
	case ast.BinaryLiteral:
		raw, err := hex.DecodeString(e.Text)
		if err != nil {
			return fail("hexadecimal", "X'00ff'")
		}
		return expr.NewLiteral(string(raw), types.Of(types.Varbinary).Required()), nil
	}
	return nil, diag.Errorf(diag.Internal, e.Span(), "no binding for a literal of kind %s", e.Kind)
}

// fraction returns how many fractional digits of a second a text has.
func fraction(text string) int {
	i := strings.IndexByte(text, '.')
	if i < 0 {
		return 0
	}
	return min(len(text)-i-1, types.MaxTimePrecision)
}

// number binds a number: INT or BIGINT where it fits, DECIMAL with a point, DOUBLE with an exponent.
func number(e *ast.Literal) (expr.Expr, error) {
	if !strings.ContainsAny(e.Text, ".eE") {
		v, err := strconv.ParseInt(e.Text, 10, 64)
		switch {
		case err != nil:
			return nil, diag.Errorf(diag.Semantic, e.Span(), "number %s does not fit in BIGINT", e.Text).WithHint("write it with a decimal point to get a DECIMAL, or with an exponent to get a DOUBLE")
		case v <= math.MaxInt32:
			return expr.NewLiteral(int32(v), types.Of(types.Int).Required()), nil
		}
		return expr.NewLiteral(v, types.Of(types.BigInt).Required()), nil
	}
	if !strings.ContainsAny(e.Text, "eE") {
		precision, scale, ok := types.DecimalDigits(e.Text)
		if !ok || precision > types.MaxDecimalPrecision {
			return nil, diag.Errorf(diag.Semantic, e.Span(), "number %s has more than %d digits", e.Text, types.MaxDecimalPrecision).
				WithHint("write it with an exponent to get a DOUBLE")
		}
		v, _ := types.ParseDecimal(e.Text, precision, scale) // its own precision and scale: it fits
		return expr.NewLiteral(v, types.DecimalOf(precision, scale).Required()), nil
	}
	v, err := strconv.ParseFloat(e.Text, 64)
	if err != nil {
		return nil, diag.Errorf(diag.Semantic, e.Span(), "number %s does not fit in DOUBLE", e.Text)
	}
	return expr.NewLiteral(v, types.Of(types.Double).Required()), nil
}

// unitMicros are the interval units with a fixed length.
var unitMicros = map[string]int64{
	"MICROSECOND": types.Microsecond, "MILLISECOND": types.Millisecond, "SECOND": types.Second, "MINUTE": types.Minute,
	"HOUR": types.Hour, "DAY": types.Day, "WEEK": 7 * types.Day,
}

var unitMonths = map[string]int64{"MONTH": 1, "QUARTER": 3, "YEAR": 12}

func interval(e *ast.Interval) (expr.Expr, error) {
	text := strings.TrimSpace(e.Text)
	sign := int64(1)
	if e.Negative {
		sign = -1
	}
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		sign, text = -sign, rest
	}
	var micros, months int64
	var ok bool
	switch {
	case e.From == "":
		micros, months, ok = wordedInterval(text)
	case e.To != "":
		micros, months, ok = rangedInterval(text, e.From, e.To)
	default:
		micros, months, ok = plainInterval(text, e.From)
	}
	if !ok || micros != 0 && months != 0 {
		return nil, diag.Errorf(diag.Semantic, e.Span(), "%q is not an interval", e.Text).
			WithHint("write INTERVAL '10' SECOND, INTERVAL '1 02:30:00' DAY TO SECOND or INTERVAL '1-6' YEAR TO MONTH")
	}
	if months != 0 || unitMonths[e.From] != 0 {
		return expr.NewLiteral(int32(sign*months), types.Of(types.IntervalMonth).Required()), nil
	}
	return expr.NewLiteral(sign*micros, types.Of(types.IntervalSecond).Required()), nil
}

// plainInterval reads '10' SECOND, also '1.5' SECOND.
func plainInterval(text, unit string) (micros, months int64, ok bool) {
	if each := unitMonths[unit]; each != 0 {
		n, err := strconv.ParseInt(text, 10, 32)
		return 0, n * each, err == nil && n >= 0 && n*each <= math.MaxInt32
	}
	each, known := unitMicros[unit]
	whole, fractional, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if !known || err != nil || n < 0 || n > math.MaxInt64/each/2 || strings.Trim(fractional, "0123456789") != "" {
		return 0, 0, false
	}
	micros = n * each
	if fractional != "" {
		f, err := strconv.ParseFloat("0."+fractional, 64)
		if err != nil {
			return 0, 0, false
		}
		micros += int64(math.Round(f * float64(each)))
	}
	return micros, 0, true
}

// largerUnit is the length of the next larger unit, which a part that is not the first stays below.
var largerUnit = map[string]int64{"HOUR": types.Day, "MINUTE": types.Hour, "SECOND": types.Minute}

// rangedInterval reads '1-6' YEAR TO MONTH, '1 02:30:00.5' DAY TO SECOND and shorter ranges.
func rangedInterval(text, from, to string) (micros, months int64, ok bool) {
	if from == "YEAR" && to == "MONTH" {
		years, rest, found := strings.Cut(text, "-")
		y, err1 := strconv.ParseInt(years, 10, 16)
		m, err2 := strconv.ParseInt(rest, 10, 16)
		return 0, 12*y + m, found && err1 == nil && err2 == nil && y >= 0 && m >= 0 && m < 12
	}
	units := []string{"DAY", "HOUR", "MINUTE", "SECOND"}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ':' })
	next, inside := 0, false
	for _, unit := range units {
		inside = inside || unit == from
		if !inside {
			continue
		}
		if next == len(parts) {
			return 0, 0, false
		}
		part, _, ok := plainInterval(parts[next], unit)
		if !ok || next > 0 && part >= largerUnit[unit] || unit != "SECOND" && part%unitMicros[unit] != 0 {
			return 0, 0, false
		}
		micros += part
		next++
		if unit == to {
			return micros, 0, next == len(parts)
		}
	}
	return 0, 0, false
}

// wordedInterval reads '5 minutes', '1 day 2 hours'.
func wordedInterval(text string) (micros, months int64, ok bool) {
	words := strings.Fields(text)
	if len(words) == 0 || len(words)%2 != 0 {
		return 0, 0, false
	}
	for i := 0; i < len(words); i += 2 {
		unit := strings.TrimSuffix(strings.ToUpper(words[i+1]), "S")
		us, ms, ok := plainInterval(words[i], unit)
		if !ok {
			return 0, 0, false
		}
		micros, months = micros+us, months+ms
		if micros < 0 || months > math.MaxInt32 { // too long
			return 0, 0, false
		}
	}
	return micros, months, true
}
