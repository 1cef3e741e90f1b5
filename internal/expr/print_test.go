package expr_test

import (
	"testing"

	"github.com/penstock-io/penstock/internal/expr"
)

// TestExpressionsPrintAsSQL holds how expressions print, with parentheses where they must be. What
// has no note prints as it is written. All but intervals, which EXPLAIN shortens, bind to the same
// expression again.
func TestExpressionsPrintAsSQL(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a + b * n", ""},
		{"(a + b) * n", ""},
		{"a - (b - n)", ""},
		{"a - b - n", ""},
		{"a / (b * n)", ""},
		{"a * b / n", ""},
		{"a % b * n", ""},
		{"a * (b % n)", ""},
		{"a - -5", ""},
		{"a - (-5 + b)", ""},
		{"-a * b", "(0 - a) * b"},
		{"-(a + b)", "0 - (a + b)"},
		{"- - 5", "0 - -5"},
		{"(a + b) * x", ""}, // converted before it is multiplied
		{"x - (a - b)", ""},
		{"x * a + b", ""},
		{"(a + b) / big", ""},
		{"a = b", ""},
		{"1 < a", "a > 1"},
		{"1 < 2", ""},
		{"(a = b) = p", ""},
		{"p = (a = b)", ""},
		{"a + b > n - 1", ""},
		{"(a > 1) IS NULL", ""},
		{"a IS NOT NULL", ""},
		{"(p AND q) IS NOT TRUE", ""},
		{"p IS FALSE IS NULL", "(p IS FALSE) IS NULL"},
		{"p IS UNKNOWN", "p IS NULL"},
		{"p AND q AND a = 1", ""},
		{"p AND (q AND a = 1)", "p AND q AND a = 1"},
		{"p OR q AND a = 1", ""},
		{"(p OR q) AND a = 1", ""},
		{"p AND NOT q", ""},
		{"NOT (p AND q)", ""},
		{"NOT a = b", ""},
		{"NOT NOT p", "NOT (NOT p)"},
		{"(NOT p) IS NULL", ""},
		{"(NOT p) = q", ""},
		{"a IN (1, 2, b)", ""},
		{"a + 1 NOT IN (1, 2)", ""},
		{"p IN (q, TRUE)", ""},
		{"(a IN (1, 2)) IN (p, q)", ""},
		{"a BETWEEN 1 AND 2", "a >= 1 AND a <= 2"},
		{"a NOT BETWEEN 1 AND 2", "NOT (a >= 1 AND a <= 2)"},
		{"a BETWEEN SYMMETRIC 1 AND 2", "a >= 1 AND a <= 2 OR a >= 2 AND a <= 1"},
		{"s LIKE 'a%'", ""},
		{"s || t LIKE 'a%' || t", "CONCAT(s, t) LIKE CONCAT('a%', t)"},
		{"s NOT LIKE 'a%'", "NOT s LIKE 'a%'"},
		{"s LIKE 'a!%' ESCAPE '!'", ""},
		{"s LIKE t ESCAPE '!' AND p", ""},
		{"NOT s LIKE t ESCAPE '!'", ""},
		{"(s LIKE t) IS NULL", ""},
		{"s ILIKE 'A%'", "LOWER(s) LIKE LOWER('A%')"},
		{"CASE WHEN p THEN a ELSE b END", ""},
		{"CASE a WHEN 1 THEN 'x' END", "CASE WHEN a = 1 THEN 'x' ELSE NULL END"},
		{"CASE WHEN p THEN a ELSE b END + 1", ""},
		{"COALESCE(a, b)", "CASE WHEN a IS NOT NULL THEN a ELSE b END"},
		{"COALESCE(a + b, n) * 2", "CASE WHEN a + b IS NOT NULL THEN a + b ELSE n END * 2"},
		{"CAST(a AS STRING)", ""},
		{"CAST(a + b AS BIGINT) * 2", ""},
		{"TRY_CAST(s AS TIMESTAMP(3))", ""},
		{"s::INT + 1", "CAST(s AS INT) + 1"},
		{"CAST(s AS VARCHAR(3))", ""},
		{"CAST(s AS CHAR(3))", ""},
		{"CAST(ts AS TIMESTAMP_LTZ(3))", ""},
		{"CAST(s AS BYTES) = X'00FF'", ""},
		{"a = 1.5", ""},
		{"x = 1e10", "x = 1.0E10"},
		{"x > a", ""},
		{"s = 'it''s'", ""},
		{"d = DATE '2024-02-29'", ""},
		{"d > '2024-02-29'", "d > CAST('2024-02-29' AS DATE)"},
		{"tod < TIME '10:20:30.5'", ""},
		{"ts >= TIMESTAMP '2024-02-29 10:20:30.123'", ""},
		{"EXTRACT(YEAR FROM ts) + 1", ""},
		{"FLOOR(ts TO MONTH) = ts", ""},
		{"CEIL(d TO YEAR)", ""},
		{"FLOOR(x)", ""},
		{"CEILING(x)", "CEIL(x)"},
		{"POSITION(s IN t)", "POSITION(s, t)"},
		{"TRIM(BOTH 'x' FROM s)", "TRIM(s, 'x')"},
		{"TRIM(LEADING FROM s)", "LTRIM(s)"},
		{"SUBSTRING(s FROM 2 FOR 3)", "SUBSTRING(s, 2, 3)"},
		{"MOD(a, b) * 2", "a % b * 2"},
		{"NULLIF(a, 0)", "CASE WHEN a = 0 THEN NULL ELSE a END"},
		{"TRUE AND p", ""},
		{"JSON_OBJECT('a', a, 'b', s)", "JSON_OBJECT(KEY 'a' VALUE a, KEY 'b' VALUE s)"},
		{"JSON_OBJECT(KEY s VALUE a + 1 ABSENT ON NULL)", ""},
		{"JSON_OBJECT(ABSENT ON NULL)", ""},
		{"JSON_OBJECT()", ""},
		{"JSON_ARRAY(a, JSON_ARRAY(b) NULL ON NULL)", ""},
		{"JSON_ARRAY()", ""},
		{"JSON_VALUE(s, '$.a')", ""},
		{"JSON_VALUE(j, 'lax $.a' RETURNING INT DEFAULT a + 1 ON EMPTY ERROR ON ERROR)", ""},
		{"JSON_VALUE(s, t NULL ON EMPTY DEFAULT s ON ERROR)", "JSON_VALUE(s, t DEFAULT s ON ERROR)"},
		{"JSON_QUERY(s, '$' RETURNING ARRAY<STRING> WITH WRAPPER EMPTY ARRAY ON EMPTY)", "JSON_QUERY(s, '$' RETURNING ARRAY<STRING> WITH UNCONDITIONAL WRAPPER EMPTY ARRAY ON EMPTY)"},
		{"JSON_QUERY(s, '$' WITH CONDITIONAL ARRAY WRAPPER)", "JSON_QUERY(s, '$' WITH CONDITIONAL WRAPPER)"},
		{"JSON_EXISTS(s, '$.a')", ""},
		{"JSON_EXISTS(s, '$.a' UNKNOWN ON ERROR)", ""},
		{"s IS JSON", ""},
		{"ARRAY[a, b + 1, NULL]", ""},
		{"ARRAY[a, x][n]", ""},
		{"ARRAY[]", ""},
		{"s SIMILAR TO '(a|b)%'", ""},
		{"s NOT SIMILAR TO t ESCAPE '!'", "NOT s SIMILAR TO t ESCAPE '!'"},
		{"OVERLAY(s PLACING t FROM a FOR 2)", "OVERLAY(s, t, a, 2)"},
		{"TIMESTAMPDIFF(DAY, ts, ltz)", ""},
		{"TIMESTAMPDIFF(SQL_TSI_MONTH, d, d)", "TIMESTAMPDIFF(MONTH, d, d)"},
		{"YEAR(ts)", "EXTRACT(YEAR FROM ts)"},
		{"DATE_TRUNC('hour', ts)", "FLOOR(ts TO HOUR)"},
		{"TYPEOF(a)", "'INT'"},
		{"REGEXP_REPLACE(s, '[a-z]', t)", ""},
		{"UNIX_TIMESTAMP()", ""},
		{"MAP[s, a, 'k', b]['k'] + 1", ""},
		{"ROW(a, ROW(s)).EXPR$1.EXPR$0", "(ROW(a, ROW(s))).EXPR$1.EXPR$0"},
		{"(a, s) = ROW(1, t)", "ROW(a, s) = ROW(1, t)"},
		{"CAST(ROW(a, s) AS ROW<m INT, o STRING>).o", "(CAST(ROW(a, s) AS ROW<`m` INT, `o` STRING>)).o"},
		{"(CASE WHEN p THEN ARRAY[a] END)[1]", "CASE WHEN p THEN ARRAY[a] ELSE NULL END[1]"},
		{"COALESCE(ARRAY[a], ARRAY[b])", "ARRAY[a]"},
		{"ARRAY[a] IS NOT DISTINCT FROM ARRAY[b]", "NOT CASE WHEN ARRAY[a] IS NULL OR ARRAY[b] IS NULL THEN (ARRAY[a] IS NULL) <> (ARRAY[b] IS NULL) ELSE ARRAY[a] <> ARRAY[b] END"},
		{"CARDINALITY(SPLIT(s, ','))", ""},
		{"j['a']", "j -> 'a'"},
		{"(s || t) IS NOT JSON OBJECT AND p", "CONCAT(s, t) IS NOT JSON OBJECT AND p"},
		{"j -> 'a' ->> 'b'", ""},
		{"(s || t) ->> a LIKE t", "CONCAT(s, t) ->> a LIKE t"},
		{"j -> (s || t)", "j -> CONCAT(s, t)"},
		{"(j -> 'a') = s", "j -> 'a' = s"},
		{"JSON_ARRAY(NULL ON NULL)", ""},
	} {
		if c.want == "" {
			c.want = c.text
		}
		if got := mustBind(t, c.text).String(); got != c.want {
			t.Errorf("%s prints as\n%s, want\n%s", c.text, got, c.want)
		}
		checkPrint(t, c.text)
	}
}

