package expr

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// cutCharacters returns the first n characters of text.
func cutCharacters(text []byte, n int) []byte {
	if len(text) <= n {
		return text
	}
	end := 0
	for range n {
		if end >= len(text) {
			return text
		}
		_, size := utf8.DecodeRune(text[end:])
		end += size
	}
	return text[:end]
}

func countCharacters(text []byte) int { return utf8.RuneCount(text) }

// fromText reads values from their text, with white space around it allowed.
func (e *Cast) fromText(c *Context, column *batch.Bytes) (batch.Column, error) {
	builder := batch.NewBuilder(e.typ)
	for row := range column.Len() {
		if !column.Valid().Get(row) {
			builder.AppendNull()
			continue
		}
		text := string(column.At(row))
		if e.appendText(c, builder, strings.TrimSpace(text), text) {
			continue
		}
		if !e.Try {
			return nil, e.fault(text)
		}
		builder.AppendNull()
	}
	return builder.Finish(), nil
}

// appendText appends the value that the text stands for; false if it stands for none.
func (e *Cast) appendText(c *Context, builder batch.Builder, text, raw string) bool {
	switch b := builder.(type) {
	case *batch.FixedBuilder[bool]:
		v, ok := parseBoolean(text)
		return ok && appended(b, v)
	case *batch.FixedBuilder[int8]:
		v, ok := parseInteger(text, types.TinyInt)
		return ok && appended(b, int8(v))
	case *batch.FixedBuilder[int16]:
		v, ok := parseInteger(text, types.SmallInt)
		return ok && appended(b, int16(v))
	case *batch.FixedBuilder[int32]:
		if e.typ.Kind == types.Date {
			v, _, ok := types.ParseTimestamp(text)
			return ok && appended(b, int32(types.FloorDiv(v, types.Day)))
		}
		v, ok := parseInteger(text, types.Int)
		return ok && appended(b, int32(v))
	case *batch.FixedBuilder[int64]:
		v, ok := e.parse64(c, text)
		return ok && appended(b, v)
	case *batch.FixedBuilder[types.Decimal128]:
		v, ok := types.ParseDecimal(text, e.typ.Precision, e.typ.Scale)
		return ok && appended(b, v)
	case *batch.FixedBuilder[float32]:
		v, err := strconv.ParseFloat(text, 32)
		return err == nil && appended(b, float32(v))
	case *batch.FixedBuilder[float64]:
		v, err := strconv.ParseFloat(text, 64)
		return err == nil && appended(b, v)
	case *batch.BytesBuilder:
		if e.typ.Kind == types.JSON && !json.Valid([]byte(raw)) {
			return false
		}
		b.AppendString(raw)
		return true
	}
	return false
}

func appended[T batch.Value](b *batch.FixedBuilder[T], v T) bool {
	b.Append(v)
	return true
}

func (e *Cast) parse64(c *Context, text string) (int64, bool) {
	switch e.typ.Kind { //nolint:exhaustive // the other 64-bit type is BIGINT
	case types.Timestamp, types.TimestampLTZ:
		v, zoned, ok := types.ParseTimestamp(text)
		if e.typ.Kind == types.TimestampLTZ && !zoned {
			v = types.FromWall(v, c.Zone)
		}
		return types.TruncateMicros(v, e.typ.Precision), ok
	case types.Time:
		v, ok := types.ParseTime(text)
		return types.TruncateMicros(v, e.typ.Precision), ok
	}
	return parseInteger(text, types.BigInt)
}

// parseInteger reads a whole number, or a decimal number cut towards zero as Flink does.
func parseInteger(text string, kind types.Kind) (int64, bool) {
	whole, fraction, point := strings.Cut(text, ".")
	if point {
		if strings.Trim(fraction, "0123456789") != "" {
			return 0, false
		}
		if digits := strings.TrimLeft(whole, "+-"); digits == "" && fraction != "" && len(whole) < 2 {
			whole += "0" // .5
		}
	}
	low, high := integerRange(kind)
	v, err := strconv.ParseInt(whole, 10, 64)
	return v, err == nil && v >= low && v <= high
}

func parseBoolean(text string) (v, ok bool) {
	switch strings.ToLower(text) {
	case "true", "t", "yes", "y", "1":
		return true, true
	case "false", "f", "no", "n", "0":
		return false, true
	}
	return false, false
}

// castTime converts between dates, times and timestamps; every value has a counterpart.
func castTime(c *Context, column batch.Column, from, to types.Type) batch.Column {
	values := make([]int64, column.Len())
	if from.Kind == types.Date {
		for i, days := range batch.Values[int32](column) {
			values[i] = int64(days) * types.Day
		}
	} else {
		copy(values, batch.Values[int64](column))
	}
	switch {
	case from.Kind == types.TimestampLTZ && to.Kind != types.TimestampLTZ:
		for i, v := range values {
			values[i] = types.ToWall(v, c.Zone)
		}
	case from.Kind != types.TimestampLTZ && to.Kind == types.TimestampLTZ:
		for i, v := range values {
			values[i] = types.FromWall(v, c.Zone)
		}
	}
	switch to.Kind { //nolint:exhaustive // the rest are timestamps
	case types.Date:
		days := make([]int32, len(values))
		for i, v := range values {
			days[i] = int32(types.FloorDiv(v, types.Day))
		}
		return batch.NewFixed(days, column.Valid())
	case types.Time:
		for i, v := range values {
			values[i] = types.TruncateMicros(types.FloorMod(v, types.Day), to.Precision)
		}
	default:
		for i, v := range values {
			values[i] = types.TruncateMicros(v, to.Precision)
		}
	}
	return batch.NewFixed(values, column.Valid())
}
