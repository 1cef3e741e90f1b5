package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// errLimit says that as many records were printed as were asked for.
var errLimit = errors.New("limit reached")

// recordPrinter writes records to standard output.
type recordPrinter struct {
	app     *app
	raw     bool
	limit   int64 // 0: none
	printed int64
	buffer  bytes.Buffer
}

// recordObject is a record in JSON output.
type recordObject struct {
	ShardID        string `json:"shard_id"`
	SequenceNumber string `json:"sequence_number"`
	PartitionKey   string `json:"partition_key"`
	ArrivalTime    string `json:"arrival_time,omitempty"`
	// Payload is the payload itself if it is JSON, else a string; PayloadBase64 is it if it is no text.
	Payload       json.RawMessage `json:"payload,omitempty"`
	PayloadBase64 []byte          `json:"payload_base64,omitempty"`
}

// print writes the records of a shard; errLimit ends the command.
func (p *recordPrinter) print(shard string, records []types.Record) error {
	p.buffer.Reset()
	full := false
	for i := range records {
		if full = p.limit > 0 && p.printed == p.limit; full {
			break
		}
		p.append(shard, &records[i])
		p.printed++
	}
	full = full || p.limit > 0 && p.printed == p.limit
	if _, err := p.app.env.Out.Write(p.buffer.Bytes()); err != nil {
		return err
	}
	if full {
		return errLimit
	}
	return nil
}

func (p *recordPrinter) append(shard string, record *types.Record) {
	switch {
	case p.app.json():
		p.buffer.Write(marshal(newRecordObject(shard, record)))
	case p.raw:
		p.buffer.Write(record.Data)
	default:
		text := record.Data
		if bytes.ContainsRune(text, '\n') { // an indented JSON text fits on a line without its indents
			text = compactJSON(text)
		}
		p.buffer.WriteString(printable(text))
		p.buffer.WriteByte('\n')
	}
}

func newRecordObject(shard string, record *types.Record) recordObject {
	object := recordObject{
		ShardID: shard, SequenceNumber: aws.ToString(record.SequenceNumber), PartitionKey: aws.ToString(record.PartitionKey),
	}
	if record.ApproximateArrivalTimestamp != nil {
		object.ArrivalTime = record.ApproximateArrivalTimestamp.UTC().Format(time.RFC3339Nano)
	}
	switch {
	case json.Valid(record.Data):
		object.Payload = compactJSON(record.Data)
	case utf8.Valid(record.Data):
		object.Payload = marshal(string(record.Data))
	default:
		object.PayloadBase64 = record.Data
	}
	return object
}
