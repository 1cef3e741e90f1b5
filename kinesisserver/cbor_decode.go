package kinesisserver

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
	"strconv"
)

// The legacy protocol of Java's SDKs sends what JSON sends as CBOR (RFC 8949), with two differences:
// blobs are byte strings, and timestamps have tag 1 with integer milliseconds. A request is therefore
// rewritten as JSON, and then read like any other.

var errCBOR = errors.New("malformed CBOR")

// maxCBORDepth is more than any request needs.
const maxCBORDepth = 16

// Major types of CBOR, and the values of "additional information" that are no lengths.
const (
	cborUint = iota
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborSimple

	cborIndefinite = 31
	cborBreak      = 0xff
	cborEpoch      = 1 // tag of a timestamp
)

// cborReader rewrites CBOR from the front of in as JSON at the end of out.
type cborReader struct {
	in  []byte
	out []byte
}

// jsonOfCBOR returns the JSON text of one CBOR item, which must be all there is.
func jsonOfCBOR(in []byte) ([]byte, error) {
	r := cborReader{in: in, out: make([]byte, 0, len(in)+len(in)/2+64)}
	if err := r.item(maxCBORDepth); err != nil {
		return nil, err
	}
	if len(r.in) != 0 {
		return nil, errCBOR
	}
	return r.out, nil
}

// head reads an item's first byte and its argument.
func (r *cborReader) head() (major, info byte, argument uint64, err error) {
	if len(r.in) == 0 {
		return 0, 0, 0, errCBOR
	}
	major, info = r.in[0]>>5, r.in[0]&31
	r.in = r.in[1:]
	switch {
	case info < 24:
		return major, info, uint64(info), nil
	case info == cborIndefinite:
		return major, info, 0, nil
	case info > 27:
		return 0, 0, 0, errCBOR
	}
	n := 1 << (info - 24)
	if len(r.in) < n {
		return 0, 0, 0, errCBOR
	}
	var wide [8]byte
	copy(wide[8-n:], r.in[:n])
	r.in = r.in[n:]
	return major, info, binary.BigEndian.Uint64(wide[:]), nil
}

func (r *cborReader) item(depth int) error {
	if depth == 0 {
		return errCBOR
	}
	major, info, argument, err := r.head()
	if err != nil {
		return err
	}
	switch major {
	case cborUint, cborNegative:
		return r.integer(major, info, argument)
	case cborBytes, cborText:
		text, err := r.content(major, info, argument)
		if err != nil {
			return err
		}
		if major == cborText {
			r.out = appendJSONString(r.out, text)
		} else {
			r.out = append(base64.StdEncoding.AppendEncode(append(r.out, '"'), text), '"')
		}
		return nil
	case cborArray:
		return r.list(info, argument, '[', ']', func() error { return r.item(depth - 1) })
	case cborMap:
		return r.list(info, argument, '{', '}', func() error { return r.member(depth - 1) })
	case cborTag:
		if argument == cborEpoch && info != cborIndefinite {
			return r.epoch()
		}
		return r.item(depth - 1)
	default:
		return r.simple(info, argument)
	}
}

func (r *cborReader) integer(major, info byte, argument uint64) error {
	if info == cborIndefinite || argument > math.MaxInt64 {
		return errCBOR
	}
	if major == cborNegative {
		r.out = strconv.AppendInt(r.out, -1-int64(argument), 10)
	} else {
		r.out = strconv.AppendUint(r.out, argument, 10)
	}
	return nil
}

// content reads the bytes of a string, which may come in pieces.
func (r *cborReader) content(major, info byte, length uint64) ([]byte, error) {
	if info != cborIndefinite {
		if length > uint64(len(r.in)) {
			return nil, errCBOR
		}
		text := r.in[:length]
		r.in = r.in[length:]
		return text, nil
	}
	var text []byte
	for !r.atBreak() {
		pieceMajor, pieceInfo, length, err := r.head()
		if err != nil || pieceMajor != major || pieceInfo == cborIndefinite {
			return nil, errCBOR
		}
		piece, err := r.content(major, pieceInfo, length)
		if err != nil {
			return nil, err
		}
		text = append(text, piece...)
	}
	return text, nil
}

// atBreak consumes the end of something of indefinite length.
func (r *cborReader) atBreak() bool {
	if len(r.in) > 0 && r.in[0] == cborBreak {
		r.in = r.in[1:]
		return true
	}
	return false
}

// list reads the elements of an array or a map.
func (r *cborReader) list(info byte, length uint64, left, right byte, element func() error) error {
	r.out = append(r.out, left)
	for i := uint64(0); ; i++ {
		if info == cborIndefinite && r.atBreak() || info != cborIndefinite && i == length {
			r.out = append(r.out, right)
			return nil
		}
		if i > 0 {
			r.out = append(r.out, ',')
		}
		if err := element(); err != nil {
			return err
		}
	}
}

// member reads a key, which must be text, and a value.
func (r *cborReader) member(depth int) error {
	major, info, length, err := r.head()
	if err != nil || major != cborText {
		return errCBOR
	}
	key, err := r.content(major, info, length)
	if err != nil {
		return err
	}
	r.out = append(appendJSONString(r.out, key), ':')
	return r.item(depth)
}

// epoch reads the number inside a timestamp's tag: integer milliseconds, or seconds with a fraction.
func (r *cborReader) epoch() error {
	major, info, argument, err := r.head()
	if err != nil {
		return err
	}
	const maxMillis = 1 << 52
	switch {
	case major == cborUint && info != cborIndefinite && argument < maxMillis:
		r.out = appendEpoch(r.out, int64(argument))
	case major == cborNegative && info != cborIndefinite && argument < maxMillis:
		r.out = appendEpoch(r.out, -1-int64(argument))
	case major == cborSimple:
		return r.simple(info, argument)
	default:
		return errCBOR
	}
	return nil
}

// simple reads a float or a constant.
func (r *cborReader) simple(info byte, argument uint64) error {
	var f float64
	switch info {
	case 20:
		r.out = append(r.out, "false"...)
		return nil
	case 21:
		r.out = append(r.out, "true"...)
		return nil
	case 22, 23: // null, undefined
		r.out = append(r.out, "null"...)
		return nil
	case 25:
		f = halfFloat(uint16(argument))
	case 26:
		f = float64(math.Float32frombits(uint32(argument)))
	case 27:
		f = math.Float64frombits(argument)
	default:
		return errCBOR
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return errCBOR
	}
	r.out = strconv.AppendFloat(r.out, f, 'g', -1, 64)
	return nil
}

// halfFloat widens a 16-bit float.
func halfFloat(bits uint16) float64 {
	fraction, exponent := float64(bits&0x3ff), int(bits>>10&0x1f)
	f := math.Ldexp(fraction, -24)
	switch {
	case exponent == 31 && fraction == 0:
		f = math.Inf(1)
	case exponent == 31:
		f = math.NaN()
	case exponent > 0:
		f = math.Ldexp(1024+fraction, exponent-25)
	}
	if bits&0x8000 != 0 {
		return -f
	}
	return f
}
