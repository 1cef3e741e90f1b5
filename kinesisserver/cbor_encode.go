package kinesisserver

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// appendCBORHead writes an item's major type and argument.
func appendCBORHead(dst []byte, major byte, argument uint64) []byte {
	major <<= 5
	switch {
	case argument < 24:
		return append(dst, major|byte(argument))
	case argument < 1<<8:
		return append(dst, major|24, byte(argument))
	case argument < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, major|25), uint16(argument))
	case argument < 1<<32:
		return binary.BigEndian.AppendUint32(append(dst, major|26), uint32(argument))
	}
	return binary.BigEndian.AppendUint64(append(dst, major|27), argument)
}

func appendCBORText(dst []byte, text string) []byte {
	return append(appendCBORHead(dst, cborText, uint64(len(text))), text...)
}

func appendCBORInt(dst []byte, v int64) []byte {
	if v < 0 {
		return appendCBORHead(dst, cborNegative, uint64(-1-v))
	}
	return appendCBORHead(dst, cborUint, uint64(v))
}

// appendCBOREpoch writes a timestamp the way of this protocol: tag 1 with integer milliseconds, where
// the standard has seconds.
func appendCBOREpoch(dst []byte, millis int64) []byte {
	return appendCBORInt(appendCBORHead(dst, cborTag, cborEpoch), millis)
}

// Maps and arrays begin with these and end with cborBreak, as AWS sends them.
const (
	cborMapStart   = cborMap<<5 | cborIndefinite
	cborArrayStart = cborArray<<5 | cborIndefinite
)

// appendCBOR writes a result: what encoding/json would write, with the same names and omissions.
func appendCBOR(dst []byte, v reflect.Value) ([]byte, error) {
	if t, ok := reflect.TypeAssert[timestamp](v); ok {
		return appendCBOREpoch(dst, time.Time(t).UnixMilli()), nil
	}
	var err error
	switch v.Kind() {
	case reflect.Pointer:
		return appendCBOR(dst, v.Elem())
	case reflect.String:
		return appendCBORText(dst, v.String()), nil
	case reflect.Int, reflect.Int64:
		return appendCBORInt(dst, v.Int()), nil
	case reflect.Bool:
		if v.Bool() {
			return append(dst, cborSimple<<5|21), nil
		}
		return append(dst, cborSimple<<5|20), nil
	case reflect.Slice:
		dst = append(dst, cborArrayStart)
		for i := range v.Len() {
			if dst, err = appendCBOR(dst, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return append(dst, cborBreak), nil
	case reflect.Struct:
		dst = append(dst, cborMapStart)
		for i := range v.NumField() {
			name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name == "" {
				name = v.Type().Field(i).Name
			}
			if options == "omitempty" && v.Field(i).IsZero() {
				continue
			}
			if dst, err = appendCBOR(appendCBORText(dst, name), v.Field(i)); err != nil {
				return nil, err
			}
		}
		return append(dst, cborBreak), nil
	default:
		return nil, fmt.Errorf("no CBOR form for %s", v.Type())
	}
}

// appendCBORRecords rewrites stored records, each followed by a comma, as CBOR.
func appendCBORRecords(dst, records []byte) ([]byte, error) {
	for len(records) > 0 {
		var r storedRecord
		var err error
		if records, err = r.cut(records); err != nil {
			return nil, err
		}
		dst = append(dst, cborMapStart)
		dst = appendCBORText(dst, "SequenceNumber")
		dst = appendCBORText(dst, string(r.sequenceNumber))
		dst = appendCBORText(dst, "ApproximateArrivalTimestamp")
		dst = appendCBOREpoch(dst, r.arrivalMillis)
		dst = appendCBORText(dst, "Data")
		size, _ := base64Size(r.data)
		dst = appendCBORHead(dst, cborBytes, uint64(size))
		if dst, err = base64.StdEncoding.AppendDecode(dst, r.data); err != nil {
			return nil, err
		}
		if r.partitionKey != nil {
			var key string
			if err := json.Unmarshal(r.partitionKey, &key); err != nil {
				return nil, err
			}
			dst = appendCBORText(appendCBORText(dst, "PartitionKey"), key)
		}
		if r.encrypted {
			dst = appendCBORText(appendCBORText(dst, "EncryptionType"), encryptionKMS)
		}
		dst = append(dst, cborBreak)
	}
	return dst, nil
}

// cborPage builds the answer of GetRecords; nextIterator is for pages that do not end their shard.
func cborPage(p *page, nextIterator string) (*encoded, error) {
	out := append(make([]byte, 0, p.bytes+256*p.count+512), cborMapStart)
	out = append(appendCBORText(out, "Records"), cborArrayStart)
	var err error
	for _, chunk := range p.chunks {
		if out, err = appendCBORRecords(out, chunk); err != nil {
			return nil, err
		}
	}
	out = append(out, cborBreak)
	out = appendCBORInt(appendCBORText(out, "MillisBehindLatest"), p.behind.Milliseconds())
	if p.ended {
		out, err = appendCBOR(appendCBORText(out, "ChildShards"), reflect.ValueOf(childShardViews(p.children)))
		if err != nil {
			return nil, err
		}
	} else {
		out = appendCBORText(appendCBORText(out, "NextShardIterator"), nextIterator)
	}
	return &encoded{parts: [][]byte{append(out, cborBreak)}}, nil
}
