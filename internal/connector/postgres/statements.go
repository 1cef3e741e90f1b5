package postgres

import (
	"fmt"
	"strings"
)

// The columns of a staging table beside those of the target.
const (
	stagedWriter  = "penstock_writer"  // who has sent the row
	stagedChunk   = "penstock_chunk"   // with which others
	stagedOrder   = "penstock_order"   // when, among the rows of a job
	stagedDeleted = "penstock_deleted" // the row with its key is deleted
)

// Settings of a transaction that tell the staging table whose rows come, and in which chunk.
const (
	settingWriter = "penstock.writer"
	settingChunk  = "penstock.chunk"
)

// statements are the SQL of a sink.
type statements struct {
	copy    string // takes rows in; into the target itself if rows of a job without state are added
	create  string // makes the staging table
	move    string // moves the rows of the chunks $1, $2, $3 to the target
	moveAll string // moves all rows
	staging string // name of the staging table; empty: none is needed
}

// newStatements returns the SQL for a target and a staging table; temporary: for one of a session, in
// a job without state.
func newStatements(t *target, staging string, temporary bool) statements {
	columns := make([]string, len(t.columns))
	for i, c := range t.columns {
		columns[i] = quote(c.name)
	}
	list := strings.Join(columns, ", ")
	if temporary && len(t.keys) == 0 {
		return statements{copy: copyFrom(t.name(), list)}
	}
	s := statements{staging: staging, copy: copyFrom(staging, list+", "+stagedOrder+", "+stagedDeleted)}
	kind, end := "TABLE", ""
	if temporary {
		kind, end = "TEMPORARY TABLE IF NOT EXISTS", " ON COMMIT DELETE ROWS"
	}
	s.create = fmt.Sprintf("CREATE %s %s%s AS SELECT %s, ''::text AS %s, 0::bigint AS %s, 0::bigint AS %s, false AS %s FROM %s WITH NO DATA",
		kind, staging, end, list, stagedWriter, stagedChunk, stagedOrder, stagedDeleted, t.name())
	if !temporary {
		s.create += fmt.Sprintf("; ALTER TABLE %s ALTER %s SET DEFAULT current_setting('%s'), ALTER %s SET DEFAULT current_setting('%s')::bigint",
			staging, stagedWriter, settingWriter, stagedChunk, settingChunk)
	}
	chunks := fmt.Sprintf(" WHERE EXISTS (SELECT FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS c (writer, first, last)"+
		" WHERE s.%s = c.writer AND s.%s BETWEEN c.first AND c.last)", stagedWriter, stagedChunk)
	s.move, s.moveAll = t.move(staging, list, chunks), t.move(staging, list, "")
	return s
}

func copyFrom(table, columns string) string { return "COPY " + table + " (" + columns + ") FROM STDIN" }

// move returns the statement that moves rows from a staging table to the target.
func (t *target) move(staging, list, condition string) string {
	moved := "WITH moved AS (DELETE FROM " + staging + " AS s" + condition + " RETURNING s.*)"
	if len(t.keys) == 0 {
		return moved + " INSERT INTO " + t.name() + " (" + list + ") SELECT " + list + " FROM moved ORDER BY " + stagedOrder
	}
	var keys, same, set []string
	isKey := map[int]bool{}
	for _, at := range t.keys {
		name := quote(t.columns[at].name)
		isKey[at] = true
		keys, same = append(keys, name), append(same, "t."+name+" = n."+name)
	}
	for i, c := range t.columns {
		if !isKey[i] {
			set = append(set, quote(c.name)+" = excluded."+quote(c.name))
		}
	}
	key, action := strings.Join(keys, ", "), "DO NOTHING"
	if set != nil {
		action = "DO UPDATE SET " + strings.Join(set, ", ")
	}
	return moved + ", newest AS (SELECT DISTINCT ON (" + key + ") * FROM moved ORDER BY " + key + ", " + stagedOrder + " DESC)" +
		", gone AS (DELETE FROM " + t.name() + " AS t USING newest AS n WHERE n." + stagedDeleted + " AND " + strings.Join(same, " AND ") + ")" +
		" INSERT INTO " + t.name() + " (" + list + ") SELECT " + list + " FROM newest WHERE NOT " + stagedDeleted +
		" ON CONFLICT (" + key + ") " + action
}
