package kinesisserver

import (
	"cmp"
	"crypto/md5" // the service routes by MD5; nothing here is a secret
	"encoding/binary"
	"math/bits"
)

// hashKey is a point of the 128-bit space that shards divide between them.
type hashKey struct{ hi, lo uint64 }

var maxHashKey = hashKey{^uint64(0), ^uint64(0)}

// hashOf returns where a partition key lands: its MD5 as an unsigned big-endian integer.
func hashOf(partitionKey []byte) hashKey {
	sum := md5.Sum(partitionKey)
	return hashKey{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:])}
}

func (k hashKey) compare(other hashKey) int {
	if c := cmp.Compare(k.hi, other.hi); c != 0 {
		return c
	}
	return cmp.Compare(k.lo, other.lo)
}

func (k hashKey) less(other hashKey) bool { return k.compare(other) < 0 }

// plus returns k+n modulo 2^128.
func (k hashKey) plus(n uint64) hashKey {
	lo, carry := bits.Add64(k.lo, n, 0)
	return hashKey{k.hi + carry, lo}
}

// minus returns k-n modulo 2^128.
func (k hashKey) minus(n uint64) hashKey {
	lo, borrow := bits.Sub64(k.lo, n, 0)
	return hashKey{k.hi - borrow, lo}
}

// times returns k*n modulo 2^128.
func (k hashKey) times(n uint64) hashKey {
	carry, lo := bits.Mul64(k.lo, n)
	return hashKey{k.hi*n + carry, lo}
}

// String returns k in decimal, the form of the wire.
func (k hashKey) String() string {
	var out [39]byte // 2^128 has 39 digits
	at := len(out)
	for {
		var digit uint64
		k.hi, digit = k.hi/10, k.hi%10
		k.lo, digit = bits.Div64(digit, k.lo, 10)
		at--
		out[at] = '0' + byte(digit)
		if k == (hashKey{}) {
			return string(out[at:])
		}
	}
}

// parseHashKey reads a decimal text; ok is false when it is no number or not below 2^128.
func parseHashKey(text []byte) (k hashKey, ok bool) {
	if len(text) == 0 || len(text) > 39 || (text[0] == '0' && len(text) > 1) {
		return hashKey{}, false
	}
	for _, c := range text {
		digit := uint64(c) - '0'
		if digit > 9 {
			return hashKey{}, false
		}
		overflow, hi := bits.Mul64(k.hi, 10)
		loHigh, loLow := bits.Mul64(k.lo, 10)
		var carry uint64
		k.lo, carry = bits.Add64(loLow, digit, 0)
		k.hi, carry = bits.Add64(hi, loHigh, carry)
		if overflow != 0 || carry != 0 {
			return hashKey{}, false
		}
	}
	return k, true
}

// uniformRange returns the i-th of n equal ranges, both ends included. Each is floor(2^128/n)
// wide; the last takes what is left over.
func uniformRange(i, n int) (start, end hashKey) {
	if n == 1 {
		return hashKey{}, maxHashKey
	}
	count := uint64(n)
	// 2^128/n is (2^128-1)/n, except when n divides 2^128: then the remainder of the latter is n-1.
	hi, rest := maxHashKey.hi/count, maxHashKey.hi%count
	lo, rest := bits.Div64(rest, maxHashKey.lo, count)
	width := hashKey{hi, lo}
	if rest == count-1 {
		width = width.plus(1)
	}
	start = width.times(uint64(i))
	if i == n-1 {
		return start, maxHashKey
	}
	return start, width.times(uint64(i) + 1).minus(1)
}
