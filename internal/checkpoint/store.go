package checkpoint

import (
	"context"
	"errors"
	"hash/crc32"
)

// Store keeps named objects: a directory, or a prefix in a bucket. Names are paths with slashes,
// without dots. Methods are safe for concurrent use.
type Store interface {
	// Put writes an object whole or not at all, in the place of any other of its name. What it wrote
	// survives a crash of the machine once it has returned.
	Put(ctx context.Context, name string, data []byte) error
	// Create is Put for a name that nothing has: else it returns ErrExists. Of several that create
	// one name at the same time, one succeeds.
	Create(ctx context.Context, name string, data []byte) error
	// Get reads an object; ErrNotFound if there is none.
	Get(ctx context.Context, name string) ([]byte, error)
	// List returns the names that begin with a prefix, in order.
	List(ctx context.Context, prefix string) ([]string, error)
	// Delete removes objects; it is no error if they do not exist.
	Delete(ctx context.Context, names ...string) error
	// String is the place, for messages.
	String() string
}

// Errors that a Store returns, possibly wrapped.
var (
	ErrExists   = errors.New("exists already")
	ErrNotFound = errors.New("does not exist")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum is the CRC-32C of data.
func Checksum(data []byte) uint32 { return crc32.Checksum(data, castagnoli) }
