package batch

import (
	"encoding/binary"
	"math/bits"
)

// Two odd 64-bit constants with about as many ones as zeros; changing them changes which task owns a
// key, and so what a snapshot means.
const (
	hashKey0 = 0xa0761d6478bd642f
	hashKey1 = 0xe7037ed1a0b428db
)

func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// Hash returns a 64-bit hash of a key, the same in every process: multiply-and-fold over 16 bytes at
// a time. It is not meant to withstand keys that are chosen to collide.
func Hash(key []byte) uint64 {
	n := len(key)
	var a, b uint64
	switch {
	case n >= 8:
		h := uint64(hashKey0)
		rest := key
		for len(rest) > 16 {
			h = mix(binary.LittleEndian.Uint64(rest)^hashKey0, binary.LittleEndian.Uint64(rest[8:])^h)
			rest = rest[16:]
		}
		a, b = binary.LittleEndian.Uint64(key[max(0, n-16):]), binary.LittleEndian.Uint64(key[n-8:])
		return mix(a^h, mix(b^hashKey1, uint64(n)^hashKey0))
	case n >= 4:
		a, b = uint64(binary.LittleEndian.Uint32(key)), uint64(binary.LittleEndian.Uint32(key[n-4:]))
	case n > 0:
		a = uint64(key[0])<<16 | uint64(key[n>>1])<<8 | uint64(key[n-1])
	}
	return mix(a^hashKey0, mix(b^hashKey1, uint64(n)^hashKey0))
}

// HashWord returns the Hash of the eight bytes of v.
func HashWord(v uint64) uint64 { return mix(v^hashKey0, mix(v^hashKey1, 8^hashKey0)) }
