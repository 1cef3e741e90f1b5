package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
)

// target is the table in the database.
type target struct {
	schema, table string
	columns       []column // of the request, in order
	keys          []int    // positions of the primary key among them; none: rows are added
}

func (t *target) name() string { return quote(t.schema) + "." + quote(t.table) }

// shown names the table in messages.
func (t *target) shown() string { return t.schema + "." + t.table }

const findTable = `SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`

const findColumns = `SELECT a.attname, format_type(a.atttypid, a.atttypmod), b.typname, b.typcategory, coalesce(e.typname, ''),
	a.atttypmod, a.attnotnull, a.atthasdef OR a.attidentity <> '', a.attgenerated <> '' OR a.attidentity = 'a'
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
	JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
	LEFT JOIN pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

// findKeys returns the columns of unique indexes that ON CONFLICT can use, in order of name.
const findKeys = `SELECT string_agg(a.attname, E'\n' ORDER BY a.attname) FROM pg_index i
	JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey[0:i.indnkeyatts - 1])
WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
GROUP BY i.indexrelid`

// findTarget looks at the table in the database and compares it with the declared one. where names
// the database in messages.
func findTarget(ctx context.Context, s *session, request connector.SinkRequest, name, where string) (*target, error) {
	found, err := s.query(ctx, findTable, name)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, diag.Errorf(diag.NotFound, diag.Span{}, "there is no table %s in %s", name, where).
			WithHint("create it, or set '%s' = 'true'; the option '%s' names it with its schema", optionCreate, optionTable)
	}
	t := &target{schema: found[0][0], table: found[0][1]}
	if kind := found[0][2]; kind != "r" && kind != "p" {
		return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "%s in %s is not a table that can be written", t.shown(), where)
	}
	rows, err := s.query(ctx, findColumns, name)
	if err != nil {
		return nil, err
	}
	all := make([]column, len(rows))
	for i, row := range rows {
		modifier, err := strconv.ParseInt(row[5], 10, 32)
		if err != nil {
			return nil, err
		}
		all[i] = column{
			name: row[0], typeText: row[1], typeName: row[2], category: row[3], element: row[4], modifier: int32(modifier),
			required: row[6] == "t", filled: row[7] == "t", generated: row[8] == "t",
		}
	}
	if err := t.match(request, all, where); err != nil {
		return nil, err
	}
	return t, t.matchKey(ctx, s, request.Table.PrimaryKey, name, where)
}

// match finds the columns of the request, and reports all that does not fit.
func (t *target) match(request connector.SinkRequest, all []column, where string) error {
	var faults []error
	written := map[string]bool{}
	for i, wanted := range request.Columns {
		at := findColumn(all, wanted.Name)
		if at < 0 {
			var names []string
			for _, c := range all {
				names = append(names, c.name)
			}
			err := diag.Errorf(diag.Semantic, diag.Span{}, "column %q of table %q: there is no such column in %s of %s", wanted.Name, request.Table.Name, t.shown(), where)
			err.Hint = diag.DidYouMean(wanted.Name, names)
			faults = append(faults, err)
			continue
		}
		c := all[at]
		written[c.name] = true
		switch {
		case c.generated:
			faults = append(faults, diag.Errorf(diag.Semantic, diag.Span{}, "column %q of table %q: %s of %s generates its values and cannot be given any", wanted.Name, request.Table.Name, t.shown(), where).
				WithHint("leave it out of the declared table"))
		case !c.accepts(wanted.Type):
			faults = append(faults, diag.Errorf(diag.Semantic, diag.Span{}, "column %q of table %q is %s, but %s in %s of %s", wanted.Name, request.Table.Name,
				wanted.Type.Nullable(), c.typeText, t.shown(), where).WithHint("%s", c.advice(wanted.Name, wanted.Type)))
		}
		t.columns = append(t.columns, c)
		if slices.ContainsFunc(request.Table.PrimaryKey, func(key string) bool { return strings.EqualFold(key, wanted.Name) }) {
			t.keys = append(t.keys, i)
		}
	}
	for _, c := range all {
		if c.required && !c.filled && !c.generated && !written[c.name] {
			faults = append(faults, diag.Errorf(diag.Semantic, diag.Span{}, "column %q of %s of %s is NOT NULL without a default, and table %q does not have it", c.name, t.shown(), where, request.Table.Name).
				WithHint("declare it, or give it a default: ALTER TABLE %s ALTER COLUMN %s SET DEFAULT ...", t.name(), quote(c.name)))
		}
	}
	return errors.Join(faults...)
}

// findColumn returns the position of the column with a name: in the same case, or else folded as
// PostgreSQL folds names without quotes; -1 if there is none.
func findColumn(all []column, name string) int {
	for _, spelling := range []string{name, strings.ToLower(name)} {
		if at := slices.IndexFunc(all, func(c column) bool { return c.name == spelling }); at >= 0 {
			return at
		}
	}
	return -1
}

// matchKey checks that the database knows the primary key as unique.
func (t *target) matchKey(ctx context.Context, s *session, primary []string, name, where string) error {
	if len(primary) == 0 {
		return nil
	}
	var names []string
	for _, at := range t.keys {
		names = append(names, t.columns[at].name)
	}
	slices.Sort(names)
	indexes, err := s.query(ctx, findKeys, name)
	if err != nil {
		return err
	}
	for _, index := range indexes {
		if index[0] == strings.Join(names, "\n") {
			return nil
		}
	}
	for i := range names {
		names[i] = quote(names[i])
	}
	return diag.Errorf(diag.Semantic, diag.Span{}, "%s of %s has no unique constraint on the PRIMARY KEY (%s)", t.shown(), where, strings.Join(primary, ", ")).
		WithHint("CREATE UNIQUE INDEX ON %s (%s)", t.name(), strings.Join(names, ", "))
}

// create creates the table as it is declared if it is not there.
func create(ctx context.Context, s *session, request connector.SinkRequest, name string) error {
	found, err := s.query(ctx, findTable, name)
	if err != nil || len(found) > 0 {
		return err
	}
	parts, err := s.query(ctx, "SELECT unnest(parse_ident($1))", name)
	if err != nil {
		return err
	}
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = quote(part[0])
	}
	var columns, keys []string
	for _, c := range request.Columns {
		text := quote(c.Name) + " " + typeName(c.Type)
		if c.Type.NotNull {
			text += " NOT NULL"
		}
		columns = append(columns, text)
	}
	for _, key := range request.Table.PrimaryKey {
		keys = append(keys, quote(key))
	}
	if keys != nil {
		columns = append(columns, "PRIMARY KEY ("+strings.Join(keys, ", ")+")")
	}
	return s.exec(ctx, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (%s)", strings.Join(quoted, "."), strings.Join(columns, ", ")))
}
