package postgres

import (
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/penstock-io/penstock/internal/connector"
)

// The columns of a staging table besides those of the target.
const (
	columnBatch  = "penstock_batch"  // what was prepared together
	columnOrder  = "penstock_order"  // within all that the job writes for a key
	columnDelete = "penstock_delete" // the row is to be deleted
)

// statements are the SQL of a sink.
type statements struct {
	name   string   // of the target, quoted
	create string   // makes the staging table
	copy   string   // copies rows into it
	moves  []string // move the batches of $1 into the target
	clear  string   // deletes the batches of $1 from the staging table
	empty  string   // deletes everything from it
	drop   string   // drops it if it is empty
}

// newStatements returns the SQL for a target with its schema, if it was given, and a staging table
// beside it.
func newStatements(target []string, staging string, request connector.SinkRequest) statements {
	stage := pgx.Identifier(append(slices.Clone(target[:len(target)-1]), staging)).Sanitize()
	name := pgx.Identifier(target).Sanitize()
	var columns []string
	for _, column := range request.Columns {
		columns = append(columns, quote(column.Name))
	}
	list := strings.Join(columns, ", ")
	s := statements{
		name: name,
		create: "CREATE TABLE IF NOT EXISTS " + stage + " AS SELECT " + list + ", ''::text AS " + columnBatch +
			", 0::bigint AS " + columnOrder + ", false AS " + columnDelete + " FROM " + name + " WITH NO DATA",
		copy:  "COPY " + stage + " (" + list + ", " + columnBatch + ", " + columnOrder + ", " + columnDelete + ") FROM STDIN",
		clear: "DELETE FROM " + stage + " WHERE " + columnBatch + " = ANY($1)",
		empty: "DELETE FROM " + stage,
		drop:  "DO $$ BEGIN IF NOT EXISTS (SELECT FROM " + stage + ") THEN DROP TABLE " + stage + "; END IF; END $$",
	}
	batches := " FROM " + stage + " WHERE " + columnBatch + " = ANY($1)"
	if len(request.Table.PrimaryKey) == 0 {
		s.moves = []string{"INSERT INTO " + name + " (" + list + ") SELECT " + list + batches + " ORDER BY " + columnOrder}
		return s
	}
	var keys, same, updates []string
	for _, column := range request.Columns {
		quoted := quote(column.Name)
		if slices.ContainsFunc(request.Table.PrimaryKey, func(key string) bool { return strings.EqualFold(key, column.Name) }) {
			keys = append(keys, quoted)
			same = append(same, "target."+quoted+" = newest."+quoted)
		} else {
			updates = append(updates, quoted+" = excluded."+quoted)
		}
	}
	key := strings.Join(keys, ", ")
	newest := "SELECT DISTINCT ON (" + key + ") *" + batches + " ORDER BY " + key + ", " + columnOrder + " DESC"
	action := "DO NOTHING"
	if len(updates) > 0 {
		action = "DO UPDATE SET " + strings.Join(updates, ", ")
	}
	s.moves = []string{
		"DELETE FROM " + name + " AS target USING (" + newest + ") AS newest WHERE newest." + columnDelete + " AND " + strings.Join(same, " AND "),
		"INSERT INTO " + name + " (" + list + ") SELECT " + list + " FROM (" + newest + ") AS newest WHERE NOT " + columnDelete +
			" ON CONFLICT (" + key + ") " + action,
	}
	return s
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
