package kinesis

import (
	"encoding/base64"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// decodeCBORPage reads an answer to GetRecords in CBOR into out and reports whether it could. It
// takes what AWS's Java clients take, and what servers other than AWS's send: blobs in base64,
// timestamps in seconds.
//
// The data of the records aliases body; texts do not.
func decodeCBORPage(body []byte, out *kinesis.GetRecordsOutput) bool {
	s := cborPage{cborScanner: cborScanner{p: body}}
	return s.object(func(name []byte) bool {
		switch string(name) {
		case "Records":
			return s.records(&out.Records)
		case "NextShardIterator":
			return s.textValue(&out.NextShardIterator)
		case "MillisBehindLatest":
			return s.integerValue(&out.MillisBehindLatest)
		case "ChildShards":
			return s.childShards(&out.ChildShards)
		}
		return s.skip(maxCBORDepth)
	})
}

// cborPage decodes records into shared memory.
type cborPage struct {
	cborScanner
	pageMemory
}

func (s *cborPage) records(out *[]types.Record) bool {
	if s.null() {
		return true
	}
	var records []types.Record
	ok := s.array(func(expected int) bool {
		if records == nil {
			// No record is smaller than this, so a lying server cannot make us reserve more than it sends.
			const smallest = 16
			records = make([]types.Record, 0, max(1, min(expected, maxRecordsPerGet, (len(s.p)-s.i)/smallest)))
		}
		records = append(records, types.Record{})
		return s.null() || s.record(&records[len(records)-1], cap(records)-len(records))
	})
	if records == nil {
		records = []types.Record{}
	}
	*out = records
	return ok
}

// record reads one record; more is how many are expected to follow it.
func (s *cborPage) record(r *types.Record, more int) bool {
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
			var text *string
			ok := s.textValue(&text)
			if text != nil {
				r.EncryptionType = types.EncryptionType(*text)
			}
			return ok
		}
		return s.skip(maxCBORDepth)
	})
}

// recordText reads a text into value and lets out point to it.
func (s *cborPage) recordText(value *string, out **string) bool {
	if s.null() {
		return true
	}
	raw, ok := s.text()
	if !ok {
		return false
	}
	*value = validText(s.keep(raw, len(s.p)-s.i))
	*out = value
	return true
}

// blob reads a byte string, or a text in base64.
func (s *cborPage) blob(out *[]byte) bool {
	if s.null() {
		return true
	}
	major, ok := s.peek()
	if !ok {
		return false
	}
	if major == cborBytes {
		*out, ok = s.bytes()
		return ok
	}
	raw, ok := s.text()
	if !ok {
		return false
	}
	data := make([]byte, base64.StdEncoding.DecodedLen(len(raw)))
	n, err := base64.StdEncoding.Decode(data, raw)
	*out = data[:n:n]
	return err == nil
}

// smallestMillis tells milliseconds from seconds: as seconds it is in the year 5138, as milliseconds
// in 1973.
const smallestMillis = 1e11

// arrival reads a timestamp: whole milliseconds, or seconds with or without decimals; tagged or not.
func (s *cborPage) arrival(value *time.Time, out **time.Time) bool {
	if s.null() {
		return true
	}
	s.tags()
	n, f, isFloat, ok := s.number()
	if !ok {
		return false
	}
	switch {
	case isFloat:
		f *= 1000
	case n < smallestMillis && n > -smallestMillis:
		f = float64(n) * 1000
	default:
		f = float64(n)
	}
	const limit = 9e12 // in the year 2255
	if !(f < limit && f > -limit) {
		return false
	}
	*value = time.UnixMilli(int64(math.Round(f))).UTC()
	*out = value
	return true
}

func (s *cborPage) textValue(out **string) bool {
	if s.null() {
		return true
	}
	raw, ok := s.text()
	value := validText(string(raw))
	*out = &value
	return ok
}

func (s *cborPage) integerValue(out **int64) bool {
	if s.null() {
		return true
	}
	n, f, isFloat, ok := s.number()
	if isFloat {
		if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			return false
		}
		n = int64(f)
	}
	*out = &n
	return ok
}

func (s *cborPage) childShards(out *[]types.ChildShard) bool {
	if s.null() {
		return true
	}
	*out = []types.ChildShard{}
	return s.array(func(int) bool {
		*out = append(*out, types.ChildShard{})
		child := &(*out)[len(*out)-1]
		return s.object(func(name []byte) bool {
			switch string(name) {
			case "ShardId":
				return s.textValue(&child.ShardId)
			case "ParentShards":
				return s.parentShards(&child.ParentShards)
			case "HashKeyRange":
				return s.hashKeyRange(&child.HashKeyRange)
			}
			return s.skip(maxCBORDepth)
		})
	})
}

func (s *cborPage) parentShards(out *[]string) bool {
	if s.null() {
		return true
	}
	*out = []string{}
	return s.array(func(int) bool {
		raw, ok := s.text()
		*out = append(*out, validText(string(raw)))
		return ok
	})
}

func (s *cborPage) hashKeyRange(out **types.HashKeyRange) bool {
	if s.null() {
		return true
	}
	*out = &types.HashKeyRange{}
	return s.object(func(name []byte) bool {
		switch string(name) {
		case "StartingHashKey":
			return s.textValue(&(*out).StartingHashKey)
		case "EndingHashKey":
			return s.textValue(&(*out).EndingHashKey)
		}
		return s.skip(maxCBORDepth)
	})
}
