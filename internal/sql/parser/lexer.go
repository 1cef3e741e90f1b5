package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/diag"
)

// symbols are the operators and punctuation, longest first.
var symbols = []string{
	"->>", "/*+",
	"<>", "!=", "<=", ">=", "||", "::", "->", "=>", "*/",
	"(", ")", "[", "]", ",", ";", ".", "=", "<", ">", "+", "-", "*", "/", "%",
}

// strayHints are next steps for characters that no token starts with.
var strayHints = map[rune]string{
	'‘': "use plain quotes: '...'", '’': "use plain quotes: '...'",
	'“': "use plain quotes: '...'", '”': "use plain quotes: '...'",
	'!': "use NOT, or <> to compare",
	'&': "use AND",
	'|': "use OR, or || to join strings",
	'^': "use POWER(x, y)",
	'#': "a comment starts with --",
	'?': "parameters are not supported; write the value",
	':': "use :: to cast, or => to name an argument",
}

// lexer cuts a script into tokens. Text that is no token becomes an invalid token with an error,
// which the parser reports if it gets there.
type lexer struct {
	src    string
	pos    int
	tokens []token
	errors map[int32]*diag.Error // by the start of the invalid token
}

// tokenize returns the tokens of src; the last one is endOfScript, right after the last real token.
func tokenize(src string) ([]token, map[int32]*diag.Error) {
	l := &lexer{src: src, errors: make(map[int32]*diag.Error)}
	for l.skipBlank() {
		l.token()
	}
	end := int32(0)
	if n := len(l.tokens); n > 0 {
		end = l.tokens[n-1].end
	}
	return append(l.tokens, token{kind: endOfScript, start: end, end: end}), l.errors
}

// skipBlank moves past spaces and comments; false at the end of the script.
func (l *lexer) skipBlank() bool {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case unicode.IsSpace(r) || r == '\uFEFF': // a byte order mark is a space
			l.pos += size
		case strings.HasPrefix(rest, "--"):
			if i := strings.IndexByte(rest, '\n'); i >= 0 {
				l.pos += i + 1
			} else {
				l.pos = len(l.src)
			}
		case strings.HasPrefix(rest, "/*") && !strings.HasPrefix(rest, "/*+"):
			i := strings.Index(rest[2:], "*/")
			if i < 0 {
				l.unclosed("comment", "/*", "add */ where the comment ends")
				return false
			}
			l.pos += i + 4
		default:
			return true
		}
	}
	return false
}

// token reads the token at pos, which is neither blank nor the end.
func (l *lexer) token() {
	rest := l.src[l.pos:]
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case r == '\'':
		l.quoted(stringText, 1, "string")
	case (r == 'x' || r == 'X') && strings.HasPrefix(rest[1:], "'"):
		l.binary()
	case r == '`' || r == '"':
		l.quoted(quotedName, 1, "name")
	case startsWord(r):
		l.add(word, wordLength(rest))
	case isDigit(rest, 0) || r == '.' && isDigit(rest, 1):
		l.number(rest)
	case strings.HasPrefix(rest, "=="):
		l.invalid(2, syntaxErrorf(diag.Span{}, `unexpected "=="`).WithHint("use a single ="))
	default:
		for _, s := range symbols {
			if strings.HasPrefix(rest, s) {
				l.add(symbol, len(s))
				return
			}
		}
		l.invalid(size, syntaxErrorf(diag.Span{}, "unexpected character %q", rest[:size]).WithHint("%s", strayHints[r]))
	}
}

// quoted reads text up to the closing quote, which is written twice inside the text. The opening
// quote is the last of the first prefix bytes.
func (l *lexer) quoted(kind tokenKind, prefix int, what string) {
	rest := l.src[l.pos:]
	quote := rest[prefix-1]
	for i := prefix; i < len(rest); i++ {
		if rest[i] != quote {
			continue
		}
		if i+1 < len(rest) && rest[i+1] == quote {
			i++
			continue
		}
		if kind == quotedName && i == prefix {
			l.invalid(i+1, syntaxErrorf(diag.Span{}, "a name cannot be empty"))
			return
		}
		l.add(kind, i+1)
		return
	}
	l.unclosed(what, string(quote), "add "+string(quote)+" where it ends; inside it, a quote is written twice")
}

func (l *lexer) binary() {
	before := len(l.tokens)
	l.quoted(binaryText, 2, "binary string")
	t := &l.tokens[before]
	if t.kind != binaryText {
		return
	}
	digits := l.src[t.start+2 : t.end-1]
	if len(digits)%2 != 0 || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		t.kind = invalid
		l.errors[t.start] = syntaxErrorf(t.span(), "a binary string takes pairs of hexadecimal digits, found %s", l.src[t.start:t.end]).
			WithHint("for example X'00ff'")
	}
}

func (l *lexer) number(rest string) {
	n := skipDigits(rest, 0)
	if n < len(rest) && rest[n] == '.' {
		n = skipDigits(rest, n+1)
	}
	if n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
		sign := n + 1
		if sign < len(rest) && (rest[sign] == '+' || rest[sign] == '-') {
			sign++
		}
		if isDigit(rest, sign) {
			n = skipDigits(rest, sign)
		}
	}
	if tail := wordLength(rest[n:]); tail > 0 {
		l.invalid(n+tail, syntaxErrorf(diag.Span{}, "number %q runs into %q", rest[:n], rest[n:n+tail]).
			WithHint("put a space between them, or quotes around a name or a value such as '10s'"))
		return
	}
	l.add(number, n)
}

func (l *lexer) add(kind tokenKind, length int) {
	l.tokens = append(l.tokens, token{kind: kind, start: int32(l.pos), end: int32(l.pos + length)})
	l.pos += length
}

// invalid makes the next bytes an invalid token; the error points at all of it unless it has a place.
func (l *lexer) invalid(length int, err *diag.Error) {
	l.add(invalid, length)
	t := l.tokens[len(l.tokens)-1]
	if err.Span.IsZero() {
		err.Span = t.span()
	}
	l.errors[t.start] = err
}

// unclosed makes the rest of the script an invalid token; the error points at where it opens.
func (l *lexer) unclosed(what, open, hint string) {
	span := diag.Span{Start: l.pos, End: l.pos + len(open)}
	l.invalid(len(l.src)-l.pos, syntaxErrorf(span, "%s is not closed", what).WithHint("%s", hint))
}

func startsWord(r rune) bool { return r == '_' || unicode.IsLetter(r) }

// wordLength is the number of bytes of the bare word that s starts with; 0 if it starts with none.
func wordLength(s string) int {
	for i, r := range s {
		if startsWord(r) || i > 0 && (r == '$' || unicode.IsDigit(r) || unicode.In(r, unicode.Mn, unicode.Mc)) {
			continue
		}
		return i
	}
	return len(s)
}

func isDigit(s string, i int) bool { return i < len(s) && '0' <= s[i] && s[i] <= '9' }

func skipDigits(s string, i int) int {
	for isDigit(s, i) {
		i++
	}
	return i
}
