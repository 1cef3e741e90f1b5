package format

import (
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	parquetformat "github.com/parquet-go/parquet-go/format"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// parquetAppender returns the function that appends a value of a Parquet type as one of a type, to its
// builder. It returns false for a value that is out of range; ok: there is such a function.
func parquetAppender(p parquet.Type, t types.Type, builder batch.Builder, zone *time.Location) (appendValue func(parquet.Value) bool, ok bool) {
	unit, scale, meaning := parquetMeaning(p)
	kind := p.Kind()
	isInt := kind == parquet.Int32 || kind == parquet.Int64
	switch b := builder.(type) {
	case *batch.FixedBuilder[bool]:
		return func(v parquet.Value) bool { b.Append(v.Boolean()); return true }, kind == parquet.Boolean
	case *batch.FixedBuilder[int8]:
		return parquetIntegers(b), isInt && meaning == parquetNumber
	case *batch.FixedBuilder[int16]:
		return parquetIntegers(b), isInt && meaning == parquetNumber
	case *batch.FixedBuilder[int32]:
		want := parquetNumber
		if t.Kind == types.Date {
			want = parquetDate
		}
		return parquetIntegers(b), isInt && meaning == want
	case *batch.FixedBuilder[int64]:
		switch {
		case t.Kind == types.BigInt:
			return parquetIntegers(b), isInt && meaning == parquetNumber
		case t.Kind.IsTimestamp() && kind == parquet.Int96:
			return func(v parquet.Value) bool {
				b.Append(types.TruncateMicros(int96Micros(v.Int96(), t, zone), t.Precision))
				return true
			}, true
		}
		want := parquetTimestamp
		if t.Kind == types.Time {
			want = parquetTime
		}
		return func(v parquet.Value) bool {
			n := parquetInt(v)
			micros := n * unit
			if unit < 0 {
				micros = types.FloorDiv(n, -unit)
			} else if unit > 1 && micros/unit != n {
				return false
			}
			b.Append(types.TruncateMicros(micros, t.Precision))
			return true
		}, isInt && meaning == want
	case *batch.FixedBuilder[float32]:
		return func(v parquet.Value) bool { b.Append(v.Float()); return true }, kind == parquet.Float
	case *batch.FixedBuilder[float64]:
		switch {
		case kind == parquet.Float:
			return func(v parquet.Value) bool { b.Append(float64(v.Float())); return true }, true
		case isInt && meaning == parquetNumber:
			return func(v parquet.Value) bool { b.Append(float64(parquetInt(v))); return true }, true
		}
		return func(v parquet.Value) bool { b.Append(v.Double()); return true }, kind == parquet.Double
	case *batch.FixedBuilder[types.Decimal128]:
		return func(v parquet.Value) bool {
			d, ok := parquetDecimal128(v, scale, t)
			b.Append(d)
			return ok
		}, meaning == parquetDecimal
	case *batch.BytesBuilder:
		return parquetBytes(b, t), (kind == parquet.ByteArray || kind == parquet.FixedLenByteArray && t.Kind == types.Varbinary) && meaning == parquetNumber
	}
	return nil, false
}

// parquetKind is what a physical type of Parquet stands for.
type parquetKind uint8

const (
	parquetNumber parquetKind = iota // itself
	parquetDate
	parquetTime
	parquetTimestamp
	parquetDecimal
)

// parquetMeaning returns what a type stands for, with the microseconds of its unit (negative: the
// nanoseconds of which it has thousandths) or its digits behind the point.
func parquetMeaning(p parquet.Type) (unit int64, scale int, meaning parquetKind) {
	micros := func(u parquetformat.TimeUnit) int64 {
		if u.Value != nil && u.Value.Duration() < time.Microsecond {
			return -1000
		}
		if u.Value == nil {
			return 1
		}
		return u.Value.Duration().Microseconds()
	}
	if logical := p.LogicalType(); logical != nil {
		switch l := logical.Value.(type) {
		case *parquetformat.DateType:
			return 0, 0, parquetDate
		case *parquetformat.TimeType:
			return micros(l.Unit), 0, parquetTime
		case *parquetformat.TimestampType:
			return micros(l.Unit), 0, parquetTimestamp
		case *parquetformat.DecimalType:
			return 0, int(l.Scale), parquetDecimal
		}
	}
	if converted := p.ConvertedType(); converted != nil {
		switch *converted { //nolint:exhaustive // the others stand for themselves
		case deprecated.Date:
			return 0, 0, parquetDate
		case deprecated.TimeMillis:
			return 1000, 0, parquetTime
		case deprecated.TimeMicros:
			return 1, 0, parquetTime
		case deprecated.TimestampMillis:
			return 1000, 0, parquetTimestamp
		case deprecated.TimestampMicros:
			return 1, 0, parquetTimestamp
		}
	}
	return 0, 0, parquetNumber
}

func parquetInt(v parquet.Value) int64 {
	if v.Kind() == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

func parquetIntegers[T int8 | int16 | int32 | int64](b *batch.FixedBuilder[T]) func(parquet.Value) bool {
	return func(v parquet.Value) bool {
		n := parquetInt(v)
		b.Append(T(n))
		return int64(T(n)) == n
	}
}

func parquetBytes(b *batch.BytesBuilder, t types.Type) func(parquet.Value) bool {
	var text []byte
	switch t.Kind { //nolint:exhaustive // all others are texts
	case types.Varbinary:
		return func(v parquet.Value) bool { b.Append(v.ByteArray()); return true }
	case types.JSON:
		return func(v parquet.Value) bool {
			var err error
			text, err = appendJSON(text[:0], v.ByteArray())
			b.Append(text)
			return err == nil
		}
	}
	return func(v parquet.Value) bool {
		value := v.ByteArray()
		if !utf8.Valid(value) {
			text = appendValid(append(text[:0], value...), 0)
			value = text
		}
		b.Append(value)
		return true
	}
}

func parquetDecimal128(v parquet.Value, scale int, t types.Type) (types.Decimal128, bool) {
	switch v.Kind() { //nolint:exhaustive // the others are bytes
	case parquet.Int32, parquet.Int64:
		d, ok := types.DecimalFromInt(parquetInt(v)).Rescale(scale, t.Scale)
		return d, ok && d.Fits(t.Precision)
	}
	return avroDecimal(v.ByteArray(), scale, t)
}

// int96Micros reads the old timestamps: nanoseconds of the day, and the Julian day.
func int96Micros(v deprecated.Int96, t types.Type, zone *time.Location) int64 {
	const epoch = 2_440_588 // the Julian day of 1970-01-01
	nanos := int64(v[0]) | int64(v[1])<<32
	micros := (int64(v[2])-epoch)*types.Day + types.FloorDiv(nanos, 1000)
	if t.Kind == types.Timestamp {
		return types.ToWall(micros, zone)
	}
	return micros
}
