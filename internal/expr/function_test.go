package expr_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// TestExamplesGiveTheirResults evaluates the example of every function as a user would write it.
func TestExamplesGiveTheirResults(t *testing.T) {
	for _, f := range expr.Functions() {
		t.Run(f.Name, func(t *testing.T) {
			if f.Example == "" {
				if !f.Volatile {
					t.Error("has no example, though its result is always the same")
				}
				return
			}
			called := strings.Contains(f.Example, strings.TrimSuffix(f.Name, "]")) || slices.ContainsFunc(f.Aliases, func(alias string) bool { return strings.Contains(f.Example, alias) })
			if !called {
				t.Errorf("the example %s does not call it", f.Example)
			}
			e := mustBind(t, f.Example)
			column, err := e.Eval(utc, batch.New(1))
			if err != nil {
				t.Fatal(err)
			}
			got := textOf(e, column, 0)
			if e.Type().Kind == types.Boolean {
				got = strings.ToUpper(got) // as CAST to STRING gives it
			}
			if got != f.Result {
				t.Errorf("%s = %s, want %s", f.Example, got, f.Result)
			}
		})
	}
}

func TestEveryFunctionIsDescribed(t *testing.T) {
	for _, f := range expr.Functions() {
		if f.Category == "" || !strings.HasSuffix(f.Doc, ".") || len(f.Usage()) == 0 || f.Syntax == nil && len(f.Usage()) != len(f.Signatures) {
			t.Errorf("%s: category %q, doc %q, %d signatures", f.Name, f.Category, f.Doc, len(f.Signatures))
		}
		for i, signature := range f.Signatures {
			if (signature.Kernel == nil) == (signature.Rewrite == nil) || signature.Kernel != nil && signature.Type == nil {
				t.Errorf("%s: signature %d is neither a kernel with a type nor a rewriting", f.Name, i)
			}
		}
	}
	for _, f := range expr.AggregateFunctions() {
		if !strings.HasSuffix(f.Doc, ".") || len(f.Usage()) == 0 {
			t.Errorf("%s: doc %q, usage %q", f.Name, f.Doc, f.Usage())
		}
		if slices.Contains(expr.FunctionNames(), f.Name) {
			t.Errorf("%s is a scalar function and an aggregate", f.Name)
		}
	}
}

// TestFunctionsTakeNull calls every function with NULL for each argument of its example in turn, and
// with nothing but NULLs: whatever a call means then, it is no crash.
func TestFunctionsTakeNull(t *testing.T) {
	for _, f := range expr.Functions() {
		for _, signature := range f.Signatures {
			for count := len(signature.Params) - signature.Optional; count <= len(signature.Params); count++ {
				if f.Infix != "" || count == 0 {
					continue
				}
				text := f.Name + "(" + strings.TrimSuffix(strings.Repeat("NULL, ", count), ", ") + ")"
				e, err := bound(text)
				if err != nil {
					t.Errorf("%s: %v", text, err)
					continue
				}
				column, err := e.Eval(utc, batch.New(2))
				if err != nil {
					t.Errorf("%s: %v", text, err)
					continue
				}
				takesNull := slices.ContainsFunc(signature.Params, func(p expr.Param) bool { return p.TakesNull })
				if column.Len() != 2 || textOf(e, column, 1) != "NULL" && !takesNull {
					t.Errorf("%s = %s, %d rows", text, textOf(e, column, 1), column.Len())
				}
			}
		}
	}
}

