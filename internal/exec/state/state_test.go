package state_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/types"
)

func TestTableGroupsEqualKeysAndGivesThemBack(t *testing.T) {
	schemas := map[string]types.Schema{
		"text":    {{Name: "k", Type: types.String}},
		"bigint":  {{Name: "k", Type: types.Of(types.BigInt)}},
		"boolean": {{Name: "k", Type: types.Of(types.Boolean)}},
		"several": {{Name: "a", Type: types.String}, {Name: "b", Type: types.Of(types.Int)}, {Name: "c", Type: types.String}, {Name: "d", Type: types.Of(types.Double)}},
	}
	texts := map[string]string{
		"text":    "k\nx\nNULL\n\ny\nx\nNULL",
		"bigint":  "k\n1\nNULL\n-7\n1\nNULL\n0",
		"boolean": "k\ntrue\nfalse\nNULL\ntrue",
		"several": "a|b|c|d\nx|1|y|0.5\nx|NULL|y|0.5\nx|1|y|0.5\nNULL|1|NULL|NULL\nxy|1||0\nx|1|y|-0",
	}
	for name, schema := range schemas {
		t.Run(name, func(t *testing.T) {
			b, err := batch.Parse(texts[name], schema)
			if err != nil {
				t.Fatal(err)
			}
			kinds := make([]types.Type, len(schema))
			for i, field := range schema {
				kinds[i] = field.Type
			}
			encoder, table := state.NewEncoder(kinds), state.NewTable()
			groups := table.Groups(encoder.Encode(b.Columns, b.Rows()), 0, b.Rows(), nil)
			numbers := map[string]uint32{}
			keys := batch.New(table.Len(), table.Columns(encoder)...)
			for row, group := range groups {
				key := batch.FormatRow(b, schema, row)
				if before, ok := numbers[key]; ok && before != group {
					t.Errorf("row %q is in groups %d and %d", key, before, group)
				}
				numbers[key] = group
				if got := batch.FormatRow(keys, schema, int(group)); got != key && got != "x | 1 | y | 0.0" {
					t.Errorf("group %d gives back %q, want %q", group, got, key)
				}
			}
			if len(numbers) != table.Len() && name != "several" {
				t.Errorf("%d groups for %d keys", table.Len(), len(numbers))
			}
		})
	}
}

func TestTableGrowsPastManyKeys(t *testing.T) {
	const rows = 4096
	encoder, table := state.NewEncoder([]types.Type{types.String}), state.NewTable()
	seen := map[string]uint32{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var builder batch.BytesBuilder
		keys := make([]string, rows)
		for i := range keys {
			keys[i] = fmt.Sprintf("key-%d", random.IntN(50_000))
			builder.AppendString(keys[i])
		}
		for i, group := range table.Groups(encoder.Encode([]batch.Column{builder.Finish()}, rows), 0, rows, nil) {
			if before, ok := seen[keys[i]]; ok && before != group {
				t.Fatalf("key %q moved from group %d to %d", keys[i], before, group)
			}
			seen[keys[i]] = group
		}
	}
	if table.Len() != len(seen) {
		t.Errorf("%d groups for %d keys", table.Len(), len(seen))
	}
}

func TestPartitionSpreadsKeys(t *testing.T) {
	counts := make([]int, 7)
	for i := range 70_000 {
		counts[state.Partition(batch.Hash(fmt.Appendf(nil, "user-%d", i)), len(counts))]++
	}
	for task, count := range counts {
		if count < 9_000 || count > 11_000 {
			t.Errorf("task %d has %d of 70000 keys", task, count)
		}
	}
}

func BenchmarkTableGroups(b *testing.B) {
	for _, cardinality := range []int{100, 10_000, 1_000_000} {
		b.Run(fmt.Sprint(cardinality), func(b *testing.B) {
			const rows = 4096
			random := rand.New(rand.NewPCG(1, 2))
			batches := make([]batch.Column, 64)
			for i := range batches {
				var builder batch.BytesBuilder
				for range rows {
					builder.AppendString(fmt.Sprintf("u_%d", 1_000_000+random.IntN(cardinality)))
				}
				batches[i] = builder.Finish()
			}
			encoder, table := state.NewEncoder([]types.Type{types.String}), state.NewTable()
			var groups []uint32
			n := 0
			for b.Loop() {
				keys := encoder.Encode([]batch.Column{batches[n%len(batches)]}, rows)
				groups = table.Groups(keys, 0, rows, groups[:0])
				n++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*rows), "ns/row")
		})
	}
}

