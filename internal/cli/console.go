package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// ANSI sequences. There are only three looks: wrong, important, and less important.
const (
	eraseLine = "\r\x1b[K"
	bold      = "\x1b[1m"
	red       = "\x1b[1;31m"
	dim       = "\x1b[2m"
	plain     = "\x1b[0m"
)

// console is standard error. On a terminal it keeps one live line below all that is written, and
// rewrites it in place. It is safe for concurrent use.
type console struct {
	w          io.Writer
	color      bool
	canRewrite bool       // a terminal that understands eraseLine
	width      func() int // of the terminal, now

	mu   sync.Mutex
	live string // the live line that is on the screen; empty: none
}

// Write writes whole lines above the live line.
func (c *console) Write(p []byte) (int, error) {
	n := 0
	err := c.above(func() (err error) {
		n, err = c.w.Write(p)
		return err
	})
	return n, err
}

// printf writes whole lines above the live line.
func (c *console) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(c, format, args...) // nowhere left to report it
}

// above lets f write whole lines to the terminal, here or through standard output.
func (c *console) above(f func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live == "" {
		return f()
	}
	_, _ = io.WriteString(c.w, eraseLine)
	err := f()
	_, _ = io.WriteString(c.w, c.live)
	return err
}

// setLive replaces the live line by one that build makes for at most width characters.
func (c *console) setLive(build func(width int) string) {
	if !c.canRewrite {
		return
	}
	const cursor = 1 // a full line would let some terminals wrap
	line := build(c.width() - cursor)
	c.mu.Lock()
	defer c.mu.Unlock()
	if line != c.live {
		c.live = line
		_, _ = io.WriteString(c.w, eraseLine+line)
	}
}

// clearLive removes the live line.
func (c *console) clearLive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live != "" {
		c.live = ""
		_, _ = io.WriteString(c.w, eraseLine)
	}
}

// style returns the text in a look, if standard error shows any.
func (c *console) style(look, text string) string {
	if !c.color || text == "" {
		return text
	}
	return look + text + plain
}

// styleError gives what diag.Render returned its looks.
func (c *console) styleError(rendered string) string {
	if !c.color {
		return rendered
	}
	var out strings.Builder
	for line := range strings.Lines(rendered) {
		text := strings.TrimSuffix(line, "\n")
		switch trimmed := strings.TrimLeft(text, " "); {
		case strings.HasPrefix(text, "error: "):
			text = c.style(red, "error:") + strings.TrimPrefix(text, "error:")
		case trimmed != "" && strings.Trim(trimmed, "~") == "":
			text = c.style(red, text)
		case strings.HasPrefix(trimmed, "hint: "):
			text = c.style(bold, "  hint:") + strings.TrimPrefix(trimmed, "hint:")
		}
		out.WriteString(text + "\n")
	}
	return out.String()
}

// fit joins the parts that fit into width characters. Parts are in the order of the line; drop
// lists their positions in the order in which they go when there is not enough room.
func fit(parts []string, drop []int, width int) string {
	const gap = "  "
	for {
		line := joinParts(parts, gap)
		if utf8.RuneCountInString(line) <= width {
			return line
		}
		if len(drop) == 0 {
			return string([]rune(line)[:max(width, 0)])
		}
		parts[drop[0]] = ""
		drop = drop[1:]
	}
}

func joinParts(parts []string, gap string) string {
	kept := make([]string, 0, len(parts))
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, gap)
}