func TestIntervalsPrintShort(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"ts - INTERVAL '90' MINUTE", "ts - 90m"},
		{"ts + INTERVAL '1' DAY - INTERVAL '250' SECOND", "ts + 1d - 250s"},
		{"ts + (INTERVAL '1' DAY - INTERVAL '1' HOUR)", "ts + (1d - 1h)"},
		{"ts + INTERVAL '1' MONTH - INTERVAL '2' YEAR", "ts + 1 months - 24 months"},
		{"ts + INTERVAL '1' MONTH > ts", "ts + 1 months > ts"},
		{"ts = ts + INTERVAL '0.0015' SECOND", "ts = ts + 1500us"},
		{"INTERVAL '0' SECOND + ts", "ts + 0s"},
		{"-INTERVAL '1' HOUR + ts", "ts + -1h"},
		{"(ts - ts) * 2", "(ts - ts) * 2"},
	} {
		if got := mustBind(t, c.text).String(); got != c.want {
			t.Errorf("%s prints as %s, want %s", c.text, got, c.want)
		}
	}
}

// TestDifferentExpressionsAreNotEqual binds each expression twice and compares it with all others.
func TestDifferentExpressionsAreNotEqual(t *testing.T) {
	texts := []string{
		"a", "b", "n", "1", "2", "CAST(1 AS BIGINT)", "1.0", "'1'", "NULL", "a + 1", "a - 1", "a + 2", "b + 1",
		"a = 1", "a <> 1", "p AND q", "p OR q", "q AND p", "p AND q AND p", "NOT p", "a IS NULL", "a IS NOT NULL",
		"p IS TRUE", "p IS FALSE", "p IS NOT TRUE", "a IN (1, 2)", "a NOT IN (1, 2)", "a IN (1)",
		"CAST(a AS STRING)", "TRY_CAST(a AS STRING)", "CAST(a AS VARCHAR(3))", "UPPER(s)", "LOWER(s)", "UPPER(t)",
		"CASE WHEN p THEN a ELSE b END", "CASE WHEN q THEN a ELSE b END", "CASE WHEN p THEN b ELSE a END",
		"EXTRACT(YEAR FROM ts)", "EXTRACT(MONTH FROM ts)", "FLOOR(ts TO DAY)", "CEIL(ts TO DAY)", "FLOOR(ts TO HOUR)",
		"JSON_VALUE(s, '$.a')", "JSON_VALUE(s, '$.b')", "JSON_VALUE(s, '$.a' RETURNING INT)", "JSON_VALUE(s, '$.a' DEFAULT 'x' ON EMPTY)",
		"JSON_VALUE(s, '$.a' DEFAULT 'x' ON ERROR)", "JSON_QUERY(s, '$.a')", "JSON_QUERY(s, '$.a' WITH WRAPPER)", "s IS JSON", "s IS JSON ARRAY", "s IS NOT JSON",
		"ARRAY[a]", "ARRAY[b]", "ARRAY[a, a]", "ROW(a)", "MAP[a, a]", "ARRAY[a][1]", "ARRAY[a][2]", "ROW(a, b).EXPR$0", "ROW(a, b).EXPR$1",
		"j -> 'a'", "j ->> 'a'", "j -> 1",
		"JSON_ARRAY(a)", "JSON_ARRAY(a NULL ON NULL)", "JSON_ARRAY(s, a)", "JSON_OBJECT('a', a)", "JSON_OBJECT('b', a)", "JSON_OBJECT('a', a ABSENT ON NULL)",
		"FLOOR(x)", "CEIL(x)", "s LIKE 'a'", "s LIKE 'a' ESCAPE '!'",
		"ts + INTERVAL '1' MONTH", "ts - INTERVAL '1' MONTH", "ts + INTERVAL '1' SECOND", "ts - INTERVAL '1' SECOND",
	}
	for i, one := range texts {
		for j, other := range texts {
			if got := expr.Equal(mustBind(t, one), mustBind(t, other)); got != (i == j) {
				t.Errorf("%s and %s: equal is %v", one, other, got)
			}
		}
	}
}
