//go:build postgres

package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/connectortest"
	"github.com/penstock-io/penstock/internal/connector/postgres"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// declared is a table as a script declares it.
type declared struct {
	name    string // in the database
	schema  types.Schema
	key     []string
	options []string // key, value pairs
	job     string   // empty: without state
	log     *bytes.Buffer
}

func (d declared) request(t testing.TB) connector.SinkRequest {
	t.Helper()
	values := map[string]string{"url": server.url(), "password": secret, "table-name": d.name}
	for i := 0; i < len(d.options); i += 2 {
		values[d.options[i]] = d.options[i+1]
	}
	var given []option.Given
	for key, value := range values {
		given = append(given, option.Given{Key: key, Value: value})
	}
	parsed, err := option.Parse(`table "t"`, given, postgres.Factory().Options)
	if err != nil {
		t.Fatal(err)
	}
	request := connector.SinkRequest{
		Table: connector.Table{Name: "t", Options: parsed, PrimaryKey: d.key}, Meter: &connector.Meter{}, Job: d.job, ID: "sink",
		Logger: slog.New(slog.DiscardHandler),
	}
	if d.log != nil {
		request.Logger = slog.New(slog.NewTextHandler(d.log, nil))
	}
	for _, field := range d.schema {
		request.Columns = append(request.Columns, connector.Column{Name: field.Name, Type: field.Type})
	}
	request.Table.Columns = request.Columns
	return request
}

func (d declared) open(t testing.TB) (connector.Committer, error) {
	t.Helper()
	sink, err := postgres.Factory().NewSink(t.Context(), d.request(t))
	if err != nil {
		return nil, err
	}
	return sink.(connector.Committer), nil
}

