package kinesisserver

import (
	"crypto/md5"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestHashKeyIsTheMD5OfThePartitionKey(t *testing.T) {
	for _, key := range []string{"", "a", "partition-key", "größer"} {
		sum := md5.Sum([]byte(key))
		want := new(big.Int).SetBytes(sum[:]).String()
		if got := hashOf([]byte(key)).String(); got != want {
			t.Errorf("%q: got %s, want %s", key, got, want)
		}
	}
}

func TestHashKeyTextRoundTrips(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		k := hashKey{rnd.Uint64() >> rnd.UintN(64), rnd.Uint64() >> rnd.UintN(64)}
		want := new(big.Int).Add(new(big.Int).Lsh(new(big.Int).SetUint64(k.hi), 64), new(big.Int).SetUint64(k.lo))
		if k.String() != want.String() {
			t.Fatalf("formatted %s, want %s", k, want)
		}
		if back, ok := parseHashKey([]byte(k.String())); !ok || back != k {
			t.Fatalf("%s came back as %s, %v", k, back, ok)
		}
	}
}

func TestHashKeyOutOfRangeIsRefused(t *testing.T) {
	for _, text := range []string{"", "00", "-1", "1x", "340282366920938463463374607431768211456", "999999999999999999999999999999999999999"} {
		if k, ok := parseHashKey([]byte(text)); ok {
			t.Errorf("%q was accepted as %s", text, k)
		}
	}
	if k, ok := parseHashKey([]byte("340282366920938463463374607431768211455")); !ok || k != maxHashKey {
		t.Errorf("2^128-1 read as %s, %v", k, ok)
	}
}

func TestUniformRangesCoverTheHashSpace(t *testing.T) {
	two128 := new(big.Int).Lsh(big.NewInt(1), 128)
	for _, n := range []int{1, 2, 3, 4, 5, 7, 64, 100, 1000} {
		width := new(big.Int).Div(two128, big.NewInt(int64(n)))
		next := hashKey{}
		for i := range n {
			start, end := uniformRange(i, n)
			want := new(big.Int).Mul(width, big.NewInt(int64(i))).String()
			if start.String() != want || start != next {
				t.Fatalf("range %d of %d starts at %s, want %s", i, n, start, want)
			}
			next = end.plus(1)
		}
		if next != (hashKey{}) {
			t.Errorf("%d ranges end before the last hash key", n)
		}
	}
}
