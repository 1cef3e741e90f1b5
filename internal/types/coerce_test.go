package types

import "testing"

var everyKind = []Kind{
	Null, Boolean, TinyInt, SmallInt, Int, BigInt, Decimal, Float, Double, Char, Varchar, Varbinary, JSON,
	Date, Time, Timestamp, TimestampLTZ, IntervalMonth, IntervalSecond,
}

// everyType is a type of each kind, with and without NULL, with short and long lengths.
func everyType() []Type {
	var all []Type
	for _, kind := range everyKind {
		for _, precision := range []int{0, 3, 6} {
			sized := kind.IsText() || kind.IsTemporal() || kind == Varbinary || kind == Decimal
			if precision > 0 && !sized || precision == 0 && (kind == Char || kind == Decimal) {
				continue
			}
			t := Type{Kind: kind, Precision: precision}
			if kind == Decimal {
				t.Scale = precision - 2
			}
			all = append(all, t, t.Required())
		}
	}
	row := RowOf(Schema{{"a", Of(Int)}, {"b", String}})
	return append(all, ArrayOf(Of(Int)), ArrayOf(DecimalOf(5, 2)).Required(), MapOf(String, Of(Int)), MapOf(String, Of(BigInt)), row, MultisetOf(row))
}

func TestCommonTypeIsSymmetric(t *testing.T) {
	for _, a := range everyType() {
		for _, b := range everyType() {
			ab, ok1 := Common(a, b)
			ba, ok2 := Common(b, a)
			if ab != ba || ok1 != ok2 {
				t.Errorf("Common(%v, %v) = %v, %v; the other way round %v, %v", a, b, ab, ok1, ba, ok2)
			}
		}
	}
}

func TestCommonTypeTakesBothSides(t *testing.T) {
	for _, a := range everyType() {
		if common, ok := Common(a, a); !ok || common != a && a.Kind != Null {
			t.Errorf("Common(%v, %v) = %v, %v", a, a, common, ok)
		}
		for _, b := range everyType() {
			common, ok := Common(a, b)
			if !ok {
				continue
			}
			if !CanCast(a, common) || !CanCast(b, common) || !CanAssign(a, common) || !CanAssign(b, common) {
				t.Errorf("%v and %v do not both convert to their common type %v", a, b, common)
			}
			if common.NotNull && (!a.NotNull || !b.NotNull) {
				t.Errorf("Common(%v, %v) = %v forgets NULL", a, b, common)
			}
			if again, ok := Common(common, a); !ok || !Equal(again, common) {
				t.Errorf("Common(%v, %v) = %v, which with %v is %v", a, b, common, a, again)
			}
		}
	}
}

func TestCommonTypes(t *testing.T) {
	varchar := func(n int) Type { return Type{Kind: Varchar, Precision: n} }
	for _, c := range []struct{ a, b, want Type }{
		{Of(TinyInt), Of(SmallInt), Of(SmallInt)},
		{Of(Int), Of(BigInt), Of(BigInt)},
		{Of(BigInt), Of(Float), Of(Float)},
		{Of(Float), Of(Double), Of(Double)},
		{Of(Int), Of(Null), Of(Int)},
		{Of(Int).Required(), Of(Null), Of(Int)},
		{DecimalOf(5, 2), DecimalOf(4, 3), DecimalOf(6, 3)},
		{DecimalOf(38, 0), DecimalOf(38, 20), DecimalOf(38, 6)},
		{DecimalOf(5, 2).Required(), Of(Int).Required(), DecimalOf(12, 2).Required()},
		{DecimalOf(5, 2), Of(Float), Of(Double)},
		{ArrayOf(Of(Int)), ArrayOf(Of(BigInt).Required()), ArrayOf(Of(BigInt))},
		{MapOf(String, Of(Int)), Of(Null), MapOf(String, Of(Int))},
		{Of(Int).Required(), Of(Int), Of(Int)},
		{Of(Int).Required(), Of(BigInt).Required(), Of(BigInt).Required()},
		{varchar(3), varchar(6), varchar(6)},
		{varchar(3), String, String},
		{Type{Kind: Char, Precision: 2}, varchar(6), String},
		{Of(JSON), varchar(6), String},
		{Timestamp3, Type{Kind: Timestamp, Precision: 6}, Type{Kind: Timestamp, Precision: 6}},
		{Timestamp3, TimestampLTZ3, TimestampLTZ3},
		{Of(Date), Timestamp3, Timestamp3},
		{TimestampLTZ3, Of(Date), TimestampLTZ3},
	} {
		if got, ok := Common(c.a, c.b); !ok || got != c.want {
			t.Errorf("Common(%v, %v) = %v, %v; want %v", c.a, c.b, got, ok, c.want)
		}
	}
	for _, c := range [][2]Kind{
		{Int, Varchar},
		{Boolean, Int},
		{Date, Time},
		{Time, Timestamp},
		{Varbinary, Varchar},
		{IntervalMonth, IntervalSecond},
		{IntervalSecond, BigInt},
		{Date, Int},
	} {
		if got, ok := Common(Of(c[0]), Of(c[1])); ok {
			t.Errorf("%v and %v have the common type %v, want none", c[0], c[1], got)
		}
	}
}

