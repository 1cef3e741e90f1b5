package kinesis

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/cloudwego/base64x"
)

// Names of what says where reading goes on: in an answer to GetRecords, and in an event of a
// subscription, which is a page by another name. It is missing at the end of a shard.
const (
	nextIterator     = "NextShardIterator"
	nextContinuation = "ContinuationSequenceNumber"
)

// decodePage reads an answer to GetRecords, or an event, into out and reports whether it could. It
// never guesses: what is malformed, or unusual enough that following the SDK in every detail would
// take more than a few lines, is not for it, and then out may hold anything. What it does accept is
// equal to what the SDK makes of the same bytes, field for field; the tests and the fuzz target
// compare the two.
//
// The memory of a page is a handful of pieces: the data of all records, all texts, all timestamps.
func decodePage(body []byte, nextName string, out *kinesis.GetRecordsOutput) bool {
	s := pageScanner{scanner: scanner{p: body}}
	return s.object(func(name []byte) bool {
		switch string(name) {
		case "Records":
			return s.records(&out.Records)
		case nextName:
			return s.text(&out.NextShardIterator)
		case "MillisBehindLatest":
			return s.integer(&out.MillisBehindLatest)
		case "ChildShards":
			return s.childShards(&out.ChildShards)
		}
		return s.skipScalar()
	})
}

// pageScanner decodes records into shared memory.
type pageScanner struct {
	scanner
	pageMemory
	data []byte // of records, back to back
}

func (s *pageScanner) records(out *[]types.Record) bool {
	if s.null() {
		return true
	}
	s.data = make([]byte, 0, base64x.StdEncoding.DecodedLen(len(s.p)-s.i))
	start := s.i
	records := make([]types.Record, 0, 1)
	ok := s.array(func() bool {
		if s.null() {
			records = append(records, types.Record{})
			return true
		}
		if len(records) == 1 { // now the size of a record is known
			records = append(make([]types.Record, 0, (len(s.p)-start)/max(s.i-start-1, 1)+1), records[0])
		}
		records = append(records, types.Record{})
		return s.record(&records[len(records)-1], cap(records)-len(records))
	})
	*out = records
	return ok
}

// record reads one record; more is how many are expected to follow it.
func (s *pageScanner) record(r *types.Record, more int) bool {
	fields := s.another(more)
	return s.object(func(name []byte) bool {
		switch string(name) {
		case "SequenceNumber":
			return s.recordText(&fields.sequenceNumber, &r.SequenceNumber)
		case "PartitionKey":
			return s.recordText(&fields.partitionKey, &r.PartitionKey)
		case "ApproximateArrivalTimestamp":
			return s.arrival(&fields.arrival, &r.ApproximateArrivalTimestamp)
		case "Data":
			return s.blob(&r.Data)
		case "EncryptionType":
			return s.encryptionType(&r.EncryptionType)
		}
		return s.skipScalar()
	})
}

// recordText reads a text into value and lets out point to it.
func (s *pageScanner) recordText(value *string, out **string) bool {
	if s.null() {
		return true
	}
	raw, escaped, ok := s.string()
	if !ok {
		return false
	}
	if escaped {
		if *value, ok = unescape(raw); !ok {
			return false
		}
	} else {
		*value = s.keep(raw, len(s.p)-s.i)
	}
	*out = value
	return true
}

func (s *pageScanner) blob(out *[]byte) bool {
	if s.null() {
		return true
	}
	// Nothing in base64 needs an escape, so the text ends at the next quotation mark. If there is a
	// backslash all the same, it is not valid base64.
	raw, ok := s.untilQuote()
	if !ok || len(raw)%4 != 0 {
		return false
	}
	size := base64x.StdEncoding.DecodedLen(len(raw))
	if cap(s.data)-len(s.data) < size { // only when Data occurs twice in a record
		return false
	}
	start := len(s.data)
	n, err := base64x.StdEncoding.Decode(s.data[start:start+size:start+size], raw)
	// A shorter result means that line breaks were skipped, which JSON does not allow in a string.
	if err != nil || n != size-padding(raw) {
		return false
	}
	s.data = s.data[:start+n]
	*out = s.data[start : start+n : start+n]
	return true
}

func padding(base64 []byte) int {
	switch n := len(base64); {
	case n == 0 || base64[n-1] != '=':
		return 0
	case base64[n-2] != '=':
		return 1
	}
	return 2
}

func (s *pageScanner) encryptionType(out *types.EncryptionType) bool {
	if s.null() {
		return true
	}
	raw, escaped, ok := s.string()
	if !ok || escaped {
		return false
	}
	switch string(raw) {
	case string(types.EncryptionTypeNone):
		*out = types.EncryptionTypeNone
	case string(types.EncryptionTypeKms):
		*out = types.EncryptionTypeKms
	default:
		*out = types.EncryptionType(raw)
	}
	return true
}

// arrival reads a timestamp: seconds since the epoch with decimals, and sometimes an exponent.
func (s *pageScanner) arrival(value *time.Time, out **time.Time) bool {
	if s.null() {
		return true
	}
	token, ok := s.number()
	if !ok {
		return false
	}
	seconds, ok := parseSeconds(token)
	if !ok {
		return false
	}
	// The SDK multiplies with 53 bits of precision and cuts off the rest, and so do we.
	millis := float64(seconds * 1000)
	const limit = 9e12 // in the year 2255; the SDK overflows a little later
	if millis > limit || millis < -limit {
		return false
	}
	*value = time.Unix(0, int64(millis)*int64(time.Millisecond)).UTC()
	*out = value
	return true
}

// parseSeconds is strconv.ParseFloat, faster for what the service sends: 1700000000.123.
func parseSeconds(token []byte) (float64, bool) {
	const digits = 15 // below 2^53, so the division rounds once, as ParseFloat does
	if n := len(token); n > 4 && n <= digits+1 && token[n-4] == '.' {
		whole, ok1 := parseDigits(token[:n-4])
		thousandths, ok2 := parseDigits(token[n-3:])
		if ok1 && ok2 {
			return float64(whole*1000+thousandths) / 1000, true
		}
	}
	seconds, err := strconv.ParseFloat(string(token), 64)
	return seconds, err == nil
}

func parseDigits(text []byte) (n int64, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

func (s *pageScanner) text(out **string) bool {
	if s.null() {
		return true
	}
	raw, escaped, ok := s.string()
	if !ok {
		return false
	}
	value := string(raw)
	if escaped {
		if value, ok = unescape(raw); !ok {
			return false
		}
	}
	*out = &value
	return true
}

func (s *pageScanner) integer(out **int64) bool {
	if s.null() {
		return true
	}
	token, ok := s.number()
	if !ok {
		return false
	}
	value, err := strconv.ParseInt(string(token), 10, 64)
	*out = &value
	return err == nil
}

// childShards reads an empty list. A shard has children once, in its last page: that page is for
// the SDK.
func (s *pageScanner) childShards(out *[]types.ChildShard) bool {
	if s.null() {
		return true
	}
	*out = []types.ChildShard{}
	return s.array(func() bool { return false })
}

// unescape returns the text of a JSON string without its quotation marks.
func unescape(raw []byte) (text string, ok bool) {
	quoted := make([]byte, 0, len(raw)+2)
	quoted = append(append(append(quoted, '"'), raw...), '"')
	err := json.Unmarshal(quoted, &text)
	return text, err == nil
}
