// Package option is typed option tables: every key that a connector, a format or the session
// understands is one row, with its aliases, type, default, check and doc line.
//
// Parsing, validation, "did you mean" and the reference documentation come from these rows. Invariant: a key that stands in a table is read by the code it configures; Values records
// which rows were read, and tests assert that none is left out.
package option

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
)

// Type is the type of an option's value.
type Type uint8

// The types of option values and what users write for them.
const (
	String       Type = iota // any text
	Bool                     // true, false
	Int                      // a whole number
	Float                    // a number; a comma is read as a point
	Duration                 // '10 s', '200ms', 'PT1M'
	Milliseconds             // a plain number of milliseconds, or a Duration text; read with Values.Duration
	Size                     // '5 mb' or a plain number of bytes; read with Values.Int
	Enum                     // one of Row.Enum, in any case; read with Values.String in Row.Enum's spelling
)

var typeNames = [...]string{"String", "Boolean", "Integer", "Double", "Duration", "Long (ms)", "MemorySize", "Enum"}

// String returns the name of the type as the reference documentation writes it.
func (t Type) String() string { return typeNames[t] }

// Row is one option.
type Row struct {
	Key      string   // canonical key
	Aliases  []string // other spellings of the same option
	Type     Type
	Default  string   // as a user would write it; empty: no default
	Enum     []string // allowed values of an Enum
	Required bool
	Secret   bool // never shown: printed as ******
	Prefix   bool // Key ends in '.', and any key that begins with it belongs to this row; see Values.WithPrefix
	Doc      string
	// Check looks at the parsed text; the error says what is wrong with the value.
	Check func(text string) error
}

// Redacted stands where the value of a secret would.
const Redacted = "******"

// Table is a list of rows.
type Table []Row

// Given is one option as a user wrote it.
type Given struct {
	Key, Value         string
	KeySpan, ValueSpan diag.Span // zero when not from a SQL text
}

// Values are checked option values. They are safe for concurrent use.
type Values struct {
	owner  string // who is configured, for messages: table "clicks"
	rows   map[string]*Row
	text   map[string]Given // by canonical key; prefix rows by full key
	owners map[string]*Row  // row of each key in text

	mu   sync.Mutex // guards read
	read map[string]bool
}