func TestCasts(t *testing.T) {
	for _, kind := range everyKind {
		for _, to := range []Kind{kind, Char, Varchar} {
			if !CanCast(Of(kind), Of(to)) {
				t.Errorf("%v does not cast to %v", kind, to)
			}
		}
		if !CanCast(Of(Null), Of(kind)) {
			t.Errorf("NULL does not cast to %v", kind)
		}
	}
	for _, c := range []struct {
		from, to Kind
		want     bool
	}{
		{Boolean, Int, true},
		{Int, Boolean, true},
		{Double, Boolean, false},
		{Double, TinyInt, true},
		{Varchar, TimestampLTZ, true},
		{Char, Date, true},
		{Varchar, IntervalSecond, false},
		{Varchar, JSON, true},
		{JSON, Int, false},
		{Date, Timestamp, true},
		{Date, Time, false},
		{Timestamp, Date, true},
		{Timestamp, BigInt, false},
		{BigInt, Timestamp, false},
		{Time, Timestamp, false},
		{IntervalMonth, IntervalSecond, false},
		{Varbinary, Int, false},
	} {
		if got := CanCast(Of(c.from), Of(c.to)); got != c.want {
			t.Errorf("CanCast(%v, %v) is %v", c.from, c.to, got)
		}
	}
}

func TestWhatIsAssignedCanBeCast(t *testing.T) {
	for _, from := range everyType() {
		for _, to := range everyType() {
			if CanAssign(from, to) && !CanCast(from, to) {
				t.Errorf("%v is assigned to %v, but does not cast to it", from, to)
			}
		}
	}
}

func TestAssignments(t *testing.T) {
	for _, c := range []struct {
		from, to Kind
		want     bool
	}{
		{Null, Date, true},
		{BigInt, TinyInt, true},
		{Double, Int, true},
		{Varchar, Char, true},
		{Varchar, JSON, true},
		{JSON, Varchar, true},
		{Timestamp, TimestampLTZ, true},
		{Date, TimestampLTZ, true},
		{Timestamp, Date, false},
		{Varchar, Int, false},
		{Int, Varchar, false},
		{Boolean, Int, false},
		{Varchar, Date, false},
		{Varchar, Varbinary, false},
	} {
		if got := CanAssign(Of(c.from), Of(c.to)); got != c.want {
			t.Errorf("CanAssign(%v, %v) is %v", c.from, c.to, got)
		}
	}
}

func TestTypesPrintAsSQL(t *testing.T) {
	for _, c := range []struct {
		typ  Type
		want string
	}{
		{Of(Int), "INT"},
		{RequiredBigInt, "BIGINT NOT NULL"},
		{String, "STRING"},
		{Type{Kind: Varchar, Precision: 5}, "VARCHAR(5)"},
		{Type{Kind: Char, Precision: 1, NotNull: true}, "CHAR(1) NOT NULL"},
		{Of(Varbinary), "BYTES"},
		{Type{Kind: Varbinary, Precision: 5}, "VARBINARY(5)"},
		{Type{Kind: Time}, "TIME(0)"},
		{Timestamp3, "TIMESTAMP(3)"},
		{TimestampLTZ3.Required(), "TIMESTAMP_LTZ(3) NOT NULL"},
		{Of(Null), "NULL"},
		{DecimalOf(10, 2), "DECIMAL(10, 2)"},
		{ArrayOf(String.Required()).Required(), "ARRAY<STRING NOT NULL> NOT NULL"},
		{MapOf(String, MultisetOf(Of(Int))), "MAP<STRING, MULTISET<INT>>"},
		{RowOf(Schema{{"a", Of(Int)}, {"b`c", String}}), "ROW<`a` INT, `b``c` STRING>"},
		{Of(IntervalSecond), "INTERVAL DAY TO SECOND"},
	} {
		if got := c.typ.String(); got != c.want {
			t.Errorf("type prints as %q, want %q", got, c.want)
		}
	}
}

func TestSchemaFindsColumnsWithoutRegardToCase(t *testing.T) {
	s := Schema{{"a", Of(Int)}, {"B", String.Required()}}
	if s.Index("b") != 1 || s.Index("A") != 0 || s.Index("c") != -1 {
		t.Errorf("Index finds b at %d, A at %d, c at %d", s.Index("b"), s.Index("A"), s.Index("c"))
	}
	if got, want := s.String(), "a INT, B STRING NOT NULL"; got != want {
		t.Errorf("schema prints as %q, want %q", got, want)
	}
}
