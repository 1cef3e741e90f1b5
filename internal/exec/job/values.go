package job

import (
	"context"
	"io"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
)

// values is a source of constant rows.
type values struct{ rows *batch.Batch }

// newValues evaluates the rows of VALUES.
func newValues(n *plan.Values, zone *time.Location) (*values, error) {
	eval := &expr.Context{Now: time.Now().UnixMicro(), Zone: zone}
	columns := make([]batch.Column, len(n.Fields))
	one := batch.New(1)
	for i, field := range n.Fields {
		builder := batch.NewBuilder(field.Type)
		for _, row := range n.Rows {
			column, err := row[i].Eval(eval, one)
			if err != nil {
				return nil, err
			}
			builder.AppendFrom(column, 0)
		}
		columns[i] = builder.Finish()
	}
	return &values{rows: batch.New(len(n.Rows), columns...)}, nil
}

// Splits returns the one split.
func (v *values) Splits(context.Context) ([]connector.Split, error) {
	return []connector.Split{{ID: "values"}}, nil
}

// DiscoveryInterval is 0: there is one split.
func (v *values) DiscoveryInterval() time.Duration { return 0 }

// Progress is nothing: the rows are constant.
func (v *values) Progress() string { return "" }

// Open returns a reader of the rows.
func (v *values) Open(context.Context, connector.Split) (connector.Reader, error) {
	return &valuesReader{rows: v.rows}, nil
}

// Close does nothing.
func (v *values) Close() error { return nil }

type valuesReader struct{ rows *batch.Batch }

// Next returns all rows, then io.EOF.
func (r *valuesReader) Next(context.Context) (connector.Page, error) {
	if r.rows == nil {
		return connector.Page{}, io.EOF
	}
	page := connector.Page{Rows: r.rows, Position: "end"}
	r.rows = nil
	return page, nil
}

// Close does nothing.
func (r *valuesReader) Close() error { return nil }