// TestValues evaluates expressions without columns.
func TestValues(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"MOD(NULL, NULL)", "NULL"},
		{"-(-2147483647)", "2147483647"},
		{"-9223372036854775808", "-9223372036854775808"},
		{"-(CAST(2147483648 AS BIGINT)) - 1", "-2147483649"},
		{"-INTERVAL '2147.483648' SECOND", "-0 00:35:47.483"},
		{"-(INTERVAL '1' MONTH + INTERVAL '1' YEAR)", "-1-01"},
		{"INTERVAL '1' MONTH * 14", "+1-02"},
		{"2 * INTERVAL '90' MINUTE", "+0 03:00:00.000"},
		{"COALESCE(TO_TIMESTAMP('never'), TIMESTAMP '2024-01-01 00:00:00')", "2024-01-01 00:00:00.000"},
		{"COALESCE(SPLIT_INDEX('a,b', ',', 5), 'none')", "none"},
		{"COALESCE(TO_DATE('never'), DATE '2024-01-01')", "2024-01-01"},
		{"CAST('9007199254740993.9' AS BIGINT)", "9007199254740993"},
		{"CAST('-.5' AS INT)", "0"},
		{"CAST(' +7. ' AS INT)", "7"},
		{"TRY_CAST('.' AS INT)", "NULL"},
		{"TRY_CAST('+' AS INT)", "NULL"},
		{"TRY_CAST('1.x' AS INT)", "NULL"},
		{"TRY_CAST('1e3' AS INT)", "NULL"},
		{"TRY_CAST('inf' AS INT)", "NULL"},
		{"ROUND(2.345e0, 2)", "2.35"},
		{"ROUND(-2.5e0)", "-3.0"},
		{"ROUND(0.5e0)", "1.0"},
		{"ROUND(0.4e0)", "0.0"},
		{"ROUND(1234.5e0, -2)", "1200.0"},
		{"ROUND(1250.0e0, -2)", "1300.0"},
		{"ROUND(99.99e0, 1)", "100.0"},
		{"ROUND(1.0E300, 2)", "1.0E300"},
		{"ROUND(0.006e0, 2)", "0.01"},
		{"ROUND(1.005e0, 2)", "1.01"},
		{"TRUNCATE(2.9999999999999996e0)", "2.0"},
		{"TRUNCATE(-2.349e0, 2)", "-2.34"},
		{"TRUNCATE(129.9e0, -1)", "120.0"},
		{"EXTRACT(HOUR FROM INTERVAL '-1' HOUR)", "-1"},
		{"EXTRACT(DAY FROM INTERVAL '-1 12:00:00' DAY TO SECOND)", "-1"},
		{"EXTRACT(MINUTE FROM TIME '10:20:30')", "20"},
		{"EXTRACT(EPOCH FROM TIME '00:01:00')", "60"},
		{"TO_TIMESTAMP_LTZ(-1, 3)", "1969-12-31 23:59:59.999"},
		{"TO_TIMESTAMP_LTZ(2, 0)", "1970-01-01 00:00:02.000"},
		{"DATE_FORMAT(TIMESTAMP '2024-05-06 00:00:00', 'd. MMMM yyyy年 (EEE, MMM)')", "6. May 2024年 (Mon, May)"},
		{"DATE_FORMAT(TIMESTAMP '2024-05-06 00:00:00', 'EEEE E hh:mm a')", "Monday Mon 12:00 AM"},
		{"DATE_FORMAT(TIMESTAMP '2024-05-06 01:02:03.456', 'yyMMdd''T''HHmmssSSS')", "240506T010203456"},
		{"NULL IS TRUE", "false"},
		{"NULL IS UNKNOWN", "true"},
		{"1 = 1 IS NOT UNKNOWN", "true"},
		{"DATE '2024-03-01' - INTERVAL '1' DAY", "2024-02-29"},
		{"DATE '2024-03-01' - INTERVAL '1' HOUR", "2024-02-29 23:00:00"},
		{"GREATEST(1, 2.5, -3)", "2.5"},
		{"ROUND(1234.5, -2)", "1200"},
		{"ROUND(-0.125, 2)", "-0.13"},
		{"TRUNCATE(-0.129, 2)", "-0.12"},
		{"FLOOR(-0.1)", "-1"},
		{"CEIL(-0.9)", "0"},
		{"CEIL(99.01)", "100"},
		{"SIGN(-2.5)", "-1.0"},
		{"MOD(-7.5, 2)", "-1.5"},
		{"CAST(12345.678 AS DECIMAL(6, 1))", "12345.7"},
		{"TRY_CAST(12345.678 AS DECIMAL(4, 1))", "NULL"},
		{"CAST(-0.5 AS INT)", "0"},
		{"CAST(0.1 AS DOUBLE) + 0.2", "0.30000000000000004"},
		{"1.10 = 1.1", "true"},
		{"1 / 3.0", "0.333333"},
		{"LEAST(1, NULL)", "NULL"},
		{"NULLIF(1, 2)", "1"},
		{"'a!b' LIKE 'a!!b' ESCAPE '!'", "true"},
		{"'a_b' LIKE 'a!_b' ESCAPE '!'", "true"},
		{"'axb' LIKE 'a!_b' ESCAPE '!'", "false"},
		{"IF(NULL, 1, 2)", "2"},
		{"SIGN(0)", "0.0"},
		{"SIGN(7)", "1.0"},
		{"DEGREES(RADIANS(180))", "180.0"},
		{"INTERVAL '2 hours 30 minutes'", "+0 02:30:00.000"},
		{"INTERVAL '1 year 2 months'", "+1-02"},
		{"-(CASE WHEN TRUE THEN CAST(5 AS TINYINT) END)", "-5"},
		{"-(CASE WHEN TRUE THEN CAST(5 AS FLOAT) END)", "-5.0"},
	} {
		e := mustBind(t, c.text)
		column, err := e.Eval(utc, batch.New(1))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := textOf(e, column, 0); got != c.want {
			t.Errorf("%s = %s, want %s", c.text, got, c.want)
		}
	}
}

