package kinesis

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A subscription is a sequence of frames:
//
//	total length (4) | headers' length (4) | CRC of these (4) | headers | payload | CRC of all before (4)
//
// A header is the length of its name (1), the name, a type (1) and a value; that of a text is its
// length (2) and the text. The limits are the SDK's.
const (
	preludeBytes   = 12
	checksumBytes  = 4
	maxHeaderBytes = 128 << 10
	maxFrameBytes  = preludeBytes + maxHeaderBytes + 16<<20 + checksumBytes
	// maxKeptFrame bounds the memory that a quiet subscription keeps of its largest frame. Frames
	// with more than one record have 1 MiB of data, a third more in base64.
	maxKeptFrame = 2 << 20
)

// headerText is the type of a header that is a text.
const headerText = 7

// headerSizes are the lengths of the values of the header types that have a fixed one: true, false,
// byte, short, integer, long, timestamp, UUID.
var headerSizes = map[byte]int{0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}

// frame is a frame of a subscription. Its memory is that of the frameReader.
type frame struct {
	whole       []byte
	messageType string // event, exception, error
	eventType   string // of an event
	payload     []byte
}

// frameReader reads the frames of a subscription.
type frameReader struct {
	body   io.Reader
	buffer []byte
}

var errFrame = errors.New("malformed frame")

// next reads a frame, which is valid until the next call. The error is io.EOF only at the end of a
// frame, so that a stream that was cut off is not taken for one that has ended.
func (r *frameReader) next() (frame, error) {
	if cap(r.buffer) < preludeBytes || cap(r.buffer) > maxKeptFrame {
		r.buffer = make([]byte, 64<<10)
	}
	prelude := r.buffer[:preludeBytes]
	if _, err := io.ReadFull(r.body, prelude); err != nil {
		return frame{}, err
	}
	total, _, err := parsePrelude(prelude)
	if err != nil {
		return frame{}, err
	}
	if cap(r.buffer) < total {
		r.buffer = append(make([]byte, 0, total), prelude...)
	}
	whole := r.buffer[:total]
	if _, err := io.ReadFull(r.body, whole[preludeBytes:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return frame{}, err
	}
	return parseFrame(whole)
}

// parsePrelude returns the lengths of a frame and of its headers.
func parsePrelude(p []byte) (total, headers int, err error) {
	all, ofHeaders := binary.BigEndian.Uint32(p), binary.BigEndian.Uint32(p[4:])
	switch {
	case crc32.ChecksumIEEE(p[:8]) != binary.BigEndian.Uint32(p[8:]):
		return 0, 0, fmt.Errorf("%w: wrong checksum of its lengths", errFrame)
	case all > maxFrameBytes || ofHeaders > maxHeaderBytes || all < preludeBytes+ofHeaders+checksumBytes:
		return 0, 0, fmt.Errorf("%w: %d bytes with %d of headers", errFrame, all, ofHeaders)
	}
	return int(all), int(ofHeaders), nil
}

// parseFrame takes a whole frame apart.
func parseFrame(whole []byte) (frame, error) {
	if len(whole) < preludeBytes+checksumBytes {
		return frame{}, fmt.Errorf("%w: %d bytes", errFrame, len(whole))
	}
	total, headers, err := parsePrelude(whole)
	if err != nil {
		return frame{}, err
	}
	if total != len(whole) {
		return frame{}, fmt.Errorf("%w: %d bytes, not %d", errFrame, len(whole), total)
	}
	end := total - checksumBytes
	if crc32.ChecksumIEEE(whole[:end]) != binary.BigEndian.Uint32(whole[end:]) {
		return frame{}, fmt.Errorf("%w: wrong checksum", errFrame)
	}
	f := frame{whole: whole, payload: whole[preludeBytes+headers : end]}
	if !f.readHeaders(whole[preludeBytes : preludeBytes+headers]) {
		return frame{}, fmt.Errorf("%w: bad headers", errFrame)
	}
	return f, nil
}

// readHeaders reads the headers that say what a frame is, and reports whether all are well-formed.
// The first of a name counts.
func (f *frame) readHeaders(p []byte) bool {
	for len(p) > 0 {
		name, rest, ok := cutBytes(p[1:], int(p[0]))
		if !ok || len(name) == 0 || len(rest) == 0 {
			return false
		}
		kind, value := rest[0], rest[1:]
		if size, fixed := headerSizes[kind]; fixed {
			if _, p, ok = cutBytes(value, size); !ok {
				return false
			}
			continue
		}
		if kind != headerText && kind != headerText-1 || len(value) < 2 { // a text or bytes
			return false
		}
		text, rest, ok := cutBytes(value[2:], int(binary.BigEndian.Uint16(value)))
		if !ok {
			return false
		}
		p = rest
		if kind != headerText {
			continue
		}
		switch string(name) {
		case ":message-type":
			f.messageType = cmp.Or(f.messageType, headerName(text))
		case ":event-type":
			f.eventType = cmp.Or(f.eventType, headerName(text))
		}
	}
	return true
}

// headerName returns a text of which there are a few, without memory of its own.
func headerName(text []byte) string {
	switch string(text) {
	case messageEvent:
		return messageEvent
	case eventRecords:
		return eventRecords
	case eventInitial:
		return eventInitial
	}
	return string(text)
}

const (
	messageEvent = "event"
	eventRecords = "SubscribeToShardEvent"
	eventInitial = "initial-response"
)

// cutBytes returns the first n bytes and what follows them.
func cutBytes(p []byte, n int) (first, rest []byte, ok bool) {
	if n > len(p) {
		return nil, nil, false
	}
	return p[:n], p[n:], true
}
