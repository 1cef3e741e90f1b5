package kinesisserver

import (
	"maps"
	"slices"
	"time"
)

// sweepInterval bounds how long data past its retention keeps memory in shards, and in whole streams,
// that nobody writes to or reads from, as long as the server is asked anything at all.
const sweepInterval = time.Minute

// sweep frees what all streams hold beyond their retention, and those whose deletion is complete. It
// does nothing more often than once in sweepInterval. The caller holds no locks.
func (s *Server) sweep(now time.Time) {
	swept := s.sweptAt.Load()
	if now.UnixNano()-swept < int64(sweepInterval) || !s.sweptAt.CompareAndSwap(swept, now.UnixNano()) {
		return
	}
	s.mu.RLock()
	realms := slices.Collect(maps.Values(s.realms))
	s.mu.RUnlock()
	for _, r := range realms {
		r.mu.RLock()
		streams := slices.Collect(maps.Values(r.streams))
		r.mu.RUnlock()
		for _, st := range streams {
			if st.gone(now) { // looking at it brings it up to date
				r.forget(st)
			}
		}
	}
}
