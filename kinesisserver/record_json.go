package kinesisserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
)

// entry is one record on its way in. The slices may point into the request's buffer.
type entry struct {
	data            blob
	hasData         bool
	partitionKey    []byte // nil: none given (only possible with the AUTO strategy)
	explicitHashKey []byte // nil: none given
}

// size is what the size limits count: the data and the partition key, both unencoded.
func (e *entry) size() int { return e.data.size + len(e.partitionKey) }

// The parts of a stored record, in the order they are written.
const (
	jsonSequenceNumber = `{"SequenceNumber":"`
	jsonArrival        = `","ApproximateArrivalTimestamp":`
	jsonData           = `,"Data":"`
	jsonPartitionKey   = `","PartitionKey":`
	jsonEncrypted      = `,"EncryptionType":"KMS"`
	// Everything but the data and the partition key, with room for any timestamp.
	recordOverhead = len(jsonSequenceNumber) + sequenceDigits + len(jsonArrival) + 24 +
		len(jsonData) + len(jsonPartitionKey) + len(jsonEncrypted) + len(`"",},`)
	// A control character of one byte is written as six: \u001f.
	longestEscape = 6
)

// jsonBound is an upper bound of the bytes appendRecord writes.
func (e *entry) jsonBound() int {
	return recordOverhead + len(e.data.text) + longestEscape*len(e.partitionKey)
}

// appendRecord writes e as GetRecords returns it, with a comma after it.
func appendRecord(dst []byte, e *entry, n sequenceNumber, arrivalMillis int64, encrypted bool) []byte {
	dst = append(dst, jsonSequenceNumber...)
	dst = n.append(dst)
	dst = append(dst, jsonArrival...)
	dst = appendEpoch(dst, arrivalMillis)
	dst = append(dst, jsonData...)
	dst = append(dst, e.data.text...)
	if e.partitionKey != nil {
		dst = append(dst, jsonPartitionKey...)
		dst = appendJSONString(dst, e.partitionKey)
	} else {
		dst = append(dst, '"')
	}
	if encrypted {
		dst = append(dst, jsonEncrypted...)
	}
	return append(dst, '}', ',')
}

// storedRecord is a record taken apart again. The slices point into the stored JSON.
type storedRecord struct {
	sequenceNumber []byte
	arrivalMillis  int64
	data           []byte // base64
	partitionKey   []byte // JSON text with its quotes, nil for none
	encrypted      bool
}

var errStoredRecord = errors.New("record not stored as appendRecord writes it")

// cut takes the first record off stored ones and returns the rest.
func (r *storedRecord) cut(records []byte) (rest []byte, err error) {
	rest, ok := bytes.CutPrefix(records, []byte(jsonSequenceNumber))
	if !ok || len(rest) < sequenceDigits {
		return nil, errStoredRecord
	}
	r.sequenceNumber, rest = rest[:sequenceDigits], rest[sequenceDigits:]
	if rest, ok = bytes.CutPrefix(rest, []byte(jsonArrival)); !ok {
		return nil, errStoredRecord
	}
	arrival, rest, ok := bytes.Cut(rest, []byte(jsonData))
	if !ok {
		return nil, errStoredRecord
	}
	seconds, err := strconv.ParseFloat(string(arrival), 64)
	if err != nil {
		return nil, errStoredRecord
	}
	r.arrivalMillis = int64(math.Round(seconds * 1000))
	if r.data, rest, ok = bytes.Cut(rest, []byte(`"`)); !ok {
		return nil, errStoredRecord
	}
	if after, ok := bytes.CutPrefix(rest, []byte(jsonPartitionKey[1:])); ok {
		n := jsonStringLength(after)
		r.partitionKey, rest = after[:n], after[n:]
	}
	rest, r.encrypted = bytes.CutPrefix(rest, []byte(jsonEncrypted))
	if rest, ok = bytes.CutPrefix(rest, []byte("},")); !ok {
		return nil, errStoredRecord
	}
	return rest, nil
}

// jsonStringLength returns how long the JSON string at the front of text is, with its quotes.
func jsonStringLength(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// appendEpoch writes a timestamp as AWS's JSON has it, seconds with three decimals. Never an
// exponent: some SDKs cannot read one.
func appendEpoch(dst []byte, millis int64) []byte {
	if millis < 0 { // before 1970 only a clock set by hand can be
		return strconv.AppendFloat(dst, float64(millis)/1000, 'f', 3, 64)
	}
	dst = strconv.AppendInt(dst, millis/1000, 10)
	rest := millis % 1000
	return append(dst, '.', '0'+byte(rest/100), '0'+byte(rest/10%10), '0'+byte(rest%10))
}

// appendJSONString writes text as a JSON string.
func appendJSONString(dst, text []byte) []byte {
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(string(text))
			if err != nil { // a string always has a JSON form
				quoted = []byte(`""`)
			}
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"')
}
