package kinesis

import (
	"strings"
	"time"
	"unicode/utf8"
)

// pageMemory is memory that the records of a page share.
type pageMemory struct {
	texts  strings.Builder
	fields []recordFields
}

// recordFields is what the pointers of a record point to.
type recordFields struct {
	arrival                      time.Time
	partitionKey, sequenceNumber string
}

// another returns the fields of one more record; more is how many are expected to follow it.
func (m *pageMemory) another(more int) *recordFields {
	if len(m.fields) == cap(m.fields) {
		m.fields = make([]recordFields, 0, min(more, maxRecordsPerGet)+1)
	}
	m.fields = append(m.fields, recordFields{})
	return &m.fields[len(m.fields)-1]
}

// keep copies a text; rest is how many bytes of the page are still to be read. The strings that a
// Builder has given out stay as they are while it is written to, as long as it need not grow.
func (m *pageMemory) keep(raw []byte, rest int) string {
	if m.texts.Cap()-m.texts.Len() < len(raw) {
		m.texts = strings.Builder{}
		m.texts.Grow(max(len(raw), min(64<<10, rest/2)))
	}
	start := m.texts.Len()
	m.texts.Write(raw)
	return m.texts.String()[start:]
}

// validText returns text, with the replacement character for what is not UTF-8.
func validText(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