// Parse checks the given options against the tables: every key must be known, every required row
// present, every value well-formed, and two spellings of one option must agree. owner names what is
// configured, such as `table "clicks"`. All faults are reported together, as *diag.Error.
func Parse(owner string, given []Given, tables ...Table) (*Values, error) {
	v := &Values{owner: owner, rows: map[string]*Row{}, text: map[string]Given{}, owners: map[string]*Row{}, read: map[string]bool{}}
	names, malformed := map[string]*Row{}, map[string]bool{}
	var prefixes []*Row
	for _, table := range tables {
		for i := range table {
			row := &table[i]
			v.rows[row.Key] = row
			if row.Prefix {
				prefixes = append(prefixes, row)
				continue
			}
			for _, name := range append([]string{row.Key}, row.Aliases...) {
				names[strings.ToLower(name)] = row
			}
		}
	}
	var faults []error
	for _, g := range given {
		if err := v.set(g, names, prefixes); err != nil {
			faults = append(faults, err)
			if row := names[strings.ToLower(g.Key)]; row != nil {
				malformed[row.Key] = true
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(v.rows)) {
		row := v.rows[key]
		if row.Required && !malformed[key] && !v.given(row) {
			faults = append(faults, diag.Errorf(diag.Option, diag.Span{}, "%s has no option %q", owner, key).
				WithHint("add '%s' = '...' to WITH: %s", key, row.Doc))
		}
	}
	return v, joinFaults(faults)
}

// given reports whether the user gave the option, or one of those that a prefix row stands for.
func (v *Values) given(row *Row) bool {
	for _, owner := range v.owners {
		if owner == row {
			return true
		}
	}
	return false
}

func (v *Values) set(g Given, names map[string]*Row, prefixes []*Row) error {
	row, key := names[strings.ToLower(g.Key)], ""
	if row != nil {
		key = row.Key
	} else {
		for _, prefix := range prefixes { // the longest that fits
			if hasPrefixFold(g.Key, prefix.Key) && (row == nil || len(prefix.Key) > len(row.Key)) {
				row, key = prefix, prefix.Key+g.Key[len(prefix.Key):]
			}
		}
	}
	if row == nil {
		err := diag.Errorf(diag.Option, g.KeySpan, "%s has an unknown option %q", v.owner, g.Key)
		err.Hint = diag.DidYouMean(g.Key, slices.Sorted(maps.Keys(names)))
		return err
	}
	if err := row.check(g.Value); err != nil {
		shown := g.Value
		if row.Secret {
			shown, err = Redacted, errors.New(redacted(err.Error(), g.Value))
		}
		return diag.Errorf(diag.Option, g.ValueSpan, "option %q of %s: bad value %q: %w", g.Key, v.owner, shown, err).
			WithHint("%s", row.expects())
	}
	if before, ok := v.text[key]; ok && before.Value != g.Value {
		return diag.Errorf(diag.Option, g.KeySpan, "%s sets option %q twice, as %q and as %q, with different values", v.owner, key, before.Key, g.Key).
			WithHint("keep one of the two")
	}
	v.text[key], v.owners[key] = g, row
	return nil
}

// hasPrefixFold reports whether key begins with prefix, in any case, and goes on after it.
func hasPrefixFold(key, prefix string) bool {
	return len(key) > len(prefix) && strings.EqualFold(key[:len(prefix)], prefix)
}

// redacted returns text with stars in place of the secret.
func redacted(text, secret string) string {
	if secret == "" {
		return text
	}
	return strings.ReplaceAll(text, secret, Redacted)
}

// expects says what a value of the row looks like.
func (r *Row) expects() string {
	switch r.Type {
	case Bool:
		return "use 'true' or 'false'"
	case Int:
		return "use a whole number, such as '" + cmp.Or(r.Default, "10") + "'"
	case Float:
		return "use a number, such as '" + cmp.Or(r.Default, "1.5") + "'"
	case Duration:
		return "use a number and a unit, such as '" + cmp.Or(r.Default, "10 s") + "'"
	case Milliseconds:
		return "use a number of milliseconds, such as '" + cmp.Or(r.Default, "1000") + "', or a duration, such as '1 s'"
	case Size:
		return "use a size, such as '5 mb', or a number of bytes"
	case Enum:
		return "use one of " + strings.Join(r.Enum, ", ")
	case String:
	}
	return r.Doc
}

func (r *Row) check(text string) error {
	var err error
	if text == "" && r.Type != String {
		return errors.New("it is empty")
	}
	switch r.Type {
	case Bool:
		_, err = parseBool(text)
	case Int:
		_, err = parseInt(text)
	case Float:
		_, err = parseFloat(text)
	case Duration, Milliseconds:
		_, err = ParseDuration(text)
	case Size:
		_, err = ParseSize(text)
	case Enum:
		_, err = r.enum(text)
	case String:
	}
	if err == nil && r.Check != nil {
		err = r.Check(text)
	}
	return err
}

func (r *Row) enum(text string) (string, error) {
	for _, allowed := range r.Enum {
		if strings.EqualFold(text, allowed) {
			return allowed, nil
		}
	}
	return "", fmt.Errorf("not one of %s", strings.Join(r.Enum, ", "))
}

// lookup returns the text of an option, or its default, and notes that it was read.
func (v *Values) lookup(key string, want ...Type) string {
	row, ok := v.rows[key]
	if !ok {
		panic("option: no row for key " + key)
	}
	if !slices.Contains(want, row.Type) {
		panic("option: key " + key + " is a " + row.Type.String())
	}
	v.noteRead(key)
	if g, ok := v.text[key]; ok {
		return g.Value
	}
	return row.Default
}

func (v *Values) noteRead(key string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.read[key] = true
}

// IsSet reports whether the user gave the option, under any of its names.
func (v *Values) IsSet(key string) bool {
	v.noteRead(key)
	_, ok := v.text[key]
	return ok
}

// Span returns where the value of the option was written; zero if it was not.
func (v *Values) Span(key string) diag.Span { return v.text[key].ValueSpan }

// String returns the text of a String or Enum option.
func (v *Values) String(key string) string {
	text := v.lookup(key, String, Enum)
	if row := v.rows[key]; row.Type == Enum && text != "" {
		text, _ = row.enum(text) // checked by Parse
	}
	return text
}

// Bool returns a Bool option; false when it has neither value nor default.
func (v *Values) Bool(key string) bool {
	b, _ := parseBool(v.lookup(key, Bool)) // checked by Parse
	return b
}

// Int returns an Int option, or a Size in bytes; 0 when it has neither value nor default.
func (v *Values) Int(key string) int64 {
	text := v.lookup(key, Int, Size)
	if v.rows[key].Type == Size {
		n, _ := ParseSize(text) // checked by Parse
		return n
	}
	n, _ := parseInt(text) // checked by Parse
	return n
}

// Float returns a Float option; 0 when it has neither value nor default.
func (v *Values) Float(key string) float64 {
	f, _ := parseFloat(v.lookup(key, Float)) // checked by Parse
	return f
}

// Duration returns a Duration or Milliseconds option; 0 when it has neither value nor default.
func (v *Values) Duration(key string) time.Duration {
	text := v.lookup(key, Duration, Milliseconds)
	if text == "" {
		return 0
	}
	d, _ := ParseDuration(text) // checked by Parse
	return d
}

// WithPrefix returns the given options of a Prefix row, by the rest of their keys.
func (v *Values) WithPrefix(key string) map[string]string {
	v.noteRead(key)
	out := map[string]string{}
	for full, g := range v.text {
		if row := v.owners[full]; row.Prefix && row.Key == key {
			out[full[len(key):]] = g.Value
		}
	}
	return out
}

// Unread returns the keys of the rows that no code has asked for, sorted. For tests.
func (v *Values) Unread() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var keys []string
	for key := range v.rows {
		if !v.read[key] {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true":
		return true, nil
	case "false", "":
		return false, nil
	}
	return false, fmt.Errorf("not a boolean")
}

func parseInt(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("not a whole number")
	}
	return n, nil
}

func parseFloat(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	f, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("not a number")
	}
	return f, nil
}
