package kinesis

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// retryPolicy says how often and after what waits a kind of call is made again.
type retryPolicy struct {
	retries  int // after the first call; throttles do not count
	base     time.Duration
	max      time.Duration
	exponent float64
}

// wait returns how long to wait before retry n, counted from 0: a random part of a time that grows
// with n ("full jitter": calls that failed together do not come back together).
func (p retryPolicy) wait(n int, random *random) time.Duration {
	grown := float64(p.base) * math.Pow(p.exponent, float64(n))
	return time.Duration(random.float64() * min(float64(p.max), grown)).Truncate(time.Millisecond)
}

// random is a source of random numbers for many goroutines.
type random struct {
	mu  sync.Mutex
	rng *rand.Rand
}

// newRandom returns a source whose numbers the seed determines; 0 is a seed of its own each time.
func newRandom(seed uint64) *random {
	if seed == 0 {
		seed = rand.Uint64()
	}
	return &random{rng: rand.New(rand.NewPCG(seed, 0))}
}

func (r *random) float64() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rng.Float64()
}

func (r *random) uint64() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rng.Uint64()
}
