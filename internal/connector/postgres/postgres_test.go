package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// The database itself is the affair of make crash, which needs a server.

func request(t *testing.T, primaryKey ...string) connector.SinkRequest {
	t.Helper()
	values, err := option.Parse("table", []option.Given{{Key: optionURL, Value: "jdbc:postgresql://db:5433/app"}}, Factory().Options)
	if err != nil {
		t.Fatal(err)
	}
	columns := []connector.Column{{Name: "k", Type: types.String}, {Name: `odd "n"`, Type: types.Of(types.BigInt)}}
	return connector.SinkRequest{
		Table:   connector.Table{Name: "t", Columns: columns, PrimaryKey: primaryKey, Options: values},
		Columns: columns, Meter: &connector.Meter{}, Zone: time.UTC, Job: "job",
	}
}

func TestStatementsOfATableWithoutAKeyAdd(t *testing.T) {
	got := newStatements([]string{"s", "t"}, "stage", request(t))
	want := statements{
		name: `"s"."t"`,
		create: `CREATE TABLE IF NOT EXISTS "s"."stage" AS SELECT "k", "odd ""n""", ''::text AS penstock_batch, ` +
			`0::bigint AS penstock_order, false AS penstock_delete FROM "s"."t" WITH NO DATA`,
		copy:  `COPY "s"."stage" ("k", "odd ""n""", penstock_batch, penstock_order, penstock_delete) FROM STDIN`,
		moves: []string{`INSERT INTO "s"."t" ("k", "odd ""n""") SELECT "k", "odd ""n""" FROM "s"."stage" WHERE penstock_batch = ANY($1) ORDER BY penstock_order`},
		clear: `DELETE FROM "s"."stage" WHERE penstock_batch = ANY($1)`,
		empty: `DELETE FROM "s"."stage"`,
		drop:  `DO $$ BEGIN IF NOT EXISTS (SELECT FROM "s"."stage") THEN DROP TABLE "s"."stage"; END IF; END $$`,
	}
	if strings.Join(got.moves, ";") != strings.Join(want.moves, ";") {
		t.Errorf("got  %s\nwant %s", got.moves, want.moves)
	}
	got.moves, want.moves = nil, nil
	for _, pair := range [][2]string{
		{got.name, want.name},
		{got.create, want.create},
		{got.copy, want.copy},
		{got.clear, want.clear},
		{got.empty, want.empty},
		{got.drop, want.drop},
	} {
		if pair[0] != pair[1] {
			t.Errorf("got  %s\nwant %s", pair[0], pair[1])
		}
	}
}

func TestStatementsOfATableWithAKeyReplace(t *testing.T) {
	got := strings.Join(newStatements([]string{"t"}, "stage", request(t, "K")).moves, "\n")
	const newest = `SELECT DISTINCT ON ("k") * FROM "stage" WHERE penstock_batch = ANY($1) ORDER BY "k", penstock_order DESC`
	want := `DELETE FROM "t" AS target USING (` + newest + `) AS newest WHERE newest.penstock_delete AND target."k" = newest."k"
INSERT INTO "t" ("k", "odd ""n""") SELECT "k", "odd ""n""" FROM (` + newest + `) AS newest WHERE NOT penstock_delete ON CONFLICT ("k") DO UPDATE SET "odd ""n""" = excluded."odd ""n"""`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRowsAreWrittenAsCopyReadsThem(t *testing.T) {
	columns := []connector.Column{
		{Name: "text", Type: types.String},
		{Name: "bytes", Type: types.Of(types.Varbinary)},
		{Name: "at", Type: types.Type{Kind: types.TimestampLTZ, Precision: 3}},
		{Name: "flag", Type: types.Of(types.Boolean)},
	}
	r := request(t)
	r.Columns, r.Table.Columns = columns, columns
	w := &writer{sink: &sink{request: r}, lane: 2}
	rows, err := batch.Parse(strings.Join([]string{
		`text|bytes|at|flag`,
		"a|b|2026-01-02 03:04:05.678|true",
		`NULL|NULL|NULL|NULL`,
	}, "\n"), types.Schema{{Name: "text", Type: columns[0].Type}, {Name: "bytes", Type: columns[1].Type}, {Name: "at", Type: columns[2].Type}, {Name: "flag", Type: columns[3].Type}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(w.buffer), "\n")
	for i, want := range []string{"a\t\\\\x62\t2026-01-02 03:04:05.678+00\ttrue\t", "\\N\t\\N\t\\N\t\\N\t"} {
		if !strings.HasPrefix(lines[i], want) || !strings.HasSuffix(lines[i], "\tfalse") || strings.Count(lines[i], "\t") != 6 {
			t.Errorf("row %d: %q", i, lines[i])
		}
	}
}

func TestTextIsEscaped(t *testing.T) {
	if got := string(escape([]byte("x\ta\\b\nc\td\re"), 2)); got != "x\ta\\\\b\\nc\\td\\re" {
		t.Errorf("got %q", got)
	}
}

func TestChangesNeedAKey(t *testing.T) {
	b := batch.New(3, batch.NewBytes([]int32{0, 1, 2, 3}, []byte("abc"), nil), batch.NewFixed([]int64{1, 2, 3}, nil))
	b.Changes = []batch.Change{batch.UpdateBefore, batch.UpdateAfter, batch.Delete}
	if err := (&writer{sink: &sink{request: request(t)}}).Write(t.Context(), b); err == nil || !strings.Contains(err.Error(), "takes inserts only") {
		t.Errorf("without a key: %v", err)
	}
	w := &writer{sink: &sink{request: request(t, "k")}}
	if err := w.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(w.buffer), "\n"), "\n")
	if len(lines) != 2 || !strings.HasSuffix(lines[0], "\tfalse") || !strings.HasSuffix(lines[1], "\ttrue") {
		t.Errorf("got %q", lines)
	}
}

func TestDeclarationIsChecked(t *testing.T) {
	for _, url := range []string{"mysql://x", "postgres://%zz", "host=x"} {
		if checkURL(url) == nil {
			t.Errorf("url %q is taken", url)
		}
	}
	table := request(t).Table
	table.Columns = append(table.Columns, connector.Column{Name: "list", Type: types.ArrayOf(types.String)})
	if err := check(table); err == nil || !strings.Contains(err.Error(), `column "list" of table "t" is ARRAY`) {
		t.Errorf("array: %v", err)
	}
	table = request(t, "computed").Table
	if err := check(table); err == nil || !strings.Contains(err.Error(), "is computed") {
		t.Errorf("computed key: %v", err)
	}
}
