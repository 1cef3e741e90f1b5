package file

import (
	"context"
	"io"
)

// place is where a sink puts its files: a directory, or a prefix in a bucket. Names are paths below
// it, with slashes.
type place interface {
	// create begins a file that no reader sees before it is published.
	create(ctx context.Context, name string) (draft, error)
	// publish makes visible what the tickets stand for, exactly as it was when they were made. What is
	// visible already stays as it is.
	publish(ctx context.Context, tickets []ticket) error
	// sweep removes the files that are not visible and belong to the owner, whose names begin with
	// ownerPrefix. depth is how many directories deep they are.
	sweep(ctx context.Context, owner string, depth int) error
	// growing says that a file may go on after a ticket was made for it; publish cuts it back.
	growing() bool
}

// draft is a file that is being written. It is used by one goroutine at a time.
type draft interface {
	io.Writer
	// save makes durable what was written. What it says is in the ticket is enough to publish that
	// much, whatever happens to the process. done says that nothing more will be written.
	save(ctx context.Context, done bool) (ticket, error)
	// close lets go of the file and leaves it as it is.
	close() error
}

// ticket is what a checkpoint has to know of a file.
type ticket struct {
	Name string `json:"name"`
	Size int64  `json:"size"`           // bytes that count
	Open bool   `json:"open,omitempty"` // more may have been written behind them
}
