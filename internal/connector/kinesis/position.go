package kinesis

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/checkpoint"
)

// position is where the reading of a shard resumes. Its kinds have AWS's names; LATEST is not among
// them, because it means another place each time it is used: it becomes a moment in time once.
type position struct {
	kind           positionKind
	timestamp      time.Time // of atTimestamp, in milliseconds
	sequenceNumber string    // of afterSequenceNumber
	// taken is how many of the user records in the aggregate with the sequence number are behind the
	// position; 0: the whole record is.
	taken int
}

type positionKind uint8

const (
	trimHorizon positionKind = iota
	atTimestamp
	afterSequenceNumber
	shardEnd
)

const (
	trimHorizonText         = "TRIM_HORIZON"
	atTimestampText         = "AT_TIMESTAMP:"
	afterSequenceNumberText = "AFTER_SEQUENCE_NUMBER:"
	shardEndText            = "SHARD_END"
)

// maxSequenceNumber is the most digits that the service's API allows for a sequence number.
const maxSequenceNumber = 129

// startAt returns the position at a moment, to the millisecond below.
func startAt(t time.Time) position {
	return position{kind: atTimestamp, timestamp: time.UnixMilli(t.UnixMilli())}
}

func after(sequenceNumber string) position {
	return position{kind: afterSequenceNumber, sequenceNumber: sequenceNumber}
}

// within returns the position in an aggregate after its first user records.
func within(sequenceNumber string, taken int) position {
	return position{kind: afterSequenceNumber, sequenceNumber: sequenceNumber, taken: taken}
}

// text returns the form in which the position is stored:
//
//	TRIM_HORIZON
//	AT_TIMESTAMP:1767225600000           milliseconds since the epoch
//	AFTER_SEQUENCE_NUMBER:49600000000
//	AFTER_SEQUENCE_NUMBER:49600000000:3  after the user record with sub-sequence number 3 of an aggregate
//	SHARD_END
func (p position) text() checkpoint.Position {
	switch p.kind {
	case atTimestamp:
		return checkpoint.Position(atTimestampText + strconv.FormatInt(p.timestamp.UnixMilli(), 10))
	case afterSequenceNumber:
		text := afterSequenceNumberText + p.sequenceNumber
		if p.taken > 0 {
			text += ":" + strconv.Itoa(p.taken-1)
		}
		return checkpoint.Position(text)
	case shardEnd:
		return shardEndText
	case trimHorizon:
	}
	return trimHorizonText
}

// parsePosition reads what text returns, and nothing else.
func parsePosition(text checkpoint.Position) (position, error) {
	s := string(text)
	switch s {
	case trimHorizonText:
		return position{kind: trimHorizon}, nil
	case shardEndText:
		return position{kind: shardEnd}, nil
	}
	if number, ok := strings.CutPrefix(s, atTimestampText); ok {
		millis, err := strconv.ParseInt(number, 10, 64)
		if err == nil && number == strconv.FormatInt(millis, 10) {
			return position{kind: atTimestamp, timestamp: time.UnixMilli(millis)}, nil
		}
	}
	if text, ok := strings.CutPrefix(s, afterSequenceNumberText); ok {
		number, sub, inside := strings.Cut(text, ":")
		taken := 0
		if inside {
			taken, ok = parseSubSequenceNumber(sub)
			taken++
		}
		if ok && isSequenceNumber(number) {
			return within(number, taken), nil
		}
	}
	return position{}, fmt.Errorf("%q is not a position in a shard", s)
}

func isSequenceNumber(text string) bool {
	if text == "" || len(text) > maxSequenceNumber || (text[0] == '0' && text != "0") {
		return false
	}
	return strings.Trim(text, "0123456789") == ""
}

func parseSubSequenceNumber(text string) (int, bool) {
	n, err := strconv.ParseInt(text, 10, 32)
	return int(n), err == nil && n >= 0 && text == strconv.FormatInt(n, 10)
}

// request fills in where GetShardIterator is to start. A shard that ended has no iterator.
func (p position) request(in *kinesis.GetShardIteratorInput) {
	in.ShardIteratorType = p.iteratorType()
	switch p.kind {
	case trimHorizon, shardEnd:
	case atTimestamp:
		in.Timestamp = aws.Time(p.timestamp)
	case afterSequenceNumber:
		in.StartingSequenceNumber = aws.String(p.sequenceNumber)
	}
}

// iteratorType is AWS's word for the kind. A position within an aggregate begins with that record
// again: the reader skips what is behind the position.
func (p position) iteratorType() types.ShardIteratorType {
	switch p.kind {
	case atTimestamp:
		return types.ShardIteratorTypeAtTimestamp
	case afterSequenceNumber:
		if p.taken > 0 {
			return types.ShardIteratorTypeAtSequenceNumber
		}
		return types.ShardIteratorTypeAfterSequenceNumber
	case trimHorizon, shardEnd:
	}
	return types.ShardIteratorTypeTrimHorizon
}
