package expr

import (
	"errors"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/rawjson"
)

// pathFinder finds what JSONPaths name, for one batch. The last path that was compiled is kept in the
// expression, so that a constant path is compiled once.
type pathFinder struct {
	text   string
	finder *rawjson.Finder
	path   *rawjson.Path
	cache  *atomic.Value
	span   diag.Span
}

type compiledPath struct {
	text string
	path *rawjson.Path
}

// use makes the path with the text the one to find.
func (f *pathFinder) use(text []byte) error {
	if f.finder != nil && f.text == string(text) {
		return nil
	}
	f.text = string(text)
	known, _ := f.cache.Load().(*compiledPath)
	if known == nil || known.text != f.text {
		path, err := rawjson.Compile(f.text)
		if err != nil {
			return PathFault(err, f.text, f.span, diag.BadData)
		}
		known = &compiledPath{f.text, path}
		f.cache.Store(known)
	}
	f.path, f.finder = known.path, rawjson.NewFinder(known.path)
	return nil
}

// PathFault returns the error for a path that rawjson.Compile rejects with err.
func PathFault(err error, path string, span diag.Span, kind diag.Kind) *diag.Error {
	pos := 0
	if at, ok := errors.AsType[*rawjson.PathError](err); ok {
		pos = at.Pos
	}
	out := diag.Errorf(kind, span, "bad JSON path %q at character %d: %w", path, countCharacters([]byte(path[:pos]))+1, err)
	return out.WithHint("write '$.a.b', '$.list[0]', '$.list[*].name' or '$[''odd name'']', with lax before it where members may be missing")
}

// checkPath rejects a constant path that is none; it is the Check of signatures whose second argument is
// a path.
func checkPath(args []Expr, span diag.Span) error {
	text, ok := Constant(args[1])
	if !ok || text == nil {
		return nil
	}
	if _, err := rawjson.Compile(text.(string)); err != nil {
		return PathFault(err, text.(string), span, diag.Semantic)
	}
	return nil
}

// foundKind is how a search of one text ended.
type foundKind uint8

const (
	foundValue foundKind = iota // what was looked for
	foundEmpty                  // nothing, where that is allowed
	foundFault                  // what is an error
)

// scalar returns the only scalar that the path names in the text, as it is written.
func (f *pathFinder) scalar(text []byte) (value []byte, what foundKind) {
	switch {
	case !f.finder.Find(text), !f.path.Lax && f.finder.Missing():
		return nil, foundFault
	case f.path.Definite() && f.finder.Len() == 0:
		return nil, foundEmpty
	case f.path.Definite():
		value = f.finder.At(0)
		switch rawjson.KindOf(value) {
		case rawjson.Null:
			return nil, foundEmpty
		case rawjson.Bool, rawjson.Number, rawjson.String:
			return value, foundValue
		case rawjson.Array, rawjson.Object:
		}
	}
	if f.path.Lax {
		return nil, foundEmpty
	}
	return nil, foundFault
}

// exists reports whether the path names something in the text besides null.
func (f *pathFinder) exists(text []byte) (exists bool, what foundKind) {
	switch {
	case !f.finder.Find(text), !f.path.Lax && f.finder.Missing():
		return false, foundFault
	case f.path.Definite():
		return f.finder.Len() > 0 && rawjson.KindOf(f.finder.At(0)) != rawjson.Null, foundValue
	}
	return f.finder.Len() > 0, foundValue
}

// JSONWrapper is when JSON_QUERY puts brackets around what it finds.
type JSONWrapper uint8

// The wrappers.
const (
	WithoutWrapper JSONWrapper = iota
	ConditionalWrapper
	UnconditionalWrapper
)

// query appends the object or array that the path names in the text; several values become an array.
func (f *pathFinder) query(dst, text []byte, wrapper JSONWrapper) (out []byte, what foundKind) {
	if !f.finder.Find(text) || !f.path.Lax && f.finder.Missing() {
		return dst, foundFault
	}
	if !f.path.Definite() {
		if wrapper == UnconditionalWrapper {
			return append(f.appendAll(append(dst, '[')), ']'), foundValue
		}
		return f.appendAll(dst), foundValue
	}
	if f.finder.Len() == 0 || rawjson.KindOf(f.finder.At(0)) == rawjson.Null {
		return dst, foundEmpty
	}
	value := f.finder.At(0)
	kind := rawjson.KindOf(value)
	switch {
	case wrapper == UnconditionalWrapper, wrapper == ConditionalWrapper && kind != rawjson.Array:
		return append(rawjson.AppendCompact(append(dst, '['), value), ']'), foundValue
	case kind == rawjson.Array || kind == rawjson.Object:
		return rawjson.AppendCompact(dst, value), foundValue
	case f.path.Lax:
		return dst, foundEmpty
	}
	return dst, foundFault
}

// appendAll appends what was found as an array.
func (f *pathFinder) appendAll(dst []byte) []byte {
	dst = append(dst, '[')
	for i := range f.finder.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = rawjson.AppendCompact(dst, f.finder.At(i))
	}
	return append(dst, ']')
}

// appendScalar appends the text of a scalar: that of a string, or what is written.
func appendScalar(dst, value []byte) []byte {
	if value[0] == '"' {
		return rawjson.AppendText(dst, value)
	}
	return append(dst, value...)
}
