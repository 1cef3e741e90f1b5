package rawjson

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Path is a compiled JSONPath. It is immutable; a Finder uses it.
//
// Steps: .name ['name'] [n] [-n] [a,b] [from:to] .* [*] and ..step for any depth. A mode may stand
// before it: strict, the default, in which a missing member or element is an error, or lax.
type Path struct {
	Lax   bool
	steps []step
	// definite is how many steps come before the first that may name several values.
	definite int
}

// Definite reports whether the path names one value at most.
func (p *Path) Definite() bool { return p.definite == len(p.steps) }

type stepKind uint8

const (
	memberStep   stepKind = iota // .name
	elementStep                  // [1] [-1] [1,2]
	sliceStep                    // [1:3]
	wildcardStep                 // .* [*]
	deepStep                     // the .. before another step: that step at any depth
)

// open stands for a bound of a slice that is not written.
const open = math.MaxInt32

type step struct {
	kind     stepKind
	name     string
	indexes  []int // of elements; negative: from the end
	from, to int   // of a slice
}

// maxDeep bounds the steps at any depth: each of them multiplies the work.
const maxDeep = 2

// PathError is a mistake in a path.
type PathError struct {
	Pos int // offset in the path
	Msg string
}

// Error returns the message.
func (e *PathError) Error() string { return e.Msg }

// Compile reads a path; the error is a *PathError.
func Compile(text string) (*Path, error) {
	c := compiler{text: text}
	path := c.path()
	if c.err != nil {
		return nil, c.err
	}
	return path, nil
}

type compiler struct {
	text string
	pos  int
	err  error
}

func (c *compiler) fail(pos int, format string, args ...any) {
	if c.err == nil {
		c.err = &PathError{Pos: pos, Msg: fmt.Sprintf(format, args...)}
	}
}

func (c *compiler) accept(text string) bool {
	if !strings.HasPrefix(c.text[c.pos:], text) {
		return false
	}
	c.pos += len(text)
	return true
}

func (c *compiler) blanks() {
	for c.pos < len(c.text) && isSpace(c.text[c.pos]) {
		c.pos++
	}
}

func (c *compiler) path() *Path {
	p := &Path{}
	c.blanks()
	for _, mode := range []string{"lax", "strict"} {
		if rest := c.text[c.pos:]; len(rest) > len(mode) && strings.EqualFold(rest[:len(mode)], mode) && isSpace(rest[len(mode)]) {
			p.Lax = mode == "lax"
			c.pos += len(mode)
			c.blanks()
			break
		}
	}
	if !c.accept("$") {
		c.fail(c.pos, "a path begins with $")
	}
	deep := 0
	for c.err == nil && c.pos < len(c.text) {
		if strings.TrimSpace(c.text[c.pos:]) == "" {
			break
		}
		start := c.pos
		if c.accept("..") {
			if deep++; deep > maxDeep {
				c.fail(start, "more than %d steps of any depth (..)", maxDeep)
			}
			p.steps = append(p.steps, step{kind: deepStep})
			if c.pos < len(c.text) && c.text[c.pos] != '[' {
				p.steps = append(p.steps, c.dotted())
				continue
			}
		}
		p.steps = append(p.steps, c.step())
	}
	for p.definite < len(p.steps) && p.steps[p.definite].isDefinite() {
		p.definite++
	}
	return p
}

func (s *step) isDefinite() bool {
	return s.kind == memberStep || s.kind == elementStep && len(s.indexes) == 1
}

// step reads a step with what introduces it.
func (c *compiler) step() step {
	switch {
	case c.accept("."):
		return c.dotted()
	case c.accept("["):
		return c.bracketed()
	case c.pos == len(c.text):
		c.fail(c.pos, "the path ends where a step is expected")
	default:
		c.fail(c.pos, "a step begins with . or [")
	}
	return step{}
}

// dotted reads the name or * behind a dot.
func (c *compiler) dotted() step {
	if c.accept("*") {
		return step{kind: wildcardStep}
	}
	start := c.pos
	for c.pos < len(c.text) && strings.IndexByte(".[]()*?'\" \t\r\n", c.text[c.pos]) < 0 {
		c.pos++
	}
	if c.pos == start {
		c.fail(start, "a name is missing behind the dot")
	}
	if c.pos < len(c.text) && c.text[c.pos] == '(' {
		c.fail(start, "functions in a path are not supported")
	}
	return step{kind: memberStep, name: c.text[start:c.pos]}
}

// bracketed reads what stands in brackets, and the closing one.
func (c *compiler) bracketed() step {
	open := c.pos - 1
	c.blanks()
	var s step
	switch {
	case c.accept("*"):
		s.kind = wildcardStep
	case c.pos < len(c.text) && (c.text[c.pos] == '\'' || c.text[c.pos] == '"'):
		s = step{kind: memberStep, name: c.quoted()}
	case c.pos < len(c.text) && c.text[c.pos] == '?':
		c.fail(c.pos, "filters in a path are not supported")
	default:
		s = c.positions()
	}
	c.blanks()
	if c.err == nil && !c.accept("]") {
		if c.pos < len(c.text) && c.text[c.pos] == ',' {
			c.fail(c.pos, "only one name can stand in brackets")
		}
		c.fail(open, "the bracket is not closed")
	}
	return s
}

// quoted reads a name in quotes, with backslashes before quotes and backslashes in it.
func (c *compiler) quoted() string {
	start, quote := c.pos, c.text[c.pos]
	var name []byte
	for c.pos++; c.pos < len(c.text); c.pos++ {
		switch ch := c.text[c.pos]; {
		case ch == quote:
			c.pos++
			return string(name)
		case ch == '\\' && c.pos+1 < len(c.text):
			c.pos++
			name = append(name, c.text[c.pos])
		default:
			name = append(name, ch)
		}
	}
	c.fail(start, "the quote is not closed")
	return ""
}

// positions reads n, a,b or from:to.
func (c *compiler) positions() step {
	s := step{kind: elementStep, from: open, to: open}
	start := c.pos
	if first, ok := c.integer(); ok {
		s.indexes, s.from = []int{first}, first
	}
	c.blanks()
	if c.accept(":") {
		s.kind = sliceStep
		c.blanks()
		if last, ok := c.integer(); ok {
			s.to = last
		}
		return s
	}
	if s.indexes == nil {
		c.fail(start, "expected an index, a name in quotes or * in brackets")
		return s
	}
	for c.err == nil && c.accept(",") {
		c.blanks()
		next, ok := c.integer()
		if !ok {
			c.fail(c.pos, "expected an index")
		}
		s.indexes = append(s.indexes, next)
		c.blanks()
	}
	return s
}

// integer reads a whole number; false if there is none.
func (c *compiler) integer() (int, bool) {
	start := c.pos
	c.accept("-")
	for c.pos < len(c.text) && isDigit(c.text[c.pos]) {
		c.pos++
	}
	n, err := strconv.ParseInt(c.text[start:c.pos], 10, 32)
	if c.pos > start && err != nil {
		c.fail(start, "%q is not an index", c.text[start:c.pos])
	}
	return int(n), c.pos > start
}
