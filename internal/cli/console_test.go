package cli

import (
	"strings"
	"testing"
)

func TestConsoleKeepsTheLiveLineBelow(t *testing.T) {
	a, stderr := testApp(process{width: 20, vars: map[string]string{"TERM": "xterm"}})
	a.console.setLive(func(int) string { return "one" })
	a.console.setLive(func(int) string { return "one" }) // the same: nothing to draw
	a.console.printf("a message\n")
	a.console.setLive(func(int) string { return "two" })
	a.console.clearLive()
	a.console.clearLive()
	want := eraseLine + "one" + eraseLine + "a message\none" + eraseLine + "two" + eraseLine
	if got := stderr.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConsoleLeavesRoomForTheCursor(t *testing.T) {
	a, _ := testApp(process{width: 20, vars: map[string]string{"TERM": "xterm"}})
	a.console.setLive(func(width int) string {
		if width != 19 {
			t.Errorf("got width %d, want 19", width)
		}
		return ""
	})
}

func TestConsoleHasNoLiveLineWhereItCannotBeRewritten(t *testing.T) {
	for _, p := range []process{
		{},
		{width: 80, vars: map[string]string{"TERM": "dumb"}},
		{width: 80, vars: map[string]string{"CI": "true"}},
	} {
		a, stderr := testApp(p)
		a.console.setLive(func(int) string { return "live" })
		if stderr.String() != "" {
			t.Errorf("%+v: got %q", p, stderr.String())
		}
	}
}

func TestFitDropsTheLeastImportantFirst(t *testing.T) {
	for _, test := range []struct {
		width int
		want  string
	}{
		{20, "aaaa  bbbb  cccc"},
		{16, "aaaa  bbbb  cccc"},
		{15, "aaaa  cccc"},
		{9, "aaaa"},
		{3, "aaa"},
		{0, ""},
		{-1, ""},
	} {
		if got := fit([]string{"aaaa", "bbbb", "cccc"}, []int{1, 2}, test.width); got != test.want {
			t.Errorf("width %d: got %q, want %q", test.width, got, test.want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"Zürich → 日本", "Zürich → 日本"},
		{"a\tb", "a\tb"},
		{"\x1b[31mred", `\u001b[31mred`},
		{"two\nlines\r", `two\nlines\u000d`},
		{"\u009b31m", `\u009b31m`}, // an escape sequence can also begin so
		{"\xff\xfe", `\xff\xfe`},
		{"", ""},
	} {
		if got := printable([]byte(test.text)); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
	if strings.ContainsRune(printable([]byte("\x00\x7f")), 0x7f) {
		t.Error("DEL is printed as it is")
	}
}
