package diag

import (
	"sync"
	"time"
)

// LogLimit holds back log lines about things that may happen very often. It is safe for concurrent
// use. The zero value lets a line through every ten seconds.
type LogLimit struct {
	// Free is how many lines go through before that.
	Free int

	mu   sync.Mutex
	used int       // of Free
	last time.Time // when a line went through
	held int       // things since then
}

// logInterval is how far apart the lines are at least.
const logInterval = 10 * time.Second

// Admit reports whether a line about n things may be logged now, and how many things none was logged
// about since the last line.
func (l *LogLimit) Admit(n int) (held int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.used >= l.Free && !l.last.IsZero() && now.Sub(l.last) < logInterval {
		l.held += n
		return 0, false
	}
	l.used = min(l.used+1, l.Free)
	held, l.held, l.last = l.held, 0, now
	return held, true
}