func (d declared) mustOpen(t testing.TB) connector.Committer {
	t.Helper()
	sink, err := d.open(t)
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func (d declared) rows(t testing.TB, text string) *batch.Batch {
	t.Helper()
	b, err := batch.Parse(text, d.schema)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// writeAll writes batches as a job does that ends.
func (d declared) writeAll(t testing.TB, batches ...*batch.Batch) error {
	t.Helper()
	sink, err := d.open(t)
	if err != nil {
		return err
	}
	defer sink.Close()
	if d.job != "" {
		if err := sink.Recover(t.Context(), nil); err != nil {
			return err
		}
	}
	writer, err := sink.Open(t.Context(), 0)
	if err != nil {
		return err
	}
	defer writer.Close()
	for _, b := range batches {
		if err := writer.Write(t.Context(), b); err != nil {
			return err
		}
	}
	data, err := writer.(connector.Preparer).Prepare(t.Context(), 1, true)
	if err != nil || data == nil {
		return err
	}
	return sink.Commit(t.Context(), [][]byte{data})
}

func wantRows(t testing.TB, query string, want ...string) {
	t.Helper()
	if got := server.sql(t, query); !slices.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", query, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func noStagingTables(t testing.TB) {
	t.Helper()
	wantRows(t, "SELECT relname FROM pg_class WHERE relname LIKE 'penstock%'")
}

func TestPostgresKeepsTheContractOfCommitters(t *testing.T) {
	for name, table := range map[string]declared{
		"append":       {},
		"upsert":       {key: []string{"id"}},
		"small chunks": {options: []string{"sink.buffer-flush.max-rows", "10"}},
	} {
		t.Run(name, func(t *testing.T) {
			connectortest.TestCommitter(t, func(t *testing.T) connectortest.Outside {
				server.sql(t, "DROP TABLE IF EXISTS contract; CREATE TABLE contract (id bigint, name text)")
				d := table
				d.name, d.schema = "contract", connectortest.SinkSchema
				if d.key != nil {
					server.sql(t, "ALTER TABLE contract ADD PRIMARY KEY (id)")
				}
				return connectortest.Outside{
					Open: func(t *testing.T, job string) connector.Committer {
						process := d
						process.job = job
						return process.mustOpen(t)
					},
					Rows: func(t *testing.T) []string { return server.sql(t, "SELECT id, name FROM contract") },
				}
			})
		})
	}
}

func TestPostgresMakesRoomAfterItself(t *testing.T) {
	server.sql(t, "DROP SCHEMA IF EXISTS work CASCADE; CREATE SCHEMA work; DROP TABLE IF EXISTS kept; CREATE TABLE kept (id bigint, name text)")
	d := declared{name: "kept", schema: connectortest.SinkSchema, job: "job", options: []string{"sink.staging-schema", "work"}}
	sink := d.mustOpen(t)
	if err := sink.Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	wantRows(t, "SELECT relnamespace::regnamespace::text, left(relname, 9) FROM pg_class WHERE relname LIKE 'penstock%'", "work | penstock_")
	wantRows(t, "SELECT obj_description(oid) FROM pg_class WHERE relname LIKE 'penstock%'",
		fmt.Sprintf("rows that a job of Penstock is about to write: table public.kept of 127.0.0.1:%d/postgres", server.port))
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	noStagingTables(t)
	if err := d.writeAll(t, d.rows(t, "id | name\n1 | a")); err != nil {
		t.Fatal(err)
	}
	wantRows(t, "SELECT * FROM kept", "1 | a")
	noStagingTables(t)
}

func TestPostgresWritesEveryType(t *testing.T) {
	micros := func(v ...int64) batch.Column { return batch.NewFixed(v, nil) }
	text := func(values ...string) batch.Column {
		var b batch.BytesBuilder
		for _, v := range values {
			b.AppendString(v)
		}
		return b.Finish()
	}
	list := batch.NewList([]int32{0, 3, 3}, func() batch.Column {
		var b batch.BytesBuilder
		b.AppendString(`a "b"`)
		b.AppendNull()
		b.AppendString("x\\,\n}")
		return b.Finish()
	}(), nil)
	const noon = 1_767_268_800_000_000 // 2026-01-01 12:00:00
	for _, test := range []struct {
		here   types.Type
		there  string
		column batch.Column
		want   string // of both rows
	}{
		{types.Of(types.Boolean), "boolean", batch.NewFixed([]bool{true, false}, nil), "true, false"},
		{types.Of(types.TinyInt), "smallint", batch.NewFixed([]int8{-128, 127}, nil), "-128, 127"},
		{types.Of(types.SmallInt), "integer", batch.NewFixed([]int16{-32768, 32767}, nil), "-32768, 32767"},
		{types.Of(types.Int), "numeric(10)", batch.NewFixed([]int32{-2147483648, 7}, nil), "-2147483648, 7"},
		{types.Of(types.BigInt), "bigint", micros(-9223372036854775808, 9223372036854775807), "-9223372036854775808, 9223372036854775807"},
		{types.Type{Kind: types.Decimal, Precision: 5, Scale: 2}, "numeric(7,3)", batch.NewFixed([]types.Decimal128{mustDecimal(t, "-1.50"), mustDecimal(t, "999.99")}, nil), "-1.500, 999.990"},
		{types.Of(types.Float), "real", batch.NewFixed([]float32{1.5, 1e30}, nil), "1.5, 1e+30"},
		{types.Of(types.Double), "double precision", batch.NewFixed([]float64{0.1, inf()}, nil), "0.1, Infinity"},
		{types.String, "text", text("a\tb\nc\\d\re", "ä→\U0001F600"), "a\tb\nc\\d\re, ä→\U0001F600"},
		{types.String, "text", text("\xff", ""), "\uFFFD, "},
		{types.String, "uuid", text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11, 00000000-0000-0000-0000-000000000000"},
		{types.String, "inet", text("10.0.0.1", "::1"), "10.0.0.1/32, ::1/128"},
		{types.String, "mood", text("sad", "ok"), "sad, ok"},
		{types.String, "short", text("ab", "c"), "ab, c"},
		{types.Type{Kind: types.Varchar, Precision: 9}, "varchar(3)", text("abc", "d"), "abc, d"},
		{types.Of(types.Varbinary), "bytea", text("\x00\xff\\", ""), `\x00ff5c, \x`},
		{types.Of(types.JSON), "jsonb", text(`{"a": [1, "\t"]}`, "null"), `{"a": [1, "\t"]}, null`},
		{types.Of(types.Date), "date", batch.NewFixed([]int32{0, -719529}, nil), "1970-01-01, 0002-12-31 BC"},
		{types.Type{Kind: types.Time, Precision: 3}, "time", micros(0, 86399999000), "00:00:00, 23:59:59.999"},
		{types.Type{Kind: types.Timestamp, Precision: 6}, "timestamp", micros(noon+1, -62167219200000000), "2026-01-01 12:00:00.000001, 0001-01-01 00:00:00 BC"},
		{types.TimestampLTZ3, "timestamptz", micros(noon, -62167219200000000), "2026-01-01 12:00:00+00, 0001-01-01 00:00:00+00 BC"},
		{types.ArrayOf(types.String), "text[]", list, "{\"a \\\"b\\\"\",NULL,\"x\\\\,\n}\"}, {}"},
		{types.ArrayOf(types.Of(types.BigInt)), "bigint[]", batch.NewList([]int32{0, 2, 2}, micros(1, -2), nil), "{1,-2}, {}"},
		{types.ArrayOf(types.TimestampLTZ3), "timestamptz[]", batch.NewList([]int32{0, 1, 1}, micros(noon), nil), `{"2026-01-01 12:00:00+00"}, {}`},
	} {
		t.Run(test.here.String()+" to "+test.there, func(t *testing.T) {
			server.sql(t, "DROP TABLE IF EXISTS typed; DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('sad', 'ok'); DROP DOMAIN IF EXISTS short; CREATE DOMAIN short AS varchar(2);"+
				"CREATE TABLE typed (n bigint, v "+test.there+")")
			d := declared{name: "typed", schema: types.Schema{{Name: "n", Type: types.Of(types.BigInt)}, {Name: "v", Type: test.here}}, job: "job"}
			null := batch.NewBuilder(test.here)
			null.AppendNull()
			err := d.writeAll(t, batch.New(2, micros(1, 2), test.column), batch.New(1, micros(3), null.Finish()))
			if err != nil {
				t.Fatal(err)
			}
			got := server.sql(t, "SELECT v::text FROM typed ORDER BY n")
			if want := test.want + ", NULL"; strings.Join(got, ", ") != want {
				t.Errorf("got %q, want %q", strings.Join(got, ", "), want)
			}
		})
	}
}

func mustDecimal(t *testing.T, text string) types.Decimal128 {
	t.Helper()
	v, ok := types.ParseDecimal(text, 5, 2)
	if !ok {
		t.Fatal(text)
	}
	return v
}

func inf() float64 { zero := 0.0; return 1 / zero }

func TestPostgresUpserts(t *testing.T) {
	for _, job := range []string{"", "job"} {
		server.sql(t, `DROP TABLE IF EXISTS totals; CREATE TABLE totals ("Day" text, shop int, total bigint, note text DEFAULT 'none', PRIMARY KEY (shop, "Day"))`)
		server.sql(t, `INSERT INTO totals VALUES ('mon', 1, 5, 'mine'), ('mon', 9, 9, 'stays')`)
		d := declared{
			name: "totals", job: job, key: []string{"Day", "SHOP"},
			schema: types.Schema{{Name: "Day", Type: types.String}, {Name: "SHOP", Type: types.Of(types.Int)}, {Name: "total", Type: types.Of(types.BigInt)}},
		}
		first := d.rows(t, "Day | SHOP | total\nmon | 1 | 10\nmon | 2 | 20\nmon | 1 | 11\ntue | 1 | 1\ntue | 2 | 2\nmon | 2 | 20\nmon | 2 | 21\nwed | 1 | 1")
		first.Changes = []batch.Change{batch.Insert, batch.Insert, batch.UpdateAfter, batch.Insert, batch.Insert, batch.UpdateBefore, batch.UpdateAfter, batch.Insert}
		second := d.rows(t, "Day | SHOP | total\ntue | 2 | 2\nwed | 1 | 1\nwed | 1 | 2")
		second.Changes = []batch.Change{batch.Delete, batch.Delete, batch.Insert}
		if err := d.writeAll(t, first, second); err != nil {
			t.Fatal(err)
		}
		wantRows(t, `SELECT "Day", shop, total, note FROM totals ORDER BY 1, 2`, "mon | 1 | 11 | mine", "mon | 2 | 21 | none", "mon | 9 | 9 | stays", "tue | 1 | 1 | none", "wed | 1 | 2 | none")
		gone := d.rows(t, "Day | SHOP | total\nmon | 1 | 11")
		gone.Changes = []batch.Change{batch.Delete}
		if err := d.writeAll(t, gone); err != nil {
			t.Fatal(err)
		}
		wantRows(t, `SELECT count(*) FROM totals WHERE shop = 1 AND "Day" = 'mon'`, "0")
		noStagingTables(t)
	}
}

func TestPostgresUpsertsTablesOfKeysOnly(t *testing.T) {
	server.sql(t, "DROP TABLE IF EXISTS seen; CREATE TABLE seen (id bigint UNIQUE)")
	d := declared{name: "seen", schema: types.Schema{{Name: "id", Type: types.Of(types.BigInt)}}, key: []string{"id"}, job: "job"}
	for range 2 {
		if err := d.writeAll(t, d.rows(t, "id\n1\n1\n2")); err != nil {
			t.Fatal(err)
		}
	}
	wantRows(t, "SELECT id FROM seen ORDER BY id", "1", "2")
}

func TestPostgresWithoutStateWritesInTime(t *testing.T) {
	server.sql(t, "DROP TABLE IF EXISTS direct; CREATE TABLE direct (id bigint, name text)")
	d := declared{name: "direct", schema: connectortest.SinkSchema, options: []string{"sink.buffer-flush.interval", "50 ms"}}
	sink := d.mustOpen(t)
	defer sink.Close()
	writer, err := sink.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if err := writer.Write(t.Context(), d.rows(t, "id | name\n1 | a")); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); len(server.sql(t, "SELECT * FROM direct")) == 0; { // a real server has real time
		if time.Now().After(deadline) {
			t.Fatal("the row is not there")
		}
	}
	noStagingTables(t)
}

func TestPostgresCreatesTheTable(t *testing.T) {
	server.sql(t, "DROP SCHEMA IF EXISTS fresh CASCADE; CREATE SCHEMA fresh")
	d := declared{name: "fresh.Made", key: []string{"a"}, options: []string{"sink.create-table", "true"}, job: "job"}
	all := []types.Type{
		types.Of(types.BigInt).Required(), types.Of(types.Boolean), types.Of(types.TinyInt), types.Of(types.SmallInt), types.Of(types.Int),
		{Kind: types.Decimal, Precision: 20, Scale: 3},
		types.Of(types.Float), types.Of(types.Double),
		{Kind: types.Char, Precision: 3},
		{Kind: types.Varchar, Precision: 7},
		types.String, types.Of(types.Varbinary), types.Of(types.JSON), types.Of(types.Date),
		{Kind: types.Time, Precision: 0},
		types.Timestamp3, types.TimestampLTZ3, types.ArrayOf(types.Timestamp3),
	}
	for i, typ := range all {
		d.schema = append(d.schema, types.Field{Name: string(rune('a' + i)), Type: typ})
	}
	for range 2 { // the second time it is there
		if err := d.writeAll(t); err != nil {
			t.Fatal(err)
		}
	}
	wantRows(t, "SELECT format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END FROM pg_attribute WHERE attrelid = 'fresh.made'::regclass AND attnum > 0 ORDER BY attnum",
		"bigint NOT NULL", "boolean", "smallint", "smallint", "integer", "numeric(20,3)", "real", "double precision", "character(3)",
		"character varying(7)", "text", "bytea", "jsonb", "date", "time(0) without time zone", "timestamp(3) without time zone", "timestamp(3) with time zone",
		"timestamp(3) without time zone[]")
}

// The connections of the sink are ended again and again, at any moment.
func TestPostgresWritesEveryRowOnceThoughConnectionsAreLost(t *testing.T) {
	server.sql(t, "DROP TABLE IF EXISTS lost; CREATE TABLE lost (id bigint, name text)")
	d := declared{name: "lost", schema: connectortest.SinkSchema, job: "job", options: []string{"sink.buffer-flush.max-rows", "20", "sink.max-retries", "1000"}}
	sink := d.mustOpen(t)
	defer sink.Close()
	if err := sink.Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			server.sql(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'penstock%'; SELECT pg_sleep(0.02)")
		}
	}()
	writer, err := sink.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	id := 0
	for range 15 {
		for range 5 {
			text := "id | name"
			for range 30 {
				text += fmt.Sprintf("\n%d | x", id)
				id++
			}
			if err := writer.Write(t.Context(), d.rows(t, text)); err != nil {
				t.Fatal(err)
			}
		}
		data, err := writer.(connector.Preparer).Prepare(t.Context(), 1, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := sink.Commit(t.Context(), [][]byte{data}); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	<-done
	wantRows(t, "SELECT count(*), count(DISTINCT id), max(id) FROM lost", fmt.Sprintf("%d | %d | %d", id, id, id-1))
}

// What was prepared survives a crash of the server, whose synchronous_commit is off.
func TestPostgresSurvivesACrashOfTheServer(t *testing.T) {
	server.sql(t, "DROP TABLE IF EXISTS crashed; CREATE TABLE crashed (id bigint, name text)")
	d := declared{name: "crashed", schema: connectortest.SinkSchema, job: "job", options: []string{"sink.max-retries", "20"}, log: &bytes.Buffer{}}
	sink := d.mustOpen(t)
	if err := sink.Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	random, id := rand.New(rand.NewPCG(1, 1)), 0
	for range 3 {
		writer, err := sink.Open(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		text := "id | name"
		for range 1 + random.IntN(50) {
			text += fmt.Sprintf("\n%d | x", id)
			id++
		}
		if err := writer.Write(t.Context(), d.rows(t, text)); err != nil {
			t.Fatal(err)
		}
		data, err := writer.(connector.Preparer).Prepare(t.Context(), 1, false)
		if err != nil {
			t.Fatal(err)
		}
		server.stop("immediate")
		if err := server.start(); err != nil {
			t.Fatal(err)
		}
		if err := sink.Commit(t.Context(), [][]byte{data}); err != nil {
			t.Fatal(err)
		}
		server.stop("immediate")
		if err := server.start(); err != nil {
			t.Fatal(err)
		}
		wantRows(t, "SELECT count(*), count(DISTINCT id) FROM crashed", fmt.Sprintf("%d | %d", id, id))
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(d.log.String(), "the database is asked again") {
		t.Errorf("got log %s", d.log)
	}
	if strings.Contains(d.log.String(), secret) {
		t.Error("the password is in the log")
	}
}

func TestPostgresReadsItsOptions(t *testing.T) {
	server.sql(t, "DROP TABLE IF EXISTS opts; CREATE TABLE opts (id bigint, name text)")
	d := declared{name: "opts", schema: connectortest.SinkSchema, job: "job"}
	request := d.request(t)
	sink, err := postgres.JDBC().NewSink(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	if unread := request.Table.Options.Unread(); len(unread) > 0 {
		t.Errorf("nothing reads the options %v", unread)
	}
}

func TestPostgresSaysWhatDoesNotFit(t *testing.T) {
	server.sql(t, `DROP TABLE IF EXISTS fit; DROP VIEW IF EXISTS seeing; CREATE TABLE fit (
		id bigint, name text NOT NULL, total numeric(10,2), at timestamptz, made bigint GENERATED ALWAYS AS (id + 1) STORED, must int NOT NULL, "Case" int, small smallint, list int[]);
		CREATE VIEW seeing AS SELECT 1 AS id`)
	columns := func(fields ...types.Field) types.Schema {
		return append(types.Schema{{Name: "name", Type: types.String}, {Name: "must", Type: types.Of(types.Int)}}, fields...)
	}
	where := fmt.Sprintf("public.fit of 127.0.0.1:%d/postgres", server.port)
	for _, test := range []struct {
		name   string
		schema types.Schema
		key    []string
		want   string // as a user sees it, without the place
	}{
		{"fit", columns(types.Field{Name: "idd", Type: types.String}), nil, `error: column "idd" of table "t": there is no such column in WHERE
  hint: did you mean "id"?
`},
		{
			"fit", columns(types.Field{Name: "id", Type: types.String}, types.Field{Name: "total", Type: types.Type{Kind: types.Decimal, Precision: 12, Scale: 2}}), nil,
			`error: column "id" of table "t" is STRING, but bigint in WHERE
  hint: declare another type and CAST what is written, or change the column: ALTER COLUMN "id" TYPE text
error: column "total" of table "t" is DECIMAL(12, 2), but numeric(10,2) in WHERE
  hint: declare another type and CAST what is written, or change the column: ALTER COLUMN "total" TYPE numeric(12,2)
`,
		},
		{"fit", columns(types.Field{Name: "at", Type: types.Timestamp3}), nil, `error: column "at" of table "t" is TIMESTAMP(3), but timestamp with time zone in WHERE
  hint: declare at TIMESTAMP_LTZ(3), and CAST what is written
`},
		{"fit", columns(types.Field{Name: "made", Type: types.Of(types.BigInt)}), nil, `error: column "made" of table "t": WHERE generates its values and cannot be given any
  hint: leave it out of the declared table
`},
		{"fit", columns()[:1], nil, `error: column "must" of WHERE is NOT NULL without a default, and table "t" does not have it
  hint: declare it, or give it a default: ALTER TABLE "public"."fit" ALTER COLUMN "must" SET DEFAULT ...
`},
		{"fit", columns(types.Field{Name: "case", Type: types.Of(types.Int)}), nil, `error: column "case" of table "t": there is no such column in WHERE
  hint: did you mean "Case"?
`},
		{"fit", columns(types.Field{Name: "list", Type: types.ArrayOf(types.String)}), nil, `error: column "list" of table "t" is ARRAY<STRING>, but integer[] in WHERE
  hint: declare another type and CAST what is written, or change the column: ALTER COLUMN "list" TYPE text[]
`},
		{"fit", columns(types.Field{Name: "small", Type: types.Of(types.BigInt)}), nil, `error: column "small" of table "t" is BIGINT, but smallint in WHERE
  hint: declare another type and CAST what is written, or change the column: ALTER COLUMN "small" TYPE bigint
`},
		{"fit", columns(), []string{"must"}, `error: WHERE has no unique constraint on the PRIMARY KEY (must)
  hint: CREATE UNIQUE INDEX ON "public"."fit" ("must")
`},
		{"seeing", columns(), nil, "error: public.seeing in DATABASE is not a table that can be written\n"},
		{"none", columns(), nil, `error: there is no table none in DATABASE
  hint: create it, or set 'sink.create-table' = 'true'; the option 'table-name' names it with its schema
`},
	} {
		d := declared{name: test.name, schema: test.schema, key: test.key}
		_, err := d.open(t)
		if err == nil {
			t.Errorf("%s %v: no error", test.name, test.schema)
			continue
		}
		got := strings.ReplaceAll(strings.ReplaceAll(diag.Render(err), where, "WHERE"), strings.TrimPrefix(where, "public.fit of "), "DATABASE")
		if got != test.want {
			t.Errorf("got\n%swant\n%s", got, test.want)
		}
	}
}

func TestPostgresSaysWhatTheDatabaseRefuses(t *testing.T) {
	server.sql(t, `DROP TABLE IF EXISTS refuses, parents; CREATE TABLE parents (id bigint PRIMARY KEY); CREATE TABLE refuses (
		id bigint UNIQUE, name varchar(3) NOT NULL CHECK (name <> 'bad'), parent bigint REFERENCES parents);
		DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'guest'; REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT ON refuses TO guest`)
	schema := types.Schema{{Name: "id", Type: types.Of(types.BigInt)}, {Name: "name", Type: types.String}, {Name: "parent", Type: types.Of(types.BigInt)}}
	what := fmt.Sprintf("table public.refuses of 127.0.0.1:%d/postgres", server.port)
	write := func(row string, options ...string) func(t *testing.T) error {
		return func(t *testing.T) error {
			d := declared{name: "refuses", schema: schema, job: "job", options: append([]string{"sink.max-retries", "0"}, options...)}
			return d.writeAll(t, d.rows(t, "id | name | parent\n"+row))
		}
	}
	with := func(options ...string) func(t *testing.T) error { return write("1 | a | NULL", options...) }
	elsewhere := func(change string) string { return strings.Replace(server.url(), "/postgres?", change, 1) }
	for _, test := range []struct {
		name string
		do   func(t *testing.T) error
		kind diag.Kind
		want string
		hint string
	}{
		{"null", write("1 | NULL | NULL"), diag.BadData, `write WHAT: null value in column "name" of relation "refuses" violates not-null constraint: Failing row contains (1, null, null)`, "write a value, or drop NOT NULL of the column"},
		{"unique", write("1 | a | NULL\n1 | b | NULL"), diag.BadData, `write WHAT: duplicate key value violates unique constraint "refuses_id_key": Key (id)=(1) already exists`, "declare the PRIMARY KEY"},
		{"check", write("1 | bad | NULL"), diag.BadData, `write WHAT: new row for relation "refuses" violates check constraint "refuses_name_check": Failing row contains (1, bad, null)`, "change what is written, or the check"},
		{"foreign key", write("1 | a | 5"), diag.BadData, `write WHAT: insert or update on table "refuses" violates foreign key constraint "refuses_parent_fkey": Key (parent)=(5) is not present in table "parents"`, "write the row that it refers to first"},
		{"too long", write("1 | long | NULL"), diag.BadData, `write WHAT: value too long for type character varying(3) (column "name")`, "write a shorter text"},
		{"zero byte", write("1 | a\x00b | NULL"), diag.BadData, `column "name": PostgreSQL takes no text with the character U+0000`, "remove it"},
		{"refused", with("url", "postgresql://127.0.0.1:1/postgres"), diag.Unreachable, `look at table refuses of 127.0.0.1:1/postgres: connection refused`, "is the server there"},
		{"password", with("password", "wrong"), diag.Denied, `look at table refuses of DATABASE: password authentication failed for user "postgres"`, "look at 'username' and 'password'"},
		{"database", with("url", elsewhere("/none?")), diag.NotFound, `look at table refuses of 127.0.0.1:PORT/none: database "none" does not exist`, "create the database"},
		{"TLS", with("url", strings.Replace(server.url(), "disable", "require", 1)), diag.Denied, `look at table refuses of DATABASE: server refused TLS connection`, "see sslmode"},
		{"privilege", with("username", "guest", "password", "guest"), diag.Denied, `recover WHAT: permission denied for schema public`, "GRANT the user INSERT"},
		{"host", with("url", "postgresql://nowhere.invalid/postgres"), diag.Unreachable, `look at table refuses of nowhere.invalid:5432/postgres: no such host`, ""},
	} {
		err := test.do(t)
		got := fmt.Sprint(err)
		got = strings.ReplaceAll(got, what, "WHAT")
		got = strings.ReplaceAll(got, fmt.Sprintf("127.0.0.1:%d/postgres", server.port), "DATABASE")
		got = strings.ReplaceAll(got, fmt.Sprint(server.port), "PORT")
		if got != test.want || diag.KindOf(err) != test.kind || !strings.Contains(diag.Render(err), test.hint) {
			t.Errorf("%s: got %v\n%s\nwant %v\n%s\n%s", test.name, diag.KindOf(err), diag.Render(err), test.kind, test.want, test.hint)
		}
		if strings.Contains(diag.Render(err), secret) {
			t.Errorf("%s: the password is in %s", test.name, diag.Render(err))
		}
	}
}
