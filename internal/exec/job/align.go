package job

import (
	"context"
	"sync"

	"github.com/penstock-io/penstock/internal/connector"
)

// advanceAs takes over how the splits of a table advance in event time.
func (t *sourceTask) advanceAs(factory *connector.Factory, table connector.Table) {
	if factory.EventTime == nil {
		return
	}
	own := factory.EventTime(table)
	t.lookahead = own.Lookahead
	switch {
	case own.IdleTimeout > 0:
		t.idleTimeout = own.IdleTimeout
	case own.IdleTimeout < 0:
		t.idleTimeout = 0
	}
}

// align pauses the splits that are too far ahead of the slowest in event time, and lets the others
// go on. A split is ahead only if it is for every statement that reads the table.
func (t *sourceTask) align() {
	if t.lookahead == 0 {
		return
	}
	for split, g := range t.gates {
		ahead, watched := true, false
		for _, p := range t.pipelines {
			if p.watermarks != nil {
				watched = true
				ahead = ahead && p.watermarks.Ahead(split, t.lookahead)
			}
		}
		g.set(!ahead || !watched)
	}
}

// gate is a door that a goroutine waits at while it is closed.
type gate struct {
	mu   sync.Mutex
	open chan struct{} // closed while the gate is open
}

func newGate() *gate {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	return g
}

// set opens or closes the gate.
func (g *gate) set(open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.open:
		if !open {
			g.open = make(chan struct{})
		}
	default:
		if open {
			close(g.open)
		}
	}
}

// wait returns when the gate is open, or with ctx's error.
func (g *gate) wait(ctx context.Context) error {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	select {
	case <-open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
