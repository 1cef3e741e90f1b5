package kinesisserver

import "bytes"

// scanPutRecords reads the body of PutRecords without copying anything out of it: several times
// faster than encoding/json, which matters because nearly all the bytes a server receives are these.
// ok is false for whatever it does not know: escapes in strings, null, other members, bad base64,
// malformed JSON. encoding/json then reads the body anew, and says what is wrong with it.
func scanPutRecords(body []byte) (in *putRecordsRequest, ok bool) {
	s := scanner{rest: body}
	in = &putRecordsRequest{}
	s.object(func(member string) {
		switch member {
		case "Records":
			in.Records = s.records()
		case "StreamName":
			in.StreamName = s.stringValue()
		case "StreamARN":
			in.StreamARN = s.stringValue()
		default:
			s.failed = true
		}
	})
	s.space()
	return in, !s.failed && len(s.rest) == 0
}

// scanner reads JSON from the front of rest; after a failure it does nothing more.
type scanner struct {
	rest   []byte
	failed bool
}

func (s *scanner) space() {
	for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\n' || s.rest[0] == '\r' || s.rest[0] == '\t') {
		s.rest = s.rest[1:]
	}
}

// take reads one byte of punctuation if it is the next.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.failed || len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

func (s *scanner) need(c byte) {
	if !s.take(c) {
		s.failed = true
	}
}

// object reads an object; value must read the value of each member.
func (s *scanner) object(value func(member string)) {
	s.need('{')
	if s.take('}') {
		return
	}
	for !s.failed {
		member := s.text()
		s.need(':')
		if s.failed {
			return
		}
		value(string(member))
		if s.take('}') {
			return
		}
		s.need(',')
	}
}

// text reads a string without escapes; the bytes stay where they are.
func (s *scanner) text() []byte {
	s.need('"')
	if s.failed {
		return nil
	}
	end := bytes.IndexByte(s.rest, '"')
	if end < 0 {
		s.failed = true
		return nil
	}
	text := s.rest[:end:end]
	s.rest = s.rest[end+1:]
	return text
}

// plainText reads a string of printable ASCII without escapes.
func (s *scanner) plainText() []byte {
	text := s.text()
	for _, c := range text {
		if c < ' ' || c > '~' || c == '\\' {
			s.failed = true
		}
	}
	return text
}

func (s *scanner) stringValue() *string {
	text := string(s.plainText())
	return &text
}

func (s *scanner) records() []entry {
	s.need('[')
	if s.take(']') {
		return []entry{}
	}
	records := make([]entry, 0, maxRecordsPerPut)
	for !s.failed {
		records = append(records, s.record())
		if s.take(']') {
			return records
		}
		s.need(',')
	}
	return nil
}

func (s *scanner) record() entry {
	var e entry
	s.object(func(member string) {
		switch member {
		case "Data":
			e.data.text = s.text()
			var ok bool
			if e.data.size, ok = base64Size(e.data.text); !ok {
				s.failed = true
			}
			e.hasData = true
		case "PartitionKey":
			e.partitionKey = s.plainText()
		case "ExplicitHashKey":
			e.explicitHashKey = s.plainText()
		default:
			s.failed = true
		}
	})
	return e
}
