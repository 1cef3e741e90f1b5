package format

import (
	"fmt"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// valueAppender appends a value that is not NULL.
type valueAppender func(dst []byte, c batch.Column, row int) ([]byte, error)

// appendNullable appends a value that may be NULL.
func appendNullable(dst []byte, c batch.Column, row int, appendValue valueAppender) ([]byte, error) {
	if !c.Valid().Get(row) {
		return append(dst, "null"...), nil
	}
	return appendValue(dst, c, row)
}

// nestedAppender returns the function for ARRAY, MAP, MULTISET and ROW.
func nestedAppender(t types.Type, rules jsonRules) valueAppender {
	switch t.Kind { //nolint:exhaustive // the nested kinds
	case types.Array:
		element := jsonAppender(t.Element(), rules)
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			list := c.(*batch.List)
			dst = append(dst, '[')
			from, to := list.Range(row)
			for item := from; item < to; item++ {
				if item > from {
					dst = append(dst, ',')
				}
				var err error
				if dst, err = appendNullable(dst, list.Items, item, element); err != nil {
					return dst, err
				}
			}
			return append(dst, ']'), nil
		}
	case types.Row:
		members := jsonMembers(t.Fields(), rules)
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			return appendObject(dst, members, c.(*batch.Struct).Fields, row, rules.ignoreNulls)
		}
	}
	value := jsonAppender(t.Value(), rules)
	return func(dst []byte, c batch.Column, row int) ([]byte, error) {
		list := c.(*batch.List)
		entries := list.Items.(*batch.Struct)
		dst = append(dst, '{')
		from, to := list.Range(row)
		first := true
		for item := from; item < to; item++ {
			var key []byte
			switch {
			case entries.Fields[0].Valid().Get(item):
				key = entries.Fields[0].(*batch.Bytes).At(item)
			case rules.nullKeys == nullKeyDrop:
				continue
			case rules.nullKeys == nullKeyLiteral:
				key = rules.nullKey
			default:
				return dst, fmt.Errorf("a key of a MAP is NULL ('%s' says what to do with it)", jsonNullKeys)
			}
			if !first {
				dst = append(dst, ',')
			}
			first = false
			var err error
			if dst, err = appendNullable(append(appendQuoted(dst, key), ':'), entries.Fields[1], item, value); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}
}
