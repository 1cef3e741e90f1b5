package postgres

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/penstock-io/penstock/internal/diag"
)

func TestStateOf(t *testing.T) {
	for _, test := range []struct {
		code   string
		kind   diag.Kind
		passes bool
	}{
		{"08006", diag.Unreachable, true},
		{"40001", diag.Unreachable, true},
		{"40P01", diag.Unreachable, true},
		{"53200", diag.Unreachable, true},
		{"53100", diag.Exhausted, false},
		{"53300", diag.Throttled, true},
		{"57P01", diag.Unreachable, true},
		{"57P03", diag.Unreachable, true},
		{"57014", diag.Exhausted, false},
		{"23505", diag.BadData, false},
		{"23P01", diag.BadData, false},
		{"22003", diag.BadData, false},
		{"28P01", diag.Denied, false},
		{"42501", diag.Denied, false},
		{"42P01", diag.NotFound, false},
		{"42703", diag.Semantic, false},
		{"0A000", diag.Semantic, false},
	} {
		if s := stateOf(test.code); s.kind != test.kind || s.passes != test.passes {
			t.Errorf("%s: got %v, passes %t", test.code, s.kind, s.passes)
		}
		if got := passes(fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: test.code})); got != test.passes {
			t.Errorf("%s: passes is %t", test.code, got)
		}
	}
}

func TestStatesAreInOrder(t *testing.T) {
	for i := range states[1:] {
		if states[i].code >= states[i+1].code {
			t.Errorf("%s stands before %s", states[i].code, states[i+1].code)
		}
	}
}

func TestExplain(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
		kind diag.Kind
	}{
		{&pgconn.PgError{Code: "23505", Message: "duplicate key", Detail: "Key (id)=(1) already exists."}, "write t: duplicate key: Key (id)=(1) already exists", diag.BadData},
		{&pgconn.PgError{Code: "22P02", Message: "invalid input syntax", Where: `COPY x, line 3, column total: "abc"`}, `write t: invalid input syntax (column "total")`, diag.BadData},
		{&pgconn.PgError{Code: "23502", Message: `null value in column "n"`, ColumnName: "n"}, `write t: null value in column "n"`, diag.BadData},
		{fmt.Errorf("dial: %w", context.DeadlineExceeded), "write t: it has not answered in time", diag.Unreachable},
		{errors.Join(errors.New("first address"), errors.New("second")), "write t: first address", diag.Unreachable},
		{diag.Errorf(diag.NotFound, diag.Span{}, "as it is"), "as it is", diag.NotFound},
	} {
		err := explain("write", "t", test.err)
		if err.Error() != test.want || diag.KindOf(err) != test.kind {
			t.Errorf("got %v %q, want %v %q", diag.KindOf(err), err, test.kind, test.want)
		}
	}
	if explain("write", "t", nil) != nil {
		t.Error("an error of nothing")
	}
}
