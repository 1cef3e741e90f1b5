package diag_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
)

func TestLogLimitHoldsBackWhatComesTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, free := range []int{0, 3} {
			limit := diag.LogLimit{Free: free}
			lines, held := 0, 0
			for range 25 * 10 { // one thing of two kinds every 100 ms
				n, ok := limit.Admit(2)
				if ok {
					lines++
					held += n
				}
				time.Sleep(100 * time.Millisecond) //nolint:forbidigo // fake clock
			}
			// The free ones come first and the last of them begins the first ten seconds.
			if want := max(free, 1) + 2; lines != want || held != 2*(2*99) {
				t.Errorf("with %d free, got %d lines, want %d; %d things were held back", free, lines, want, held)
			}
		}
	})
}
