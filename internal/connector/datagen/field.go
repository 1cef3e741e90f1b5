package datagen

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

const (
	kindRandom   = "random"
	kindSequence = "sequence"
)

// attributes of a column, by what understands them.
var (
	attributeNames   = []string{"kind", "min", "max", "start", "end", "length", "max-past", "null-rate"}
	numberAttributes = []string{"kind", "min", "max", "null-rate"}
	textAttributes   = []string{"kind", "length", "null-rate"}
	timeAttributes   = []string{"kind", "max-past", "null-rate"}
	plainAttributes  = []string{"kind", "null-rate"}
	orderAttributes  = []string{"kind", "start", "end"}
)

// generators are the columns of a table.
type generators struct {
	columns []generator
	end     int64 // the row after the last one that every sequence has
}

// newGenerators reads the options of the table and returns generators for the wanted columns.
// Sequences of the others count for the end.
func newGenerators(table connector.Table, wanted []connector.Column) (generators, error) {
	g := generators{end: math.MaxInt64}
	fields, faults := splitFields(table)
	made := map[string]generator{}
	seed := table.Options.Int(optionSeed)
	for _, column := range table.Columns {
		f := field{column: column, given: fields[column.Name], options: table.Options}
		made[column.Name] = f.generator(seed)
		g.end = min(g.end, made[column.Name].rows)
		faults = append(faults, f.faults...)
	}
	for _, column := range wanted {
		g.columns = append(g.columns, made[column.Name])
	}
	return g, errors.Join(faults...)
}

// splitFields returns the attributes of each column.
func splitFields(table connector.Table) (fields map[string]map[string]string, faults []error) {
	var names []string
	fields = map[string]map[string]string{}
	for _, column := range table.Columns {
		names = append(names, column.Name)
		fields[column.Name] = map[string]string{}
	}
	given := table.Options.WithPrefix(optionFields)
	for _, key := range slices.Sorted(maps.Keys(given)) {
		dot := strings.LastIndexByte(key, '.')
		name, attribute := key[:max(dot, 0)], key[dot+1:]
		span := table.Options.Span(optionFields + key)
		switch {
		case dot < 0, !slices.Contains(attributeNames, attribute):
			err := diag.Errorf(diag.Option, span, "option %q: there is no attribute %q of a column", optionFields+key, attribute)
			err.Hint = diag.DidYouMean(attribute, attributeNames)
			faults = append(faults, err)
		case fields[name] == nil:
			err := diag.Errorf(diag.Option, span, "option %q: table %q has no column %q", optionFields+key, table.Name, name)
			err.Hint = diag.DidYouMean(name, names)
			faults = append(faults, err)
		default:
			fields[name][attribute] = given[key]
		}
	}
	return fields, faults
}

// field is a column with its attributes while they are read.
type field struct {
	column  connector.Column
	given   map[string]string
	options *option.Values
	faults  []error
}

func (f *field) fail(attribute, format string, args ...any) {
	key := optionFields + f.column.Name + "." + attribute
	err := diag.Errorf(diag.Option, f.options.Span(key), format, args...)
	err.Msg = "option " + strconv.Quote(key) + ": " + err.Msg
	f.faults = append(f.faults, err)
}

// only reports the attributes that have no effect on what the column holds.
func (f *field) only(attributes []string) {
	for _, attribute := range slices.Sorted(maps.Keys(f.given)) {
		if !slices.Contains(attributes, attribute) {
			f.fail(attribute, "a %s column of type %s has no %s", f.kind(), f.column.Type.Nullable(), attribute)
		}
	}
}

func (f *field) kind() string { return strings.ToLower(cmpOr(f.given["kind"], kindRandom)) }

func cmpOr(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func (f *field) integer(attribute string, otherwise int64, bits int) int64 {
	text, ok := f.given[attribute]
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		f.fail(attribute, "%q is not a value of %s", text, f.column.Type.Nullable())
	}
	return n
}

func (f *field) float(attribute string, otherwise float64, bits int) float64 {
	text, ok := f.given[attribute]
	if !ok {
		return otherwise
	}
	v, err := strconv.ParseFloat(text, bits)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		f.fail(attribute, "%q is not a value of %s", text, f.column.Type.Nullable())
	}
	return v
}

// decimal returns an attribute in units of the last digit of a DECIMAL column.
func (f *field) decimal(attribute string, otherwise int64) int64 {
	text, ok := f.given[attribute]
	if !ok {
		return otherwise
	}
	t := f.column.Type
	if v, ok := types.ParseDecimal(text, t.Precision, t.Scale); ok {
		if units, ok := v.Int64(); ok {
			return units
		}
	}
	f.fail(attribute, "%q is not a value of %s", text, t.Nullable())
	return otherwise
}

func (f *field) length(otherwise int) int {
	if precision := f.column.Type.Precision; precision > 0 {
		otherwise = precision
	}
	text, ok := f.given["length"]
	if !ok {
		return otherwise
	}
	const most = 1 << 20
	n, err := strconv.Atoi(text)
	switch {
	case err != nil || n < 1 || n > most:
		f.fail("length", "%q is not a length from 1 to %d", text, most)
	case f.column.Type.Precision > 0 && n > f.column.Type.Precision:
		f.fail("length", "%d is more than %s holds", n, f.column.Type.Nullable())
	}
	return n
}

func (f *field) maxPast() int64 {
	text, ok := f.given["max-past"]
	if !ok {
		return 0
	}
	d, err := option.ParseDuration(text)
	if err != nil || d < 0 {
		f.fail("max-past", "%q is not a duration", text)
	}
	return d.Microseconds()
}

func (f *field) nullRate() float64 {
	text, ok := f.given["null-rate"]
	if !ok {
		return 0
	}
	rate, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || !(rate >= 0 && rate <= 1):
		f.fail("null-rate", "%q is not a number from 0 to 1", text)
	case rate > 0 && f.column.Type.NotNull:
		f.fail("null-rate", "the column is NOT NULL")
	}
	return rate
}

// clock is what dates and times depend on.
type clock struct {
	due  func(row int64) int64 // when a row is due, in microseconds since the epoch
	zone *time.Location
}

// local returns the wall clock in the zone.
func (c clock) local(micros int64) int64 { return types.ToWall(micros, c.zone) }
