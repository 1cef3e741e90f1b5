package kinesisserver

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// PutRecord
//
// Behaviour: the record goes to the open shard that holds the MD5 of its partition key, or its
// ExplicitHashKey. SequenceNumberForOrdering must be a sequence number of the stream; numbers
// always increase within a shard, so that nothing else comes of it.

type putRecordRequest struct {
	streamAddress
	Data                      *blob
	DryRun                    bool
	ExplicitHashKey           *string
	PartitionKey              *string
	SequenceNumberForOrdering *string
}

type putRecordResult struct {
	EncryptionType string `json:",omitempty"`
	SequenceNumber string
	ShardID        string `json:"ShardId"`
}

func putRecord(c *call, in *putRecordRequest) (any, error) {
	e, err := in.entry()
	if err != nil {
		return nil, err
	}
	st, err := c.dataStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.RUnlock()
	if after := in.SequenceNumberForOrdering; after != nil {
		if st.strategy == strategyAuto {
			return nil, errInvalidArgument("SequenceNumberForOrdering is not supported for streams with the record distribution strategy AUTO.")
		}
		if n, ok := parseSequenceNumber(*after); !ok || n.time > c.now.Unix()+1 {
			return nil, errInvalidArgument("ExclusiveMinimumSequenceNumber %s used in PutRecord on stream %s under account %s is invalid.",
				*after, st.name, st.realm.account)
		}
	}
	sh, err := st.place(&e)
	if err != nil {
		return nil, err
	}
	if err := dryRunResult(in.DryRun); err != nil {
		return nil, err
	}
	if err := c.refuses(st, sh, &e); err != nil {
		return nil, err
	}
	n := st.put(sh, &e, c.now)
	sh.announce()
	return putRecordResult{EncryptionType: st.encryptionOfRecords(), SequenceNumber: string(n), ShardID: sh.name}, nil
}

// entry checks the request by itself.
func (in *putRecordRequest) entry() (entry, error) {
	var ck checks
	var e entry
	in.check(&ck)
	if ck.required("data", in.Data != nil) {
		e.data, e.hasData = *in.Data, true
	}
	if in.PartitionKey != nil {
		e.partitionKey = []byte(*in.PartitionKey)
	}
	if in.ExplicitHashKey != nil {
		e.explicitHashKey = []byte(*in.ExplicitHashKey)
	}
	ck.sequenceNumber("sequenceNumberForOrdering", in.SequenceNumberForOrdering)
	e.check(&ck, "")
	return e, ck.err()
}

// check adds the violations of a record's own constraints; prefix is where it stands in the request.
func (e *entry) check(ck *checks, prefix string) {
	if e.data.size > maxDataBytes {
		ck.add(fmt.Sprintf("'java.nio.HeapByteBuffer[pos=0 lim=%d cap=%d]'", e.data.size, e.data.size),
			prefix+"data", "have length less than or equal to "+strconv.Itoa(maxDataBytes))
	}
	if e.explicitHashKey != nil && !isDecimal(e.explicitHashKey, 39) {
		ck.add(quoted(string(e.explicitHashKey)), prefix+"explicitHashKey", "satisfy regular expression pattern: "+patternHashKey)
	}
	// The first condition spares nearly all keys the counting.
	if n := len(e.partitionKey); e.partitionKey != nil &&
		(n == 0 || n > maxPartitionKeyLength && utf8.RuneCount(e.partitionKey) > maxPartitionKeyLength) {
		ck.text(prefix+"partitionKey", string(e.partitionKey), 1, maxPartitionKeyLength)
	}
}

// place checks a record against its stream and returns where it goes. The caller holds the lock.
func (st *stream) place(e *entry) (*shard, error) {
	if size, limit := e.size(), st.maxRecordKiB<<10; size > limit {
		return nil, errInvalidArgument("Record size of %d bytes exceeds the maximum record size of %d bytes of stream %s under account %s.",
			size, limit, st.name, st.realm.account)
	}
	if st.strategy == strategyAuto {
		return st.open[st.realm.srv.random.below(len(st.open))], nil
	}
	if e.explicitHashKey != nil {
		key, ok := parseHashKey(e.explicitHashKey)
		if !ok {
			return nil, errInvalidArgument("Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was %s",
				e.explicitHashKey)
		}
		return st.route(key), nil
	}
	if e.partitionKey == nil {
		return nil, errValidation("1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: Member must not be null")
	}
	return st.route(hashOf(e.partitionKey)), nil
}

// encryptionOfRecords is the EncryptionType in answers to writers: AWS leaves NONE out.
func (st *stream) encryptionOfRecords() string {
	if st.keyID != "" {
		return "KMS"
	}
	return ""
}

// put stores a record that has been placed. The caller holds the stream's lock.
func (st *stream) put(sh *shard, e *entry, now time.Time) []byte {
	return sh.append(e, now, st.realm.srv.arrivalLag(), st.horizon(now), st.keyID != "")
}
