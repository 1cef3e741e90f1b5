package kinesisserver

import "math/bits"

// sequenceNumber is a version 2 sequence number taken apart. Written as 47 hex digits it is
//
//	2 | shard creation, seconds (9) | shard index, low nibble (1) | record index (16) | 00 | time, seconds (9) | shard index (8) | 2
//
// and on the wire it is that 186-bit integer in decimal. The leading 2 keeps every number of this
// version at exactly 56 digits, so that comparing the texts compares the numbers.
type sequenceNumber struct {
	shardCreated int64  // epoch seconds, 36 bits
	record       uint64 // 0 = the shard's start, endOfShard = its end, records count from 1
	time         int64  // epoch seconds of arrival, 36 bits
	shard        uint32
}

const (
	sequenceDigits = 56
	// endOfShard is the record index of a closed shard's EndingSequenceNumber.
	endOfShard = 0x7fffffffffffffff
	// tenTo19 is the largest power of ten that a uint64 holds.
	tenTo19    = 10_000_000_000_000_000_000
	mask36Bits = 1<<36 - 1
)

// append writes the 56 decimal digits of n to dst.
func (n sequenceNumber) append(dst []byte) []byte {
	created, at := uint64(n.shardCreated)&mask36Bits, uint64(n.time)&mask36Bits
	// Bit 0: "2"; 4: shard; 36: time; 72: zero byte; 80: record; 144: nibble; 148: creation; 184: "2".
	lo := 2 | uint64(n.shard)<<4 | at<<36
	mid := at>>28 | n.record<<16
	hi := n.record>>48 | uint64(n.shard&0xf)<<16 | created<<20 | 2<<56

	// Two divisions by 10^19 cut the 192-bit integer into groups of 18, 19 and 19 digits; the
	// first group is below 10^18, so that it is left in lo alone.
	hi, mid, lo, last := divideByTenTo19(hi, mid, lo)
	_, _, lo, middle := divideByTenTo19(hi, mid, lo)

	var digits [sequenceDigits]byte
	putDigits(digits[37:56], last)
	putDigits(digits[18:37], middle)
	putDigits(digits[0:18], lo)
	return append(dst, digits[:]...)
}

func divideByTenTo19(hi, mid, lo uint64) (qHi, qMid, qLo, remainder uint64) {
	qHi, remainder = hi/tenTo19, hi%tenTo19
	qMid, remainder = bits.Div64(remainder, mid, tenTo19)
	qLo, remainder = bits.Div64(remainder, lo, tenTo19)
	return qHi, qMid, qLo, remainder
}

// putDigits fills out with v in decimal, zeros in front.
func putDigits(out []byte, v uint64) {
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = '0' + byte(v%10)
		v /= 10
	}
}

// String returns the decimal text of n.
func (n sequenceNumber) String() string {
	return string(n.append(make([]byte, 0, sequenceDigits)))
}

// parseSequenceNumber takes a decimal text apart; ok is false when it is not a version 2 number.
func parseSequenceNumber(text string) (n sequenceNumber, ok bool) {
	if len(text) != sequenceDigits {
		return sequenceNumber{}, false
	}
	var hi, mid, lo uint64
	for i := range len(text) {
		digit := uint64(text[i]) - '0'
		if digit > 9 {
			return sequenceNumber{}, false
		}
		loHigh, loLow := bits.Mul64(lo, 10)
		midHigh, midLow := bits.Mul64(mid, 10)
		var carry uint64
		lo, carry = bits.Add64(loLow, digit, 0)
		mid, carry = bits.Add64(midLow, loHigh, carry)
		hi = hi*10 + midHigh + carry
	}
	n = sequenceNumber{
		shardCreated: int64(hi >> 20 & mask36Bits),
		record:       mid>>16 | hi<<48,
		time:         int64((lo>>36 | mid<<28) & mask36Bits),
		shard:        uint32(lo >> 4),
	}
	fixedBits := lo&0xf == 2 && hi>>56 == 2 && mid>>8&0xff == 0
	nibble := uint32(hi>>16&0xf) == n.shard&0xf
	return n, fixedBits && nibble && n.record <= endOfShard && n.shard <= maxShardIndex
}
