package batch

import (
	"math/rand/v2"
	"testing"
)

// sizes are row counts around the words of a bitmap.
var sizes = []int{0, 1, 2, 63, 64, 65, 127, 128, 129, 1000}

func TestBitmapKeepsWhatIsSet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range sizes {
		m, want := NewBitmap(n), make([]bool, n)
		for range 3 * n {
			i := r.IntN(n)
			if r.IntN(3) == 0 {
				m.Clear(i)
				want[i] = false
			} else {
				m.Set(i)
				want[i] = true
			}
		}
		count := 0
		for i, set := range want {
			if m.Get(i) != set {
				t.Fatalf("%d rows: bit %d is %v, want %v", n, i, m.Get(i), set)
			}
			if m.Count(i) != count {
				t.Fatalf("%d rows: %d of the first %d bits are set, want %d", n, m.Count(i), i, count)
			}
			if set {
				count++
			}
		}
		if m.Count(n) != count {
			t.Errorf("%d rows: %d bits are set, want %d", n, m.Count(n), count)
		}
	}
}

func TestNilBitmapHasEveryRow(t *testing.T) {
	var m Bitmap
	if !m.Get(0) || !m.Get(1000) || m.Count(65) != 65 || m.gather([]int32{3, 1}) != nil {
		t.Error("a nil bitmap lacks rows")
	}
}

func TestFullBitmapCountsOnlyItsRows(t *testing.T) {
	for _, n := range sizes {
		if m := FullBitmap(n); m.Count(n) != n {
			t.Errorf("%d of %d rows are set", m.Count(n), n)
		}
	}
}

func TestAndKeepsRowsOfBoth(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for _, n := range sizes {
		a, b := randomBitmap(r, n), randomBitmap(r, n)
		both := And(a, b)
		for i := range n {
			if both.Get(i) != (a.Get(i) && b.Get(i)) {
				t.Fatalf("%d rows: row %d is %v, of %v and %v", n, i, both.Get(i), a.Get(i), b.Get(i))
			}
		}
		if And(nil, a).Count(n) != a.Count(n) || And(a, nil).Count(n) != a.Count(n) {
			t.Errorf("%d rows: nil takes rows away", n)
		}
	}
	if And(nil, nil) != nil {
		t.Error("nil and nil is not nil")
	}
}

// randomBitmap returns a bitmap for n rows, sometimes nil.
func randomBitmap(r *rand.Rand, n int) Bitmap {
	if r.IntN(5) == 0 {
		return nil
	}
	m := NewBitmap(n)
	for i := range n {
		if r.IntN(2) == 0 {
			m.Set(i)
		}
	}
	return m
}
