// Package deadletter keeps records that could not be decoded, and those that could not be written: their
// bytes, where they came from and what is wrong with them, so that somebody can look at them and put
// them back.
//
// It owns the form of a dead letter, the file that letters are kept in, and how such a file is read.
// What makes a record bad is the affair of package format.
//
// Invariant: what Keep has taken is in safe keeping when it returns, so the position behind a record
// may be delivered afterwards. A job that restarts may keep a letter twice, but it loses none.
package deadletter

import (
	"context"
	"fmt"
	"time"
)

// Letter is a record that could not be decoded or written, or a part of one. Its JSON form is a line of a file, and
// a record of a stream.
type Letter struct {
	Kept   time.Time `json:"kept"`
	Table  string    `json:"table"`
	Format string    `json:"format"`
	Cause  string    `json:"cause"`
	Error  string    `json:"error"`
	Origin
	// Part says that Data is a part of the record, whose other parts were good.
	Part bool   `json:"part,omitempty"`
	Data []byte `json:"data"` // as it arrived, or as it was to be written; base64 in JSON
	// Row is a row that was to be written and did not become a record: then there is no Data.
	Row string `json:"row,omitempty"`
}

// Origin is where a record came from: a stream, or a file.
type Origin struct {
	Stream            string     `json:"stream,omitempty"`
	Shard             string     `json:"shard_id,omitempty"`
	SequenceNumber    string     `json:"sequence_number,omitempty"`
	SubSequenceNumber int64      `json:"sub_sequence_number"` // in an aggregate; 0: the first, or no aggregate
	PartitionKey      string     `json:"partition_key,omitempty"`
	ExplicitHashKey   string     `json:"explicit_hash_key,omitempty"`
	Arrived           *time.Time `json:"arrival_time,omitempty"`
	File              string     `json:"file,omitempty"`
	Offset            int64      `json:"offset,omitempty"` // in the file, in bytes
}

// String says where the record is, in words by which it can be looked up.
func (o Origin) String() string {
	switch {
	case o.File != "":
		return fmt.Sprintf("file %q, byte %d", o.File, o.Offset)
	case o.Shard == "" && o.Stream == "":
		return "a row"
	case o.Shard == "":
		return fmt.Sprintf("a row for stream %s", o.Stream)
	case o.SubSequenceNumber > 0:
		return fmt.Sprintf("shard %s, sequence number %s, sub-sequence number %d", o.Shard, o.SequenceNumber, o.SubSequenceNumber)
	}
	return fmt.Sprintf("shard %s, sequence number %s", o.Shard, o.SequenceNumber)
}

// Keeper keeps letters. It is safe for concurrent use.
type Keeper interface {
	// Keep takes letters. They are in safe keeping when it returns without error.
	Keep(ctx context.Context, letters []Letter) error
	// Close releases what the keeper holds.
	Close() error
}
