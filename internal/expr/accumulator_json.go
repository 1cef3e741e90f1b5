package expr

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/rawjson"
)

// newJSONArrays makes the accumulator of JSON_ARRAYAGG.
func newJSONArrays(call *Aggregate) Accumulator {
	return newList(call, func(l *listAccumulator, groups int) batch.Column {
		rows, ends := l.lists(groups)
		var value jsonWriter
		if l.rows != nil {
			value = newJSONWriter(valueColumn(call, l.rows), call.argType())
		}
		return jsonTexts("[]", ends, func(dst []byte, start, end int32) []byte {
			for i := start; i < end; i++ {
				if i > start {
					dst = append(dst, ',')
				}
				dst = value(dst, int(rows[i]))
			}
			return dst
		})
	})
}

// jsonTexts makes one text per group, of what inside appends between the brackets.
func jsonTexts(brackets string, ends []int32, inside func(dst []byte, start, end int32) []byte) batch.Column {
	offsets, data := make([]int32, len(ends)+1), []byte{}
	start := int32(0)
	for group, end := range ends {
		data = append(data, brackets[0])
		data = inside(data, start, end)
		data = append(data, brackets[1])
		offsets[group+1] = int32(len(data))
		start = end
	}
	return batch.NewBytes(offsets, data, nil)
}

// newJSONObjects makes the accumulator of JSON_OBJECTAGG.
func newJSONObjects(call *Aggregate) Accumulator {
	return &listAccumulator{call: call, check: noNullKey, finish: func(l *listAccumulator, groups int) batch.Column {
		rows, ends := l.lists(groups)
		var members jsonMembers
		var value jsonWriter
		if l.rows != nil {
			fields := l.rows.(*batch.Struct).Fields
			members = jsonMembers{keys: fields[0].(*batch.Bytes), values: fields[1], absent: !call.keepsNulls(), at: map[string]int{}}
			value = newJSONWriter(fields[1], call.args[1])
		}
		return jsonTexts("{}", ends, func(dst []byte, start, end int32) []byte {
			for i, row := range members.of(rows[start:end]) {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = append(rawjson.AppendQuoted(dst, members.keys.At(int(row))), ':')
				dst = value(dst, int(row))
			}
			return dst
		})
	}}
}

func noNullKey(arg batch.Column, rows []int32) error {
	valid := arg.(*batch.Struct).Fields[0].Valid()
	for _, row := range rows {
		if !valid.Get(int(row)) {
			return diag.Errorf(diag.BadData, diag.Span{}, "a key of JSON_OBJECTAGG is NULL").
				WithHint("use COALESCE to give it another name, or FILTER (WHERE key IS NOT NULL)")
		}
	}
	return nil
}

// jsonMembers chooses the members of objects.
type jsonMembers struct {
	keys   *batch.Bytes
	values batch.Column
	absent bool           // members without a value are left out
	at     map[string]int // scratch: where a key stands
}

// of returns the rows whose members an object has: of those with the same key the last, at the place of
// the first. It writes into rows.
func (m *jsonMembers) of(rows []int32) []int32 {
	clear(m.at)
	kept := rows[:0]
	for _, row := range rows {
		if m.absent && !m.values.Valid().Get(int(row)) {
			continue
		}
		key := m.keys.At(int(row))
		if i, ok := m.at[string(key)]; ok {
			kept[i] = row
			continue
		}
		m.at[string(key)] = len(kept)
		kept = append(kept, row)
	}
	return kept
}
