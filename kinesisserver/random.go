package kinesisserver

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"sync"
)

// random is the server's only source of chance, so that Config.Seed repeats a run.
type random struct {
	mu  sync.Mutex
	rnd *rand.Rand
}

// seed starts the sequence.
func (r *random) seed(seed uint64) { r.rnd = rand.New(rand.NewPCG(seed, 0x6b696e65736973)) }

func (r *random) fill(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := 0; i < len(b); i += 8 {
		v := r.rnd.Uint64()
		for j := i; j < min(i+8, len(b)); j++ {
			b[j] = byte(v)
			v >>= 8
		}
	}
}

// percent is true in p of 100 cases.
func (r *random) percent(p float64) bool {
	if p >= 100 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rnd.Float64()*100 < p
}

// below returns a number from 0 to n-1.
func (r *random) below(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rnd.IntN(n)
}

// requestIDs returns the values of x-amzn-RequestId and x-amz-id-2 for one answer.
func (r *random) requestIDs() (id, id2 string) {
	var b [16 + 76]byte
	r.fill(b[:])
	b[6] = b[6]&0x0f | 0x40 // a version 4 UUID
	b[8] = b[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[0:8], b[0:4])
	hex.Encode(text[9:13], b[4:6])
	hex.Encode(text[14:18], b[6:8])
	hex.Encode(text[19:23], b[8:10])
	hex.Encode(text[24:36], b[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:]), base64.StdEncoding.EncodeToString(b[16:])
}
