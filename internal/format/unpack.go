package format

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// maxUnpackedBytes is how much the records of one call may become: a page of a few megabytes could
// otherwise fill the memory.
const maxUnpackedBytes = 64 << 20

// unpackOptions are about what is around the payload of a record.
var unpackOptions = option.Table{
	{
		Key: compression, Type: option.Enum, Enum: []string{compressionAuto, compressionNone, compressionGzip, compressionZlib, compressionZstd},
		Doc: "How each record is compressed. auto, the default of text formats: gzip, zlib and zstd are recognised by their first bytes, and records are written plain. " +
			"none is the default of other formats. With one of the others all records have to be, and are written, like that.",
	},
	{
		Key: compressionMax, Type: option.Size, Default: "32 mb",
		Doc: "How large a record may become when it is decompressed; a larger one is bad.",
	},
	{
		Key: envelope, Type: option.Enum, Enum: []string{envelopeNone, envelopeLogs, envelopeLogsMessage}, Default: envelopeNone,
		Doc: "What a record is wrapped in. cloudwatch-logs: what a subscription of CloudWatch Logs sends; each log event is a JSON object with the fields id, timestamp, message, " +
			"owner, logGroup, logStream and subscriptionFilters, for the format json. cloudwatch-logs-message: the same, but only the message of the event, in any text format. " +
			"Control messages are left out.",
	},
}

// unpacking is what the options say about it.
type unpacking struct {
	how      string
	limit    int64
	envelope string
}

// parseUnpacking reads the options. lines says that the records are lines of a file.
func (f *Format) parseUnpacking(values *option.Values, lines bool) (unpacking, error) {
	u := unpacking{how: values.String(compression), limit: values.Int(compressionMax), envelope: values.String(envelope)}
	if u.how == "" {
		if u.how = compressionAuto; f.binary {
			u.how = compressionNone
		}
	}
	switch {
	case lines && values.IsSet(compression) && u.how != compressionNone:
		return u, diag.Errorf(diag.Option, values.Span(compression), "the lines of a file are not compressed one by one").
			WithHint("remove '%s': a file whose name ends in .gz is decompressed as a whole", compression)
	case lines:
		u.how = compressionNone
	case u.envelope == envelopeLogs && f.Name != jsonFormat.Name:
		return u, diag.Errorf(diag.Option, values.Span(envelope), "'%s' = '%s' gives JSON objects, and the format is %s", envelope, envelopeLogs, f.Name).
			WithHint("use 'format' = 'json', or '%s' = '%s' for messages in the format %s", envelope, envelopeLogsMessage, f.Name)
	case u.envelope != envelopeNone && f.binary:
		return u, diag.Errorf(diag.Option, values.Span(envelope), "the messages of log events are texts, and the format is %s", f.Name).
			WithHint("use a text format, such as 'format' = 'json'")
	case u.envelope != envelopeNone && u.how == compressionNone:
		u.how = compressionAuto // CloudWatch Logs compresses
	}
	return u, nil
}

// unpacker decompresses records and takes them out of their envelopes for another decoder.
type unpacker struct {
	unpacking
	inner        Decoder
	decompressor decompressor
	compressor   *compressor // nil: what is kept of a record need not be compressed

	data    []byte // of the unpacked records
	ends    []int  // in data; negative: the record is as it came
	from    []int32
	events  []packedEvent // of the unpacked records, with an envelope
	records [][]byte
	bad     []BadRecord
}

// packedEvent is where an unpacked record was.
type packedEvent struct {
	envelope *logsEnvelope
	event    json.RawMessage
}

