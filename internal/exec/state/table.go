package state

import (
	"encoding/binary"

	"github.com/penstock-io/penstock/internal/batch"
)

// Table maps keys to group numbers: the first key is group 0, the next new one group 1, and so on.
//
// It is open addressing with linear probing over slots that hold a piece of the hash and the group;
// the keys lie one after the other in an arena. At most half of the slots are used: past that,
// mispredicted probes cost more than the memory.
type Table struct {
	slots   []uint64 // hash>>32<<32 | group+1; 0: free
	hashes  []uint64 // by group
	offsets []int    // by group, and the end of the last
	arena   []byte
	null    int // group of the NULL key; -1: not seen
	// words says that every key has eight bytes, so that they are found and compared as words. That of
	// NULL has eight too, of no meaning.
	words bool
}

const minSlots = 64

// NewTable returns an empty table.
func NewTable() *Table {
	return &Table{slots: make([]uint64, minSlots), offsets: []int{0}, null: -1, words: true}
}

// NewTableFor returns an empty table with room for about so many groups.
func NewTableFor(groups int) *Table {
	t := NewTable()
	t.slots = make([]uint64, slotsFor(groups))
	t.hashes, t.offsets, t.arena = make([]uint64, 0, groups), append(make([]int, 0, groups+1), 0), make([]byte, 0, 8*groups)
	return t
}

// slotsFor is how many slots a table of so many groups has.
func slotsFor(groups int) int {
	slots := minSlots
	for slots < 2*groups {
		slots *= 2
	}
	return slots
}

// Len is the number of groups.
func (t *Table) Len() int { return len(t.hashes) }

// Groups looks up keys from to to-1, adding those that are new, and appends their group numbers to
// out.
func (t *Table) Groups(keys *Keys, from, to int, out []uint32) []uint32 {
	if t.words && keys.Words != nil {
		return t.wordGroups(keys, from, to, out)
	}
	data, offsets := keys.Data, keys.Offsets
	for i := from; i < to; i++ {
		if keys.Present != nil && !keys.Present.Get(i) {
			out = append(out, t.nullGroup())
			continue
		}
		hash := keys.Hashes[i]
		key := data[offsets[i]:offsets[i+1]]
		tag, mask := hash>>32<<32, uint64(len(t.slots)-1)
		for at := hash & mask; ; at = (at + 1) & mask {
			slot := t.slots[at]
			if slot == 0 {
				group := t.add(key, hash)
				t.slots[at] = tag | uint64(group+1)
				out = append(out, group)
				if 2*len(t.hashes) > len(t.slots) {
					t.grow()
				}
				break
			}
			if slot&^0xffffffff == tag {
				group := uint32(slot) - 1
				if string(t.arena[t.offsets[group]:t.offsets[group+1]]) == string(key) {
					out = append(out, group)
					break
				}
			}
		}
	}
	return out
}

// wordGroups is Groups where all keys have eight bytes.
func (t *Table) wordGroups(keys *Keys, from, to int, out []uint32) []uint32 {
	for i := from; i < to; i++ {
		if keys.Present != nil && !keys.Present.Get(i) {
			out = append(out, t.nullGroup())
			continue
		}
		hash, word := keys.Hashes[i], keys.Words[i]
		slots, tag, mask := t.slots, hash>>32<<32, uint64(len(t.slots)-1)
		for at := hash & mask; ; at = (at + 1) & mask {
			slot := slots[at]
			if slot == 0 {
				group := t.add(keys.Data[8*i:8*i+8], hash)
				slots[at] = tag | uint64(group+1)
				out = append(out, group)
				if 2*len(t.hashes) > len(slots) {
					t.grow()
				}
				break
			}
			if slot&^0xffffffff == tag {
				group := uint32(slot) - 1
				if binary.LittleEndian.Uint64(t.arena[8*int(group):]) == word {
					out = append(out, group)
					break
				}
			}
		}
	}
	return out
}

func (t *Table) add(key []byte, hash uint64) uint32 {
	t.words = t.words && len(key) == 8
	group := len(t.hashes)
	t.hashes = append(t.hashes, hash)
	t.arena = append(t.arena, key...)
	t.offsets = append(t.offsets, len(t.arena))
	return uint32(group)
}

// nullGroup returns the group of the NULL key. It has no slot: only null points at it.
func (t *Table) nullGroup() uint32 {
	if t.null < 0 {
		t.null = int(t.add(make([]byte, 8), nullHash))
	}
	return uint32(t.null)
}

func (t *Table) grow() { t.fill(2 * len(t.slots)) }

// fill makes new slots for all groups.
func (t *Table) fill(slots int) {
	t.slots = make([]uint64, slots)
	mask := uint64(len(t.slots) - 1)
	for group, hash := range t.hashes {
		if group == t.null {
			continue
		}
		at := hash & mask
		for t.slots[at] != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = hash>>32<<32 | uint64(group+1)
	}
}

// Size is the memory that the table takes, in bytes.
func (t *Table) Size() int {
	return 8*cap(t.slots) + 8*cap(t.hashes) + 8*cap(t.offsets) + cap(t.arena)
}

// Columns decodes the keys of all groups, in group order, into the encoder's columns.
func (t *Table) Columns(e *Encoder) []batch.Column {
	groups := make([]uint32, len(t.hashes))
	for group := range groups {
		groups[group] = uint32(group)
	}
	return t.ColumnsOf(e, groups)
}

// ColumnsOf decodes the keys of the given groups into the encoder's columns.
func (t *Table) ColumnsOf(e *Encoder, groups []uint32) []batch.Column {
	builders := make([]batch.Builder, len(e.types))
	for i, typ := range e.types {
		builders[i] = batch.NewBuilder(typ)
	}
	for _, group := range groups {
		key := t.arena[t.offsets[group]:t.offsets[group+1]]
		if len(builders) == 1 {
			decodeSingle(builders[0], key, int(group) == t.null)
			continue
		}
		for _, builder := range builders {
			present := key[0] == 1
			key = decode(builder, key[1:], present)
		}
	}
	columns := make([]batch.Column, len(builders))
	for i, builder := range builders {
		columns[i] = builder.Finish()
	}
	return columns
}

// Copy adds the key of a group of from and returns its group here.
func (t *Table) Copy(from *Table, group uint32) uint32 {
	if int(group) == from.null {
		return t.nullGroup()
	}
	hash, key := from.hashes[group], from.arena[from.offsets[group]:from.offsets[group+1]]
	tag, mask := hash>>32<<32, uint64(len(t.slots)-1)
	for at := hash & mask; ; at = (at + 1) & mask {
		slot := t.slots[at]
		if slot == 0 {
			added := t.add(key, hash)
			t.slots[at] = tag | uint64(added+1)
			if 2*len(t.hashes) > len(t.slots) {
				t.grow()
			}
			return added
		}
		if slot&^0xffffffff == tag {
			known := uint32(slot) - 1
			if string(t.arena[t.offsets[known]:t.offsets[known+1]]) == string(key) {
				return known
			}
		}
	}
}

// Hash is the hash of the key of a group; 0 for the NULL key.
func (t *Table) Hash(group uint32) uint64 { return t.hashes[group] }
