package kinesis

import (
	"encoding/binary"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestHashRangesHaveBothEnds(t *testing.T) {
	r := hashRange{start: hashKey{1, 5}, end: hashKey{2, 7}}
	for k, want := range map[hashKey]bool{{1, 4}: false, {1, 5}: true, {2, 7}: true, {2, 8}: false, {0, 6}: false, {1, 9}: true, {2, 0}: true, {3, 6}: false} {
		if got := r.contains(k); got != want {
			t.Errorf("%+v: got %v", k, got)
		}
	}
}

func TestHashKeysAreNumbersOf128Bits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, text := range []string{"", "00", "01", "-1", "+1", "1a", " 1", "340282366920938463463374607431768211456", "999999999999999999999999999999999999999", strings.Repeat("1", 40)} {
		if k, ok := parseHashKey(text); ok {
			t.Errorf("%q is %+v", text, k)
		}
	}
	for n := range 2000 {
		raw := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, rng.Uint64()), rng.Uint64())
		want := new(big.Int).Rsh(new(big.Int).SetBytes(raw), uint(n%129))
		k, ok := parseHashKey(want.String())
		got := new(big.Int).Or(new(big.Int).Lsh(new(big.Int).SetUint64(k.high), 64), new(big.Int).SetUint64(k.low))
		if !ok || got.Cmp(want) != 0 {
			t.Fatalf("%s was read as %s, %v", want, got, ok)
		}
	}
}
