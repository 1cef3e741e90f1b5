package kinesisserver

import (
	"encoding/json"
	"strconv"
)

// PutRecords
//
// Behaviour: up to 500 records and 10 MiB. What is wrong with any of them refuses the whole request.
// The answer has one entry per record, in their order: where it went, or why it failed, which
// happens to single records by faults and limits only. Records of one request keep their order
// within a shard; AWS does not promise that.

// maxPutBytes is the AWS limit of a request's records, partition keys included.
const maxPutBytes = 10 << 20

type putRecordsRequest struct {
	streamAddress
	DryRun  bool
	Records []entry
}

// UnmarshalJSON reads an entry of the Records list, for requests that the fast scanner leaves.
func (e *entry) UnmarshalJSON(token []byte) error {
	var in struct {
		Data            *blob
		ExplicitHashKey *string
		PartitionKey    *string
	}
	if err := json.Unmarshal(token, &in); err != nil {
		return err
	}
	*e = entry{}
	if in.Data != nil {
		e.data = *in.Data
		e.hasData = true
	}
	if in.ExplicitHashKey != nil {
		e.explicitHashKey = []byte(*in.ExplicitHashKey)
	}
	if in.PartitionKey != nil {
		e.partitionKey = []byte(*in.PartitionKey)
	}
	return nil
}

func putRecords(c *call) (any, error) {
	in, ok := scanPutRecords(c.body)
	if !ok {
		in = &putRecordsRequest{}
		if err := c.decode(in); err != nil {
			return nil, err
		}
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	st, err := c.dataStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.RUnlock()

	places := make([]*shard, len(in.Records))
	total := 0
	for i := range in.Records {
		if places[i], err = st.place(&in.Records[i]); err != nil {
			return nil, err
		}
		total += in.Records[i].size()
	}
	if total > maxPutBytes {
		return nil, errInvalidArgument("Records size exceeds 10 MB limit")
	}
	if err := dryRunResult(in.DryRun); err != nil {
		return nil, err
	}
	return c.putAll(st, in.Records, places), nil
}

func (in *putRecordsRequest) check() error {
	var ck checks
	if ck.required("records", in.Records != nil) {
		switch n := len(in.Records); {
		case n == 0:
			ck.add("'[]'", "records", "have length greater than or equal to 1")
		case n > maxRecordsPerPut:
			ck.add(quoted("["+strconv.Itoa(n)+" records]"), "records", "have length less than or equal to 500")
		}
	}
	for i := range in.Records {
		e := &in.Records[i]
		if n := len(e.partitionKey); e.hasData && e.data.size <= maxDataBytes && e.explicitHashKey == nil && 0 < n && n <= maxPartitionKeyLength {
			continue // nothing to object to, without building the names of its members
		}
		prefix := "records." + strconv.Itoa(i+1) + ".member."
		ck.required(prefix+"data", e.hasData)
		e.check(&ck, prefix)
	}
	in.streamAddress.check(&ck)
	return ck.err()
}

// putRecordsResult is the answer; its JSON is written by hand because there is much of it.
type putRecordsResult struct {
	EncryptionType    string `json:",omitempty"`
	FailedRecordCount int
	Records           []putRecordsResultEntry
}

type putRecordsResultEntry struct {
	ErrorCode      string `json:",omitempty"`
	ErrorMessage   string `json:",omitempty"`
	SequenceNumber string `json:",omitempty"`
	ShardID        string `json:"ShardId,omitempty"`
}

// putAll stores the records. The caller holds the stream's lock.
func (c *call) putAll(st *stream, records []entry, places []*shard) *putRecordsResult {
	out := &putRecordsResult{EncryptionType: st.encryptionOfRecords(), Records: make([]putRecordsResultEntry, len(records))}
	for i, sh := range places {
		r := &out.Records[i]
		if err := c.refuses(st, sh, &records[i]); err != nil {
			r.ErrorCode, r.ErrorMessage = err.code, err.message
			out.FailedRecordCount++
			continue
		}
		r.SequenceNumber, r.ShardID = string(st.put(sh, &records[i], c.now)), sh.name
	}
	for _, sh := range places {
		sh.announce()
	}
	return out
}

// json writes the answer.
func (r *putRecordsResult) json() []byte {
	const bytesPerEntry = 120
	out := make([]byte, 0, 64+len(r.Records)*bytesPerEntry)
	out = append(out, `{"FailedRecordCount":`...)
	out = strconv.AppendInt(out, int64(r.FailedRecordCount), 10)
	if r.EncryptionType != "" {
		out = append(out, `,"EncryptionType":"`+r.EncryptionType+`"`...)
	}
	out = append(out, `,"Records":[`...)
	for i := range r.Records {
		if i > 0 {
			out = append(out, ',')
		}
		out = r.Records[i].append(out)
	}
	return append(out, ']', '}')
}

func (r *putRecordsResultEntry) append(out []byte) []byte {
	if r.ErrorCode != "" {
		out = append(out, `{"ErrorCode":`...)
		out = appendJSONString(out, []byte(r.ErrorCode))
		out = append(out, `,"ErrorMessage":`...)
		out = appendJSONString(out, []byte(r.ErrorMessage))
		return append(out, '}')
	}
	out = append(out, `{"SequenceNumber":"`...)
	out = append(out, r.SequenceNumber...)
	out = append(out, `","ShardId":"`...)
	out = append(out, r.ShardID...)
	return append(out, '"', '}')
}

// refuses returns the error of a single record, nil for none.
func (c *call) refuses(st *stream, sh *shard, e *entry) *apiError {
	if err := c.failsRecord(st, sh); err != nil {
		return err
	}
	if c.srv.limited() && !sh.limits.takeWrite(e.size(), c.now) {
		return errThroughput(st, sh)
	}
	return nil
}