// TestTheClockOfARow evaluates what depends on the time of processing, in a zone ahead of UTC.
func TestTheClockOfARow(t *testing.T) {
	east := &expr.Context{Now: 1_700_000_000_123_456, Zone: time.FixedZone("east", 2*3600)} // 22:13:20 UTC
	for _, c := range []struct{ text, want string }{
		{"CURRENT_TIMESTAMP", "2023-11-14 22:13:20.123"}, // an instant, shown here in UTC
		{"NOW()", "2023-11-14 22:13:20.123"},
		{"PROCTIME()", "2023-11-14 22:13:20.123"},
		{"LOCALTIMESTAMP", "2023-11-15 00:13:20.123"},
		{"CURRENT_DATE", "2023-11-15"},
		{"CAST(NOW() AS STRING)", "2023-11-15 00:13:20.123"},
		{"CAST(NOW() AS DATE)", "2023-11-15"},
		{"CAST(NOW() AS TIME(3))", "00:13:20.123"},
		{"CAST(CAST('2023-11-15 00:00:00' AS TIMESTAMP_LTZ(3)) AS TIMESTAMP(3))", "2023-11-15 00:00:00.000"},
		{"CAST('2023-11-15 00:00:00' AS TIMESTAMP_LTZ(3))", "2023-11-14 22:00:00.000"},
		{"CAST(DATE '2023-11-15' AS TIMESTAMP_LTZ(3))", "2023-11-14 22:00:00.000"},
		{"FLOOR(NOW() TO DAY)", "2023-11-14 22:00:00.000"},
		{"CEIL(NOW() TO DAY)", "2023-11-15 22:00:00.000"},
		{"EXTRACT(DAY FROM NOW())", "15"},
		{"EXTRACT(EPOCH FROM NOW())", "1700000000"},
		{"EXTRACT(DECADE FROM NOW())", "202"},
		{"EXTRACT(CENTURY FROM NOW())", "21"},
		{"DATE_FORMAT(NOW(), 'dd HH:mm')", "15 00:13"},
		{"NOW() = CURRENT_TIMESTAMP", "true"},
	} {
		e := mustBind(t, c.text)
		column, err := e.Eval(east, batch.New(2))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := textOf(e, column, 1); got != c.want {
			t.Errorf("%s = %s, want %s", c.text, got, c.want)
		}
	}
	for _, f := range expr.Functions() {
		args := map[string]string{"RAND_INTEGER": "5", "CURRENT_WATERMARK": "NOW()"}[f.Name]
		if f.Volatile && expr.IsConstant(mustBind(t, f.Name+"("+args+")")) {
			t.Errorf("%s is constant", f.Name)
		}
	}
}

func TestErrorsOfValues(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"-(-2147483648)", "0 - -2147483648 does not fit in INT"},
		{"ABS(-2147483648)", "0 - -2147483648 does not fit in INT"},
		{"CAST('" + strings.Repeat("é", 81) + "' AS INT)", `cannot cast "` + strings.Repeat("é", 80) + `..." to INT`},
		{"5 % 0", "division by zero in 5 % 0"},
		{"TO_TIMESTAMP_LTZ(1, 6)", "TO_TIMESTAMP_LTZ does not know the precision 6: use 0 for seconds or 3 for milliseconds"},
		{"TO_TIMESTAMP_LTZ(9223372036854775807)", "9223372036854775807 is too far from the epoch for a TIMESTAMP_LTZ"},
		{"DATE_FORMAT(DATE '2024-01-01', 'yyyy-bb')", `bad pattern "yyyy-bb": letter 'b' has no meaning here`},
		{"DATE_FORMAT(DATE '2024-01-01', 'yyyy ''x')", `bad pattern "yyyy 'x": quote is not closed`},
		{"'a' LIKE 'a!' ESCAPE '!'", `bad pattern "a!": the pattern ends in the escape "!"`},
		{"'a' LIKE '!a' ESCAPE '!'", `bad pattern "!a": the escape "!" can only stand before %, _ or itself`},
		{"'a' LIKE 'a' ESCAPE '!!'", `bad pattern "a": the escape "!!" is more than one character`},
		{"REGEXP('a', UPPER('('))", "bad regular expression \"(\": missing closing ): `(`"},
	} {
		bound, err := bound(c.text)
		if err == nil {
			_, err = bound.Eval(utc, batch.New(1))
		}
		if e, ok := errors.AsType[*diag.Error](err); !ok || e.Msg != c.want {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
}
