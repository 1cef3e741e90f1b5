package oracle

import (
	"fmt"
	"slices"
	"strings"
)

// golden is a case for testdata/sql that shows a difference, with DuckDB's rows as far as their text is
// the same.
func (q *query) golden(rows []row, duck answer) string {
	used := q.used()
	var out strings.Builder
	out.WriteString("# TODO: what it proves.\nstream rows\n----\n\nexec\n")
	out.WriteString(ddl(used, "'connector' = 'kinesis', 'stream' = 'rows', 'aws.region' = 'us-east-1', 'scan.stream.initpos' = 'TRIM_HORIZON', 'format' = 'json'"))
	fmt.Fprintf(&out, "\n----\n\nrun\n%s\n----\n\nput stream=rows\n", q.ours())
	for _, w := range rows {
		out.WriteString(w.json(used) + "\n")
	}
	out.WriteString("----\n\ndrain\n----\n\nrows\n----\n")
	if duck.err != nil {
		return out.String()
	}
	lines := make([]string, len(duck.rows))
	for i, w := range duck.rows {
		parts := make([]string, len(w))
		for j, c := range w {
			if parts[j] = c.text; c.null {
				parts[j] = "NULL"
			}
		}
		lines[i] = strings.Join(parts, " | ") + "\n"
	}
	slices.Sort(lines)
	return out.String() + strings.Join(lines, "")
}
