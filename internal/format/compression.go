package format

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// The options about compressed records.
const (
	compression    = "compression"
	compressionMax = "compression.max-size"
)

// The values of compression.
const (
	compressionAuto = "auto"
	compressionNone = "none"
	compressionGzip = "gzip"
	compressionZlib = "zlib"
	compressionZstd = "zstd"
)

// detect returns how a record is compressed, by its first bytes: none of them begins a text. Those of
// zlib could, though rarely.
func detect(record []byte) string {
	if len(record) < 4 {
		return compressionNone
	}
	switch head := binary.BigEndian.Uint32(record); {
	case head>>8 == 0x1f8b08:
		return compressionGzip
	case head == 0x28b52ffd:
		return compressionZstd
	case head>>24 == 0x78 && head>>16%31 == 0 && head>>16&0x20 == 0:
		return compressionZlib
	}
	return compressionNone
}

// decompressor decompresses records. It is used by one goroutine.
type decompressor struct {
	limit int64 // bytes that a record may become
	in    bytes.Reader
	gzip  *gzip.Reader
	zlib  io.ReadCloser
	zstd  *zstd.Decoder
}

// append appends what a record decompresses to. On an error dst is returned as it was.
func (d *decompressor) append(dst, record []byte, how string) ([]byte, error) {
	var from io.Reader
	var err error
	d.in.Reset(record)
	switch how {
	case compressionGzip:
		if d.gzip == nil {
			d.gzip = new(gzip.Reader)
		}
		from, err = d.gzip, d.gzip.Reset(&d.in)
	case compressionZlib:
		if d.zlib == nil {
			d.zlib, err = zlib.NewReader(&d.in)
		} else {
			err = d.zlib.(zlib.Resetter).Reset(&d.in, nil)
		}
		from = d.zlib
	default:
		if d.zstd == nil {
			if d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(uint64(d.limit))); err != nil {
				break
			}
		}
		from, err = d.zstd, d.zstd.Reset(&d.in)
	}
	if err != nil {
		return dst, d.failure(how, err)
	}
	out, err := appendAll(dst, from, d.limit)
	if err != nil {
		return dst, d.failure(how, err)
	}
	return out, nil
}

var errTooLarge = errors.New("too large")

// appendAll appends what from has, at most limit bytes.
func appendAll(dst []byte, from io.Reader, limit int64) ([]byte, error) {
	start := len(dst)
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := from.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case int64(len(dst)-start) > limit:
			return dst, errTooLarge
		case errors.Is(err, io.EOF):
			return dst, nil
		case err != nil:
			return dst, err
		}
	}
}

func (d *decompressor) failure(how string, err error) error {
	if errors.Is(err, errTooLarge) || errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return badData("the record becomes larger than %d bytes when it is decompressed ('%s')", d.limit, compressionMax)
	}
	return badData("the record cannot be decompressed with %s: %v", how, err)
}

// compressor compresses records. It is used by one goroutine.
type compressor struct {
	how  string
	out  bytes.Buffer
	gzip *gzip.Writer
	zlib *zlib.Writer
	zstd *zstd.Encoder
}

func newCompressor(how string) (*compressor, error) {
	c := &compressor{how: how}
	var err error
	switch how {
	case compressionGzip:
		c.gzip = gzip.NewWriter(&c.out)
	case compressionZlib:
		c.zlib = zlib.NewWriter(&c.out)
	default:
		c.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	}
	return c, err
}

// append appends the compressed record.
func (c *compressor) append(dst, record []byte) ([]byte, error) {
	if c.zstd != nil {
		return c.zstd.EncodeAll(record, dst), nil
	}
	c.out.Reset()
	var to io.WriteCloser
	if c.gzip != nil {
		c.gzip.Reset(&c.out)
		to = c.gzip
	} else {
		c.zlib.Reset(&c.out)
		to = c.zlib
	}
	if _, err := to.Write(record); err != nil {
		return dst, fmt.Errorf("compress: %w", err)
	}
	if err := to.Close(); err != nil {
		return dst, fmt.Errorf("compress: %w", err)
	}
	return append(dst, c.out.Bytes()...), nil
}