func newUnpacker(u unpacking, inner Decoder) (Decoder, error) {
	if u.how == compressionNone && u.envelope == envelopeNone {
		return inner, nil
	}
	d := &unpacker{unpacking: u, inner: inner, decompressor: decompressor{limit: u.limit}}
	if u.how != compressionAuto {
		var err error
		if d.compressor, err = newCompressor(u.how); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Decode decodes the records that fit into the memory together, at least one.
func (d *unpacker) Decode(records [][]byte) Decoded {
	if d.plain(records) {
		return d.inner.Decode(records)
	}
	d.data, d.ends, d.from, d.events, d.bad = d.data[:0], d.ends[:0], d.from[:0], d.events[:0], nil
	taken := 0
	for ; taken < len(records) && len(d.data) < maxUnpackedBytes; taken++ {
		if err := d.unpack(taken, records[taken]); err != nil {
			d.bad = append(d.bad, BadRecord{Record: taken, Cause: causeOf(err), Err: err})
		}
	}
	d.records = d.records[:0]
	start := 0
	for i, end := range d.ends {
		if end < 0 {
			d.records = append(d.records, records[d.from[i]])
			continue
		}
		d.records = append(d.records, d.data[start:end:end])
		start = end
	}
	out := d.inner.Decode(d.records)
	if out.Taken < len(d.records) { // a binary format, which has no envelopes: each record is one unpacked
		taken = int(d.from[out.Taken])
		d.bad = slices.DeleteFunc(d.bad, func(b BadRecord) bool { return b.Record >= taken })
	}
	return d.assign(out, taken)
}

// plain reports whether the records are as the inner decoder takes them.
func (d *unpacker) plain(records [][]byte) bool {
	if d.envelope != envelopeNone || d.how != compressionAuto {
		return false
	}
	for _, record := range records {
		if detect(record) != compressionNone {
			return false
		}
	}
	return true
}

func causeOf(err error) Cause {
	if isEmpty(err) {
		return Empty
	}
	return Unpackable
}

// unpack adds what a record holds to the unpacked records.
func (d *unpacker) unpack(i int, record []byte) error {
	if len(record) == 0 {
		return &diag.Error{Kind: diag.BadData, Msg: errEmptyRecord.Error(), Err: errEmptyRecord}
	}
	how := d.how
	if how == compressionAuto {
		how = detect(record)
	}
	start := len(d.data)
	if how != compressionNone {
		data, err := d.decompressor.append(d.data, record, how)
		switch {
		case err == nil && d.envelope == envelopeNone:
			d.data = data
			d.add(i, len(data), packedEvent{})
			return nil
		case err == nil:
			record = slices.Clone(data[start:])
			d.data = data[:start]
		case how != compressionZlib || d.how == compressionZlib:
			return err
		} // otherwise it is no zlib after all
	}
	if d.envelope == envelopeNone {
		d.add(i, -1, packedEvent{})
		return nil
	}
	return d.open(i, record)
}

func (d *unpacker) add(record, end int, event packedEvent) {
	d.ends = append(d.ends, end)
	d.from = append(d.from, int32(record))
	d.events = append(d.events, event)
}

// open adds the events of an envelope.
func (d *unpacker) open(i int, record []byte) error {
	e, err := parseLogsEnvelope(record)
	if err != nil {
		return err
	}
	for _, event := range e.LogEvents {
		if d.envelope == envelopeLogs {
			d.data, err = e.appendEvent(d.data, event)
		} else {
			d.data, err = e.appendMessage(d.data, event)
		}
		if err != nil {
			d.bad = append(d.bad, BadRecord{Record: i, Cause: Unpackable, Err: err, Data: d.pack(e.alone(event, nil))})
			continue
		}
		d.add(i, len(d.data), packedEvent{envelope: &e, event: event})
	}
	return nil
}

// assign turns a result about unpacked records into one about the records that they came in.
func (d *unpacker) assign(out Decoded, taken int) Decoded {
	origins := make([]int32, out.Rows)
	for row := range origins {
		unpacked := row
		if out.Records != nil {
			unpacked = int(out.Records[row])
		}
		origins[row] = d.from[unpacked]
	}
	for i := range out.Bad {
		b := &out.Bad[i]
		if packed := d.events[b.Record]; packed.envelope != nil {
			var message []byte
			if d.envelope == envelopeLogsMessage {
				message = b.Data
			}
			b.Data = packed.envelope.alone(packed.event, message)
		}
		b.Data = d.pack(b.Data)
		b.Record = int(d.from[b.Record])
	}
	out.Bad = append(out.Bad, d.bad...)
	slices.SortStableFunc(out.Bad, func(a, b BadRecord) int { return cmp.Compare(a.Record, b.Record) })
	out.Records, out.Taken = origins, taken
	return out
}

// pack makes a part of a record one that can be decoded again.
func (d *unpacker) pack(part []byte) []byte {
	if part == nil || d.compressor == nil {
		return part
	}
	packed, err := d.compressor.append(nil, part)
	if err != nil { // into memory; it does not happen
		return part
	}
	return packed
}

// packer compresses the records of another encoder.
type packer struct {
	inner      Encoder
	compressor *compressor
	scratch    []byte
}

func newPacker(u unpacking, inner Encoder) (Encoder, error) {
	if u.how == compressionNone || u.how == compressionAuto {
		return inner, nil
	}
	c, err := newCompressor(u.how)
	return &packer{inner: inner, compressor: c}, err
}

// Append appends a row as a compressed record.
func (p *packer) Append(dst []byte, b *batch.Batch, row int) ([]byte, error) {
	var err error
	if p.scratch, err = p.inner.Append(p.scratch[:0], b, row); err != nil {
		return dst, err
	}
	return p.compressor.append(dst, p.scratch)
}
