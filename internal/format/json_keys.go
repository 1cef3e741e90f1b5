package format

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/rawjson"
)

// maxLearned bounds the keys that are remembered although nobody wants them.
const maxLearned = 192

// maxLearnedSize is the longest such key, in bytes.
const maxLearnedSize = 64

// There are 1<<guessBits guesses at the next key, one for each place in a record; places share one
// when their hashes collide.
const guessBits = 10

// keyTable knows the wanted keys. Because producers write their fields in the same order again and
// again, it also remembers which key followed two others: mostly a key is recognised by comparing
// it with the expected one, before its end has even been looked for. Two keys, and not one, because
// different producers often write to the same stream.
type keyTable struct {
	// keys[0] stands for the beginning of a record and for keys that are not known. As a guess it
	// matches only a control character, with a size of 0: the scan fails on the same character next.
	keys    []key
	guesses [1 << guessBits]guess
	index   []int32 // open addressing by hash; 0: free
	learned int
	scratch []byte
}

// guess is two keys that may come next, the likelier one first.
type guess struct{ first, second int32 }

// place is the last two keys of a record, the latest in the lower half; 0 at its beginning.
type place uint32

func (p place) then(key int32) place { return p<<16 | place(key) }

func (p place) hash() uint32 { return uint32(p) * 0x9e3779b1 >> (32 - guessBits) }

// key is a known key.
type key struct {
	head [2]uint64 // the first 16 bytes of "name": as records write it
	mask [2]uint64 // which of those there are
	tail []byte    // the bytes after those
	size int       // of them all
	slot int32     // the wanted field; negative: skipped
	name string
}

func newKeyTable(names []string) keyTable {
	t := keyTable{keys: []key{{slot: -1, head: [2]uint64{1}, mask: [2]uint64{^uint64(0)}}}}
	size := 512
	for size < 4*(len(names)+maxLearned) {
		size *= 2
	}
	t.index = make([]int32, size)
	for slot, name := range names {
		t.add(name, slot)
	}
	return t
}

// matches reports whether the key, its quotes and its colon stand at i, where the 16 bytes x and y
// stand.
func (k *key) matches(b []byte, i int, x, y uint64) bool {
	return (x^k.head[0])&k.mask[0]|(y^k.head[1])&k.mask[1] == 0 && (k.tail == nil || bytes.HasPrefix(b[i+16:], k.tail))
}

// find returns the key that stands at i, where the first guess was wrong, and the position behind
// its colon.
func (t *keyTable) find(b []byte, i int, at place) (id int32, end int) {
	g := &t.guesses[at.hash()]
	if k := &t.keys[g.second]; k.matches(b, i, load(b, i), load(b, i+8)) {
		g.first, g.second = g.second, g.first
		return g.first, i + k.size
	}
	if b[i] != '"' {
		return 0, ^i
	}
	end, what := stringEnd(b, i+1)
	if end < 0 {
		return 0, end
	}
	if id = t.identify(b[i+1:end], what); id != 0 {
		g.first, g.second = id, g.first
	}
	if i = space(b, end+1); b[i] != ':' {
		return 0, ^i
	}
	return id, i + 1
}

// identify returns the key with the name as it stands in a record; 0: it is not known.
func (t *keyTable) identify(name []byte, what kind) int32 {
	if what == kindEscaped || !utf8.Valid(name) {
		t.scratch = rawjson.AppendUnescaped(t.scratch[:0], name)
		t.scratch = appendValid(t.scratch, 0)
		return t.lookup(t.scratch)
	}
	id := t.lookup(name)
	if id == 0 && t.learned < maxLearned && len(name) <= maxLearnedSize && len(t.keys) < 1<<16 {
		t.learned++
		id = t.add(string(name), -1)
	}
	return id
}

func (t *keyTable) lookup(name []byte) int32 {
	mask := uint32(len(t.index) - 1)
	for at := hashKey(name) & mask; ; at = (at + 1) & mask {
		id := t.index[at]
		if id == 0 || t.keys[id].name == string(name) {
			return id
		}
	}
}

func (t *keyTable) add(name string, slot int) int32 {
	id := len(t.keys)
	k := key{name: name, slot: int32(slot), head: t.keys[0].head, mask: t.keys[0].mask}
	special := func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError }
	if !strings.ContainsFunc(name, special) { // as it is in a record, so that it can be expected
		quoted := []byte(`"` + name + `":`)
		k.size = len(quoted)
		if k.size > 16 {
			k.tail = quoted[16:]
		}
		var head, mask [16]byte
		for i := range copy(head[:], quoted) {
			mask[i] = 0xff
		}
		k.head = [2]uint64{load(head[:], 0), load(head[:], 8)}
		k.mask = [2]uint64{load(mask[:], 0), load(mask[:], 8)}
	}
	t.keys = append(t.keys, k)
	mask := uint32(len(t.index) - 1)
	at := hashKey([]byte(name)) & mask
	for t.index[at] != 0 {
		at = (at + 1) & mask
	}
	t.index[at] = int32(id)
	return int32(id)
}

// hashKey is FNV-1a.
func hashKey(name []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range name {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}
