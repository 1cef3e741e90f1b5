package batch

import "math/bits"

// Bitmap marks rows, bit i of word i/64 for row i, least significant first (Arrow's layout). As a
// validity bitmap a set bit means "has a value", and nil means that every row has one.
type Bitmap []uint64

// NewBitmap returns a bitmap for n rows with no bit set.
func NewBitmap(n int) Bitmap { return make(Bitmap, (n+63)/64) }

// Get reports whether bit i is set; a nil bitmap has every bit set.
func (m Bitmap) Get(i int) bool { return m == nil || m[i>>6]>>(uint(i)&63)&1 == 1 }

// Set sets bit i.
func (m Bitmap) Set(i int) { m[i>>6] |= 1 << (uint(i) & 63) }

// Clear clears bit i.
func (m Bitmap) Clear(i int) { m[i>>6] &^= 1 << (uint(i) & 63) }

// FullBitmap returns a bitmap for n rows with every bit set. Bits past n are set as well: no
// reader may look at them.
func FullBitmap(n int) Bitmap {
	m := NewBitmap(n)
	for i := range m {
		m[i] = ^uint64(0)
	}
	return m
}

// And returns the rows that are set in both a and b. It may return one of them: bitmaps of
// finished columns are never changed.
func And(a, b Bitmap) Bitmap {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	out := make(Bitmap, len(a))
	for i := range out {
		out[i] = a[i] & b[i]
	}
	return out
}

// Count returns how many of the first n bits are set.
func (m Bitmap) Count(n int) int {
	if m == nil {
		return n
	}
	count := 0
	for i := range n >> 6 {
		count += bits.OnesCount64(m[i])
	}
	if rest := uint(n) & 63; rest != 0 {
		count += bits.OnesCount64(m[n>>6] & (1<<rest - 1))
	}
	return count
}

func (m Bitmap) gather(rows []int32) Bitmap {
	if m == nil {
		return nil
	}
	out := NewBitmap(len(rows))
	for i, row := range rows {
		if m.Get(int(row)) {
			out.Set(i)
		}
	}
	return out
}
