package file

import (
	"compress/gzip"
	"context"
	"time"
)

const (
	gzipSuffix = ".gz"
	// partBuffer is how many bytes of a file are collected before they are written.
	partBuffer = 256 << 10
)

// part is a file that is being written, from the rows to the draft.
type part struct {
	draft   draft
	zip     *gzip.Writer // nil: not compressed
	inside  bool         // zip has begun a member and not ended it
	buffer  []byte       // not written to the draft
	written int64        // bytes of the draft
	saved   ticket       // of the last save
	dirty   bool         // something came after it
	began   time.Time
	touched time.Time // when the last row came
}

// counted counts what goes into the draft.
type counted struct{ *part }

func (c counted) Write(p []byte) (int, error) {
	n, err := c.draft.Write(p)
	c.written += int64(n)
	return n, err
}

func newPart(d draft, zipped bool, now time.Time) *part {
	p := &part{draft: d, began: now, touched: now}
	if zipped {
		p.zip, _ = gzip.NewWriterLevel(counted{p}, gzip.BestSpeed) // the level is a valid one
	}
	return p
}

// size is about how large the file is.
func (p *part) size() int64 {
	if p.zip != nil {
		return p.written
	}
	return p.written + int64(len(p.buffer))
}

// flush writes the buffer to the draft.
func (p *part) flush() error {
	if len(p.buffer) == 0 {
		return nil
	}
	var err error
	if p.zip != nil {
		p.inside = true
		_, err = p.zip.Write(p.buffer)
	} else {
		_, err = counted{p}.Write(p.buffer)
	}
	p.buffer = p.buffer[:0]
	return err
}

// save makes durable what was written, and returns its ticket. A compressed file then has the end
// of a member there, so that what may follow can be cut off.
func (p *part) save(ctx context.Context, done bool) (ticket, error) {
	if !p.dirty && !done {
		return p.saved, nil
	}
	if err := p.flush(); err != nil {
		return ticket{}, err
	}
	if p.inside {
		if err := p.zip.Close(); err != nil {
			return ticket{}, err
		}
		p.inside = false
		p.zip.Reset(counted{p})
	}
	t, err := p.draft.save(ctx, done)
	if err != nil {
		return ticket{}, err
	}
	p.saved, p.dirty = t, false
	return t, nil
}