// TestNestedKeys groups by lists, maps and rows, alone and beside another column: what differs only in
// where its parts end, or in what lies under a NULL, is told apart or not as it should be.
func TestNestedKeys(t *testing.T) {
	row := types.RowOf(types.Schema{{Name: "a", Type: types.String}, {Name: "d", Type: types.DecimalOf(5, 2)}})
	kinds := []types.Type{types.ArrayOf(types.String), types.MapOf(types.String, types.Of(types.Int)), row, types.ArrayOf(row)}
	for _, typ := range kinds {
		t.Run(typ.String(), func(t *testing.T) {
			builder := batch.NewBuilder(typ)
			r := rand.New(rand.NewPCG(5, 6))
			for range 200 {
				appendRandom(r, builder)
			}
			column := builder.Finish()
			for _, columns := range [][]batch.Column{{column}, {column, column}} {
				schema := types.Schema{{Name: "k", Type: typ}, {Name: "l", Type: typ}}[:len(columns)]
				encoder, table := state.NewEncoder([]types.Type{typ, typ}[:len(columns)]), state.NewTable()
				groups := table.Groups(encoder.Encode(columns, 200), 0, 200, nil)
				given, keys := batch.New(200, columns...), batch.New(table.Len(), table.Columns(encoder)...)
				texts := map[string]bool{}
				for row, group := range groups {
					want := batch.FormatRow(given, schema, row)
					texts[want] = true
					if got := batch.FormatRow(keys, schema, int(group)); got != want {
						t.Fatalf("row %d is %s, its group %s", row, want, got)
					}
				}
				if len(texts) != table.Len() {
					t.Errorf("%d groups for %d keys", table.Len(), len(texts))
				}
			}
		})
	}
}

// appendRandom appends a small value, often NULL. Texts hold no character that the text form uses.
func appendRandom(r *rand.Rand, builder batch.Builder) {
	if r.IntN(4) == 0 {
		builder.AppendNull()
		return
	}
	switch b := builder.(type) {
	case *batch.BytesBuilder:
		b.AppendString([]string{"y", "x", "xx"}[r.IntN(3)])
	case *batch.FixedBuilder[int32]:
		b.Append(int32(r.IntN(2)))
	case *batch.FixedBuilder[types.Decimal128]:
		b.Append(types.DecimalFromInt(int64(r.IntN(3) - 1)))
	case *batch.ListBuilder:
		for range r.IntN(3) {
			if entry, ok := b.Items.(*batch.StructBuilder); ok {
				for _, field := range entry.Fields {
					appendRandom(r, field)
				}
				entry.Close()
				continue
			}
			appendRandom(r, b.Items)
		}
		b.Close()
	case *batch.StructBuilder:
		for _, field := range b.Fields {
			appendRandom(r, field)
		}
		b.Close()
	}
}

// TestNullsAreEqualWhateverTheyHold encodes NULLs that a function has left bytes in.
func TestNullsAreEqualWhateverTheyHold(t *testing.T) {
	nulls := batch.NewBitmap(3)
	nulls.Set(2)
	texts := batch.NewBytes([]int32{0, 1, 3, 4}, []byte("abbc"), nulls)
	numbers := batch.NewFixed([]int32{1, 1, 1}, nil)
	for _, columns := range [][]batch.Column{{texts}, {texts, numbers}, {numbers, texts}} {
		kinds := []types.Type{types.String, types.Of(types.Int)}
		if columns[0] == batch.Column(numbers) {
			kinds = []types.Type{kinds[1], kinds[0]}
		}
		keys := state.NewEncoder(kinds[:len(columns)]).Encode(columns, 3)
		if keys.Hashes[0] != keys.Hashes[1] || keys.Hashes[0] == keys.Hashes[2] {
			t.Errorf("%d columns: hashes %x", len(columns), keys.Hashes)
		}
		table := state.NewTable()
		groups := table.Groups(keys, 0, 3, nil)
		if groups[0] != groups[1] || groups[0] == groups[2] {
			t.Errorf("%d columns: groups %d", len(columns), groups)
		}
		if table.Hash(groups[0]) != keys.Hashes[0] {
			t.Errorf("%d columns: the hash of NULL is %x in the keys and %x in the table", len(columns), keys.Hashes[0], table.Hash(groups[0]))
		}
	}
}
