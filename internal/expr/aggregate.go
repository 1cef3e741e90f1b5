package expr

import (
	"strings"
	"sync"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// AggregateFunction is one aggregate: a row of the aggregate table.
type AggregateFunction struct {
	Name    string
	Aliases []string
	Doc     string // one sentence
	Example string // a call on the columns of AggregateExampleRows
	Result  string // what the example gives, as text
	// Signatures are tried in order.
	Signatures []AggregateSignature
	Star       bool // may be called with *
	Nulls      NullRule
	// Ordered says that the result depends on the order of the rows: the call may have ORDER BY.
	Ordered    bool
	Duplicates DuplicateRule
	// OnNull says that the choice about NULLs is written NULL ON NULL (respect them) or ABSENT ON NULL
	// (ignore them), behind the arguments.
	OnNull bool
	// Small says that the state of a group has a few words, however many rows there are: a frame of
	// OVER then keeps one for each of its rows instead of looking at all rows again.
	Small bool
}

// AggregateExampleRows describes the rows that the examples of aggregates are about.
const AggregateExampleRows = "rows of `word` and `n`: `('b', 3)`, `('a', 1)`, `('b', NULL)`, `('c', 6)`"

// AggregateSignature is one way to call an aggregate.
type AggregateSignature struct {
	Params   []Param
	Optional int // how many of the last Params may be left out
	// Type gives the result type for the types of the arguments, as they were converted.
	Type func(args []types.Type) types.Type
	// New makes an empty accumulator for a call.
	New func(a *Aggregate) Accumulator
}

// NullRule says what an aggregate does with rows whose argument is NULL.
type NullRule uint8

// The rules for NULLs. Where a call may choose, it does with IGNORE NULLS and RESPECT NULLS.
const (
	NullsSkipped   NullRule = iota // always
	NullsIgnored                   // unless the call says RESPECT NULLS
	NullsRespected                 // unless the call says IGNORE NULLS
)

// DuplicateRule says what DISTINCT means to an aggregate.
type DuplicateRule uint8

// The rules for DISTINCT.
const (
	DuplicatesCount    DuplicateRule = iota // DISTINCT leaves them out
	DuplicatesHarmless                      // the result is the same without them
	DuplicatesRefused                       // DISTINCT has no meaning
)

// Accumulator is the state of one aggregate for all groups of a table, in arrays by group number.
type Accumulator interface {
	// Resize makes room for groups 0 to groups-1; new groups are empty.
	Resize(groups int)
	// Add adds row from+i of arg to group groups[i], for every i whose row is valid. arg is nil for
	// COUNT(*), and otherwise the column of Aggregate.Arg. Groups were made room for.
	Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error
	// Merge adds group at of from, an accumulator of the same call and perhaps the same one, to group.
	// Both were made room for; at stays as it is. Where the order of rows matters and nothing says
	// otherwise, the rows of at come after those of group.
	Merge(from Accumulator, at, group uint32) error
	// Result returns one value per group, for the first groups groups.
	Result(groups int) batch.Column
	// State returns the state of the first groups groups as columns, one value per group, which share
	// nothing that changes with the accumulator. How many columns and of which types is the
	// accumulator's own affair, but stays: they are stored.
	State(groups int) []batch.Column
	// Load takes over what State returned, in the place of all groups. It fails if the columns cannot
	// be from an accumulator of the same call.
	Load(columns []batch.Column) error
	// Size is the memory that the state takes, in bytes.
	Size() int
}

// LookupAggregate returns the aggregate function with the name, or nil.
func LookupAggregate(name string) *AggregateFunction {
	return aggregatesByName()[strings.ToUpper(name)]
}

var aggregatesByName = sync.OnceValue(func() map[string]*AggregateFunction {
	byName := map[string]*AggregateFunction{}
	for _, f := range AggregateFunctions() {
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if byName[name] != nil {
				panic("expr: two aggregates named " + name)
			}
			byName[name] = f
		}
	}
	return byName
})

// Usage returns how the function is called, one text per signature: LISTAGG(text [, separator]).
func (f *AggregateFunction) Usage() []string {
	var out []string
	if f.Star {
		out = append(out, f.Name+"(*)")
	}
	for _, s := range f.Signatures {
		out = append(out, f.Name+"("+usageOf(s.Params, s.Optional)+")")
	}
	return out
}
