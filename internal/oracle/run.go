package oracle

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the driver

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/file"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/types"
)

// answer is the rows of a query: values as text, in a form that both sides have.
type answer struct {
	rows [][]cell
	err  error
}

// runner runs queries on both sides.
type runner struct {
	db  *sql.DB
	dir string
}

func newRunner(dir string) (*runner, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec("SET threads = 1")
	return &runner{db: db, dir: dir}, err
}

func (r *runner) close() { _ = r.db.Close() }

// duck returns DuckDB's answer.
func (r *runner) duck(q *query, rows []row) answer {
	schema := q.schema()
	if _, err := r.db.Exec(duckDDL()); err != nil {
		return answer{err: err}
	}
	if len(rows) > 0 {
		values := make([]string, len(rows))
		for i, w := range rows {
			values[i] = w.values(i)
		}
		if _, err := r.db.Exec("INSERT INTO t VALUES " + strings.Join(values, ", ")); err != nil {
			return answer{err: err}
		}
	}
	outputs := make([]string, len(schema))
	for i, field := range schema {
		outputs[i] = fmt.Sprintf("CAST(%s AS VARCHAR)", duckValue("c"+strconv.Itoa(i), field.Type))
	}
	result, err := r.db.Query("SELECT " + strings.Join(outputs, ", ") + " FROM (" + q.duck() + ")")
	if err != nil {
		return answer{err: err}
	}
	defer result.Close()
	var out answer
	for result.Next() {
		scanned, pointers := make([]sql.NullString, len(schema)), make([]any, len(schema))
		for i := range scanned {
			pointers[i] = &scanned[i]
		}
		if err := result.Scan(pointers...); err != nil {
			return answer{err: err}
		}
		cells := make([]cell, len(schema))
		for i, v := range scanned {
			cells[i] = cell{text: normal(v.String, schema[i].Type), null: !v.Valid}
		}
		out.rows = append(out.rows, cells)
	}
	out.err = result.Err()
	return out
}

// duckValue makes a number of a time.
func duckValue(name string, t types.Type) string {
	if c := classOf(t); c == moment || c == interval && t.Kind == types.IntervalSecond {
		return "epoch_us(" + name + ")"
	}
	return name
}

// normal leaves zeros out of decimals, whose scales differ.
func normal(text string, t types.Type) string {
	if t.Kind == types.Decimal && strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		if text == "-0" || text == "" {
			text = "0"
		}
	}
	return text
}

// variant is how Penstock runs a query; its answer must be the same under all.
type variant struct {
	parallelism int
	ruleOff     string
}

// ours returns Penstock's answer.
func (r *runner) ours(q *query, rows []row, v variant) answer {
	path := filepath.Join(r.dir, "rows.json")
	used := q.used()
	var lines strings.Builder
	for _, w := range rows {
		lines.WriteString(w.json(used) + "\n")
	}
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		return answer{err: err}
	}
	var mu sync.Mutex
	var out answer
	want := q.schema()
	e := engine.New(engine.Config{
		Connectors: connector.Registry{file.Factory()}, Logger: slog.New(slog.DiscardHandler),
		Settings:     map[string]string{"parallelism.default": strconv.Itoa(v.parallelism)},
		WithoutRules: []string{v.ruleOff},
		Rows: func(h engine.Header, b *batch.Batch) error {
			mu.Lock()
			defer mu.Unlock()
			for i, field := range h.Schema {
				if !sameType(field.Type, want[i].Type) {
					return fmt.Errorf("column %s is %v, want %v", field.Name, field.Type, want[i].Type)
				}
			}
			for at := range b.Rows() {
				out.rows = append(out.rows, ourRow(b, h.Schema, at))
			}
			return nil
		},
	})
	src := &diag.Source{Text: ddl(used, "'connector' = 'filesystem', 'path' = '"+path+"', 'format' = 'json'") + "\n" + q.ours()}
	program, err := e.Prepare(src)
	if err != nil {
		return answer{err: errors.New(diag.Render(err))}
	}
	job, err := program.Start(context.Background())
	if err == nil {
		err = job.Wait()
	}
	if err != nil {
		return answer{err: errors.New(diag.Render(err))}
	}
	return out
}

// sameType compares types without nullability, also that of elements.
func sameType(a, b types.Type) bool {
	if a.Kind == types.Array && b.Kind == types.Array {
		return types.Equal(a.Element(), b.Element())
	}
	return types.Equal(a, b)
}

func ourRow(b *batch.Batch, schema types.Schema, at int) []cell {
	cells := make([]cell, len(schema))
	for i, field := range schema {
		column := b.Columns[i]
		if !column.Valid().Get(at) {
			cells[i].null = true
			continue
		}
		if c := classOf(field.Type); c == moment || c == interval && field.Type.Kind == types.IntervalSecond {
			cells[i].text = strconv.FormatInt(batch.Values[int64](column)[at], 10)
			continue
		}
		cells[i].text = normal(string(batch.AppendText(nil, column, at, field.Type, time.UTC)), field.Type)
	}
	return cells
}
