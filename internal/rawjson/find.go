package rawjson

import "bytes"

// Finder finds what a path names, in one text after the other. It is for one goroutine.
type Finder struct {
	path    *Path
	text    []byte
	matches []span
	key     []byte // scratch for a key with escapes
	reached int    // the most definite steps that were taken in the text
}

// NewFinder returns a finder for the path.
func NewFinder(p *Path) *Finder { return &Finder{path: p} }

// Find looks through a text, which must not change until the next one; false if it is not JSON. Of
// members with the same name only the last counts.
func (f *Finder) Find(text []byte) bool {
	f.text, f.matches, f.reached = text, f.matches[:0], 0
	end := f.walk(space(text, 0), f.path.steps, 0)
	return end >= 0 && space(text, end) == len(text)
}

// Len is how many values were found.
func (f *Finder) Len() int { return len(f.matches) }

// At returns a found value, in the order of the text. It is a part of the text.
func (f *Finder) At(i int) []byte { return f.text[f.matches[i].start:f.matches[i].end] }

// Missing reports whether the text has nothing where the path says that something is: what a strict
// path makes an error of. What *, slices, lists and .. do not find is not missing.
func (f *Finder) Missing() bool { return len(f.matches) == 0 && f.reached < f.path.definite }

// walk scans the value at i and notes what the steps name in it.
func (f *Finder) walk(i int, steps []step, depth int) int {
	if taken := len(f.path.steps) - len(steps); taken > f.reached {
		f.reached = taken
	}
	if len(steps) == 0 {
		end := value(f.text, i, depth)
		f.matches = append(f.matches, span{i, end})
		return end
	}
	s := &steps[0]
	switch c := at(f.text, i); {
	case s.kind == deepStep:
		end := value(f.text, i, depth)
		if end >= 0 {
			f.descend(i, steps[1:], depth)
		}
		return end
	case c == '{' && s.kind == memberStep:
		return f.member(i, steps, depth)
	case c == '{' && s.kind == wildcardStep:
		return members(f.text, i, depth, func(i int, _ span) int { return f.walk(i, steps[1:], depth+1) })
	case c == '[' && s.kind != memberStep:
		return f.elements(i, steps, depth)
	}
	return value(f.text, i, depth)
}

// descend applies the steps to the value at i, which is known to be valid, and to all values in it.
func (f *Finder) descend(i int, steps []step, depth int) {
	f.walk(i, steps, depth)
	deeper := func(i int, _ span) int {
		f.descend(i, steps, depth+1)
		return value(f.text, i, depth+1)
	}
	switch f.text[i] {
	case '{':
		members(f.text, i, depth, deeper)
	case '[':
		elements(f.text, i, depth, deeper)
	}
}

// member scans the object at i and takes the step to one of its members.
func (f *Finder) member(i int, steps []step, depth int) int {
	mark, reached := len(f.matches), f.reached
	return members(f.text, i, depth, func(i int, key span) int {
		if !f.isKey(f.text[key.start:key.end], steps[0].name) {
			return value(f.text, i, depth+1)
		}
		f.matches, f.reached = f.matches[:mark], reached // an earlier member of this name does not count
		return f.walk(i, steps[1:], depth+1)
	})
}

// isKey reports whether a key, as it is written, is the name.
func (f *Finder) isKey(key []byte, name string) bool {
	if string(key) == name {
		return bytes.IndexByte(key, '\\') < 0
	}
	if bytes.IndexByte(key, '\\') < 0 {
		return false
	}
	f.key = AppendUnescaped(f.key[:0], key)
	return string(f.key) == name
}

// elements scans the array at i and takes the step to some of its elements.
func (f *Finder) elements(i int, steps []step, depth int) int {
	s := &steps[0]
	length := 0
	if s.fromEnd() {
		end := elements(f.text, i, depth, func(i int, _ span) int {
			length++
			return value(f.text, i, depth+1)
		})
		if end < 0 {
			return end
		}
	}
	n := -1
	return elements(f.text, i, depth, func(i int, _ span) int {
		n++
		if s.takes(n, length) {
			return f.walk(i, steps[1:], depth+1)
		}
		return value(f.text, i, depth+1)
	})
}

// fromEnd reports whether the step counts from the end.
func (s *step) fromEnd() bool {
	for _, index := range s.indexes {
		if index < 0 {
			return true
		}
	}
	return s.kind == sliceStep && (s.from < 0 || s.to < 0)
}

// takes reports whether the step names element n of an array; length counts only for steps that count
// from the end.
func (s *step) takes(n, length int) bool {
	fromStart := func(index int) int {
		if index < 0 {
			return index + length
		}
		return index
	}
	switch s.kind {
	case wildcardStep:
		return true
	case sliceStep:
		return (s.from == open || n >= fromStart(s.from)) && (s.to == open || n < fromStart(s.to))
	case elementStep:
		for _, index := range s.indexes {
			if n == fromStart(index) {
				return true
			}
		}
	case memberStep, deepStep:
	}
	return false
}
