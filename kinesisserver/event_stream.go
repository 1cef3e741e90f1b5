package kinesisserver

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

const eventStreamType = "application/vnd.amazon.eventstream"

// eventHeader is one header of a message; all of them are strings here.
type eventHeader struct{ name, value string }

func eventHeaders(event string) []eventHeader {
	return []eventHeader{{":message-type", "event"}, {":event-type", event}, {":content-type", jsonType}}
}

func exceptionHeaders(code string) []eventHeader {
	return []eventHeader{{":message-type", "exception"}, {":exception-type", code}, {":content-type", jsonType}}
}

// writeMessage writes one message of an event stream:
//
//	total length (4) | headers' length (4) | CRC of these (4) | headers | payload | CRC of all before (4)
func writeMessage(w io.Writer, headers []eventHeader, payload ...[]byte) error {
	const (
		preludeBytes       = 12
		checksumBytes      = 4
		typeString    byte = 7
	)
	head := make([]byte, preludeBytes, 256)
	for _, h := range headers {
		head = append(head, byte(len(h.name)))
		head = append(head, h.name...)
		head = append(head, typeString)
		head = binary.BigEndian.AppendUint16(head, uint16(len(h.value)))
		head = append(head, h.value...)
	}
	total := len(head) + checksumBytes
	for _, part := range payload {
		total += len(part)
	}
	binary.BigEndian.PutUint32(head[0:], uint32(total))
	binary.BigEndian.PutUint32(head[4:], uint32(len(head)-preludeBytes))
	binary.BigEndian.PutUint32(head[8:], crc32.ChecksumIEEE(head[:8]))

	sum := crc32.ChecksumIEEE(head)
	if _, err := w.Write(head); err != nil {
		return err
	}
	for _, part := range payload {
		sum = crc32.Update(sum, crc32.IEEETable, part)
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	_, err := w.Write(binary.BigEndian.AppendUint32(nil, sum))
	return err
}
