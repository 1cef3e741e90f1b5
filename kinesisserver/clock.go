package kinesisserver

import (
	"sync"
	"time"
)

// maxClockOffset is how far ahead the clock can be moved in all: far below where a time.Duration ends.
const maxClockOffset = 100 * 365 * 24 * time.Hour

// clock is the server's time: that of Config.Now, and whatever it was moved ahead by.
type clock struct {
	base func() time.Time

	mu     sync.RWMutex
	offset time.Duration
	moved  chan struct{} // closed when the offset grows; nil when nobody waits
}

func (c *clock) now() time.Time { return c.base().Add(c.ahead()) }

// ahead returns by how much the clock was moved.
func (c *clock) ahead() time.Duration {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.offset
}

// move moves the clock ahead; it reports false when that would be back, or too far.
func (c *clock) move(d time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d < 0 || d > maxClockOffset-c.offset {
		return false
	}
	c.offset += d
	if c.moved != nil {
		close(c.moved)
		c.moved = nil
	}
	return true
}

// moves returns a channel that is closed when the clock is next moved.
func (c *clock) moves() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moved == nil {
		c.moved = make(chan struct{})
	}
	return c.moved
}

// Now returns the server's time.
func (s *Server) Now() time.Time { return s.clock.now() }

// AdvanceClock moves the server's time ahead of Config.Now: iterators and records grow older, streams
// that change become ACTIVE, subscriptions run out, throughput limits recover, and what is written
// from then on has later sequence numbers and arrival times. Delays, heartbeats, timeouts and the
// Date header of answers keep to the real time. It panics if d is negative, for time does not go
// back, or if the clock would be more than a hundred years ahead.
func (s *Server) AdvanceClock(d time.Duration) {
	if !s.moveClock(d) {
		panic("kinesisserver: the clock cannot be moved by " + d.String())
	}
}

// moveClock is AdvanceClock; it reports false for what that panics about.
func (s *Server) moveClock(d time.Duration) bool {
	if !s.clock.move(d) {
		return false
	}
	s.sweep(s.Now())
	return true
}
