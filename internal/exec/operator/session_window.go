package operator

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// SessionWindowConfig says what a SessionWindow adds.
type SessionWindowConfig struct {
	Time int   // position of the event-time column
	Gap  int64 // microseconds without a row that end a session
	Tick int64 // smallest step of the event time, in microseconds
	Keys []expr.Expr
	Rows types.Schema // columns of the rows
	Eval *expr.Context
	Late *atomic.Int64 // counts rows that came after their session was emitted, or have no time
}

// SessionWindow adds the bounds of sessions to rows. It is an aggregation by session that collects the
// rows themselves, and takes them apart again when the session is over: rows of a session come out
// together, in the order in which they came.
type SessionWindow struct{ *SessionAggregate }

// NewSessionWindow returns an operator without sessions.
func NewSessionWindow(cfg SessionWindowConfig) (*SessionWindow, error) {
	columns := make([]expr.Expr, len(cfg.Rows))
	for i, field := range cfg.Rows {
		columns[i] = expr.NewColumn(i, field.Name, field.Type)
	}
	collect, err := expr.NewAggregate(expr.AggregateCall{
		Function: expr.LookupAggregate("ARRAY_AGG"), Args: []expr.Expr{expr.NewTuple(columns, 0)},
	})
	if err != nil {
		return nil, fmt.Errorf("collect the rows of a session: %w", err)
	}
	return &SessionWindow{NewSessionAggregate(SessionAggregateConfig{
		Time: cfg.Time, Gap: cfg.Gap, Tick: cfg.Tick, Keys: cfg.Keys, Aggregates: []*expr.Aggregate{collect.InArrivalOrder()},
		Eval: cfg.Eval, Late: cfg.Late,
	})}, nil
}

// Advance emits the rows of the sessions that the watermark completes.
func (s *SessionWindow) Advance(ctx context.Context, wm batch.Watermark, out Emitter) error {
	return s.SessionAggregate.Advance(ctx, wm, apart{out})
}

// apart emits the rows of sessions: of keys, an ARRAY of rows, and bounds, the rows with the bounds.
type apart struct{ out Emitter }

// Emit takes sessions apart.
func (a apart) Emit(ctx context.Context, b *batch.Batch) error {
	first := len(b.Columns) - 4
	list, bounds := b.Columns[first].(*batch.List), b.Columns[first+1:]
	var rows, sessions []int32
	for session := range b.Rows() {
		for from, to := list.Range(session); from < to; from++ {
			rows, sessions = append(rows, int32(from)), append(sessions, int32(session))
		}
	}
	var columns []batch.Column
	for _, field := range list.Items.(*batch.Struct).Fields {
		columns = append(columns, field.Gather(rows))
	}
	for _, bound := range bounds {
		columns = append(columns, bound.Gather(sessions))
	}
	return a.out.Emit(ctx, batch.New(len(rows), columns...))
}
