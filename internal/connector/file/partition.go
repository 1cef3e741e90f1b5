package file

import (
	"slices"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

// partitioner makes the directories of rows: key=value/key=value, as Hive and Flink name them.
type partitioner struct {
	keys        []partitionKey
	defaultName string
	zone        *time.Location
	value       []byte // of one key; reused
}

type partitionKey struct {
	column int
	typ    types.Type
	prefix string // the escaped name, and =
}

// newPartitioner returns the partitioner of a table, and the positions of the columns that are in
// its files.
func newPartitioner(table connector.Table, columns []connector.Column, defaultName string, zone *time.Location) (partitioner, []int) {
	p := partitioner{defaultName: defaultName, zone: zone}
	for _, name := range table.PartitionedBy {
		at := slices.IndexFunc(columns, func(c connector.Column) bool { return strings.EqualFold(c.Name, name) })
		p.keys = append(p.keys, partitionKey{column: at, typ: columns[at].Type, prefix: string(appendEscaped(nil, []byte(name))) + "="})
	}
	var inFiles []int
	for i := range columns {
		if !slices.ContainsFunc(p.keys, func(k partitionKey) bool { return k.column == i }) {
			inFiles = append(inFiles, i)
		}
	}
	return p, inFiles
}

// append appends the directory of a row, with a slash behind it; nothing for a table without
// partitions.
func (p *partitioner) append(dst []byte, b *batch.Batch, row int) []byte {
	for i := range p.keys {
		key := &p.keys[i]
		dst = append(dst, key.prefix...)
		p.value = p.value[:0]
		if column := b.Columns[key.column]; column.Valid().Get(row) {
			p.value = batch.AppendText(p.value, column, row, key.typ, p.zone)
		}
		if len(p.value) == 0 {
			dst = append(dst, p.defaultName...)
		} else {
			dst = appendEscaped(dst, p.value)
		}
		dst = append(dst, '/')
	}
	return dst
}

// escaped are the characters that Hive and Flink write as % and two hexadecimal digits.
var escaped = func() (set [128]bool) {
	for c := range ' ' {
		set[c] = true
	}
	for _, c := range []byte("\"#%'*/:=?\\{[]^\x7f") {
		set[c] = true
	}
	return set
}()

const hexDigits = "0123456789ABCDEF"

func appendEscaped(dst, text []byte) []byte {
	for _, c := range text {
		if c < 128 && escaped[c] {
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// unescape is the inverse of appendEscaped. A % without two digits stands for itself.
func unescape(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			high, low := strings.IndexByte(hexDigits, upper(text[i+1])), strings.IndexByte(hexDigits, upper(text[i+2]))
			if high >= 0 && low >= 0 {
				out.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'f' {
		return c - 'a' + 'A'
	}
	return c
}
