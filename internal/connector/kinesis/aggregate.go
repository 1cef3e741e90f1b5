package kinesis

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"fmt"
)

// The Kinesis Producer Library puts many user records into one record, an aggregate:
//
//	F3 89 9A C2 | message | MD5 of the message, 16 bytes
//
// The message is in protobuf's encoding:
//
//	1 partition keys    text, repeated
//	2 explicit hash keys text, repeated
//	3 user records      message, repeated: 1 index of the partition key, 2 index of the explicit hash
//	                    key if there is one, 3 data, 4 tags
//
// A record that only looks like an aggregate is a record like any other.

var aggregateMagic = []byte{0xF3, 0x89, 0x9A, 0xC2}

// aggregateMessage returns the message of an aggregate; false if the data is none.
func aggregateMessage(data []byte) ([]byte, bool) {
	if len(data) <= len(aggregateMagic)+md5.Size || !bytes.HasPrefix(data, aggregateMagic) {
		return nil, false
	}
	end := len(data) - md5.Size
	message := data[len(aggregateMagic):end:end]
	return message, md5.Sum(message) == [md5.Size]byte(data[end:])
}

// aggregate is a message taken apart. Everything in it aliases the message. Its memory is used again
// for the next one.
type aggregate struct {
	partitionKeys [][]byte
	hashKeys      [][]byte
	users         []aggregatedUser
}

// aggregatedUser is a user record in an aggregate.
type aggregatedUser struct {
	data          []byte
	key, hash     uint64 // indexes into the tables
	explicit      bool   // it has a hash key
	hasKey, whole bool   // what must be there has been seen
}

// Fields of the messages.
const (
	fieldPartitionKeys = 1
	fieldHashKeys      = 2
	fieldUsers         = 3

	fieldKeyIndex  = 1
	fieldHashIndex = 2
	fieldData      = 3
)

// parse takes a message apart and reports whether it is one.
func (a *aggregate) parse(message []byte) bool {
	a.partitionKeys, a.hashKeys, a.users = a.partitionKeys[:0], a.hashKeys[:0], a.users[:0]
	return eachField(message, func(f protoField) bool {
		switch {
		case f.wire != wireBytes:
		case f.number == fieldPartitionKeys:
			a.partitionKeys = append(a.partitionKeys, f.bytes)
		case f.number == fieldHashKeys:
			a.hashKeys = append(a.hashKeys, f.bytes)
		case f.number == fieldUsers:
			user, ok := parseUser(f.bytes)
			a.users = append(a.users, user)
			return ok
		}
		return true
	})
}

func parseUser(message []byte) (aggregatedUser, bool) {
	var user aggregatedUser
	ok := eachField(message, func(f protoField) bool {
		switch {
		case f.number == fieldKeyIndex && f.wire == wireVarint:
			user.key, user.hasKey = f.varint, true
		case f.number == fieldHashIndex && f.wire == wireVarint:
			user.hash, user.explicit = f.varint, true
		case f.number == fieldData && f.wire == wireBytes:
			user.data, user.whole = f.bytes, true
		}
		return true
	})
	return user, ok && user.hasKey && user.whole
}

// check finds user records that refer to what the tables do not have.
func (a *aggregate) check() error {
	for i, user := range a.users {
		if user.key >= uint64(len(a.partitionKeys)) {
			return fmt.Errorf("user record %d of the aggregate has partition key number %d, and there are %d", i, user.key, len(a.partitionKeys))
		}
		if user.explicit && user.hash >= uint64(len(a.hashKeys)) {
			return fmt.Errorf("user record %d of the aggregate has explicit hash key number %d, and there are %d", i, user.hash, len(a.hashKeys))
		}
	}
	for _, text := range a.hashKeys {
		if _, ok := parseHashKey(text); !ok {
			return fmt.Errorf("the aggregate has the explicit hash key %.50q, which is no number below 2^128", text)
		}
	}
	return nil
}

// Wire types of protobuf. Groups, which nothing has used for decades, are not among them.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// protoField is a field of a message: a number, or bytes that alias the message.
type protoField struct {
	number uint64
	wire   byte
	varint uint64
	bytes  []byte
}

// eachField calls f with each field of a message. It reports whether the message was well-formed and
// f content.
func eachField(message []byte, f func(protoField) bool) bool {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<29-1 {
			return false
		}
		message = message[n:]
		field := protoField{number: tag >> 3, wire: byte(tag & 7)}
		var size uint64
		switch field.wire {
		case wireVarint:
			if field.varint, n = binary.Uvarint(message); n <= 0 {
				return false
			}
			size = uint64(n)
		case wireFixed64:
			size = 8
		case wireFixed32:
			size = 4
		case wireBytes:
			if size, n = binary.Uvarint(message); n <= 0 {
				return false
			}
			message = message[n:]
		default:
			return false
		}
		if size > uint64(len(message)) {
			return false
		}
		if field.wire == wireBytes {
			field.bytes = message[:size:size]
		}
		message = message[size:]
		if !f(field) {
			return false
		}
	}
	return true
}
