package expr

import (
	"bytes"
	"regexp"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
)

func splitText(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	items := &batch.BytesBuilder{}
	lists := &batch.ListBuilder{Items: items}
	for row := range rows {
		text, separator := textAt(args, 0, row), textAt(args, 1, row)
		for len(separator) == 0 && len(text) > 0 {
			_, size := utf8.DecodeRune(text)
			items.Append(text[:size])
			text = text[size:]
		}
		for len(separator) > 0 {
			part, rest, more := bytes.Cut(text, separator)
			items.Append(part)
			if !more {
				break
			}
			text = rest
		}
		lists.Close()
	}
	return lists.Finish(), nil
}

// textToMap is STR_TO_MAP.
func textToMap(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	keys, values := &batch.BytesBuilder{}, &batch.BytesBuilder{}
	entries := &batch.StructBuilder{Fields: []batch.Builder{keys, values}}
	lists := &batch.ListBuilder{Items: entries}
	var separators [2]splitter
	usual := [2]string{",", "="}
	for row := range rows {
		for i := range separators {
			pattern := usual[i]
			if len(args) > i+1 {
				pattern = string(textAt(args, i+1, row))
			}
			if err := separators[i].use(pattern); err != nil {
				return nil, runtimeError(call.span, "bad separator %q: %s", pattern, err)
			}
		}
		for rest, more := textAt(args, 0, row), true; more; {
			var entry []byte
			entry, rest, more = separators[0].cut(rest)
			key, value, hasValue := separators[1].cut(entry)
			keys.Append(key)
			if hasValue {
				values.Append(value)
			} else {
				values.AppendNull()
			}
			entries.Close()
		}
		lists.Close()
	}
	return lastOfEachKey(lists.Finish().(*batch.List)), nil
}

// splitter cuts texts at a regular expression.
type splitter struct {
	pattern string
	plain   []byte         // the pattern, where it means itself
	re      *regexp.Regexp // otherwise
	known   bool
}

func (s *splitter) use(pattern string) error {
	if s.known && s.pattern == pattern {
		return nil
	}
	*s = splitter{pattern: pattern, known: true}
	if regexp.QuoteMeta(pattern) == pattern && pattern != "" {
		s.plain = []byte(pattern)
		return nil
	}
	var err error
	s.re, err = compileRegexp(pattern)
	return err
}

// cut returns what stands before the first match and behind it; false if there is none.
func (s *splitter) cut(text []byte) (before, after []byte, found bool) {
	if s.re == nil {
		return bytes.Cut(text, s.plain)
	}
	at := s.re.FindIndex(text)
	if at == nil || at[1] == 0 { // an empty match at the start would never end
		return text, nil, false
	}
	return text[:at[0]], text[at[1]:], true
}
