package print

import (
	"strconv"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

// appendRow appends a row as Flink's print connector writes it: the kind of change, then the values
// in the text that Java has for them.
func appendRow(dst []byte, b *batch.Batch, columns []connector.Column, row int) []byte {
	change := batch.Insert
	if b.Changes != nil {
		change = b.Changes[row]
	}
	dst = append(append(dst, change.String()...), '[')
	for i, column := range b.Columns {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if column.Valid().Get(row) {
			dst = appendValue(dst, column, row, columns[i].Type)
		} else {
			dst = append(dst, "null"...)
		}
	}
	return append(dst, ']')
}

func appendValue(dst []byte, c batch.Column, row int, t types.Type) []byte {
	switch t.Kind {
	case types.Varbinary: // an array of Java bytes, which have a sign
		dst = append(dst, '[')
		for i, v := range c.(*batch.Bytes).At(row) {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = strconv.AppendInt(dst, int64(int8(v)), 10)
		}
		return append(dst, ']')
	case types.Time:
		return appendClock(dst, batch.Values[int64](c)[row], true)
	case types.Timestamp: // LocalDateTime
		micros := batch.Values[int64](c)[row]
		days := types.FloorDiv(micros, types.Day)
		dst = append(types.AppendDate(dst, days), 'T')
		return appendClock(dst, micros-days*types.Day, true)
	case types.TimestampLTZ: // Instant
		micros := batch.Values[int64](c)[row]
		days := types.FloorDiv(micros, types.Day)
		dst = append(types.AppendDate(dst, days), 'T')
		return append(appendClock(dst, micros-days*types.Day, false), 'Z')
	}
	return batch.AppendText(dst, c, row, t, time.UTC)
}

// appendClock appends a time of day as Java does: without seconds where they are zero and short is
// set, and with none, three or six digits of a fraction.
func appendClock(dst []byte, micros int64, short bool) []byte {
	switch {
	case short && micros%types.Minute == 0:
		dst = types.AppendTime(dst, micros, 0)
		return dst[:len(dst)-len(":00")]
	case micros%types.Second == 0:
		return types.AppendTime(dst, micros, 0)
	case micros%types.Millisecond == 0:
		return types.AppendTime(dst, micros, 3)
	}
	return types.AppendTime(dst, micros, 6)
}
