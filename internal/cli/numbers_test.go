package cli

import (
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{count(0), "0"},
		{count(999), "999"},
		{count(1000), "1,000"},
		{count(int64(-1234567)), "-1,234,567"},
		{plural(1, "row"), "1 row"},
		{plural(20000, "row"), "20,000 rows"},
		{perSecond(0), "0/s"},
		{perSecond(2.44), "2.4/s"},
		{perSecond(9.94), "9.9/s"},
		{perSecond(9.99), "10/s"},
		{perSecond(12345.6), "12,346/s"},
		{size(712), "712 B"},
		{size(1000), "1.0 kB"},
		{size(999_960), "1.0 MB"},
		{size(2_264_866), "2.3 MB"},
		{span(0), "0 s"},
		{span(time.Microsecond), "1 ms"},
		{span(350 * time.Millisecond), "350 ms"},
		{span(4240 * time.Millisecond), "4.2 s"},
		{span(5 * time.Second), "5 s"},
		{span(42 * time.Second), "42 s"},
		{span(125 * time.Second), "2 min 5 s"},
		{span(200 * time.Minute), "3 h 20 min"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
	if got := rate(12, 0); got != 0 {
		t.Errorf("rate without time: got %v", got)
	}
}
