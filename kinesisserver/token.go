package kinesisserver

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"sync/atomic"
	"time"
)

// Lifetimes of tokens (AWS limits).
const (
	iteratorLifetime  = 5 * time.Minute
	nextTokenLifetime = 5 * time.Minute
)

// sealer makes opaque texts of small binary values. No two are alike, and one that was not made
// here does not open.
type sealer struct {
	gcm    cipher.AEAD
	nonces atomic.Uint64
}

func newSealer(rnd *random) *sealer {
	var key [16]byte
	rnd.fill(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has a legal length
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has the block size that GCM needs
	}
	return &sealer{gcm: gcm}
}

// seal returns plain as an opaque text of one kind.
func (s *sealer) seal(kind byte, plain []byte) string {
	out := make([]byte, s.gcm.NonceSize(), s.gcm.NonceSize()+len(plain)+s.gcm.Overhead())
	binary.BigEndian.PutUint64(out[4:], s.nonces.Add(1))
	out = s.gcm.Seal(out, out, plain, []byte{kind})
	return base64.StdEncoding.EncodeToString(out)
}

// open returns what was sealed as that kind; ok is false for any other text.
func (s *sealer) open(kind byte, text string) (plain []byte, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) < s.gcm.NonceSize() {
		return nil, false
	}
	plain, err = s.gcm.Open(nil, raw[:s.gcm.NonceSize()], raw[s.gcm.NonceSize():], []byte{kind})
	return plain, err == nil
}

// Kinds of sealed texts.
const (
	kindIterator  = 'I'
	kindListToken = 'L'
)

// iterator is what a ShardIterator says.
type iterator struct {
	account, region, stream string
	streamID                uint64
	shard                   uint32
	position                int64
	issued                  time.Time // millisecond precision
	epoch                   uint64    // see Server.ExpireIterators
}

// newIterator returns the text of an iterator for a position, issued now.
func (s *Server) newIterator(st *stream, sh *shard, position int64, now time.Time) string {
	b := make([]byte, 0, 256)
	b = binary.BigEndian.AppendUint64(b, st.id)
	b = binary.BigEndian.AppendUint32(b, sh.index)
	b = binary.BigEndian.AppendUint64(b, uint64(position))
	b = binary.BigEndian.AppendUint64(b, uint64(now.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, s.iteratorEpoch.Load())
	for _, text := range []string{st.realm.account, st.realm.region, st.name} {
		b = append(b, byte(len(text)))
		b = append(b, text...)
	}
	return s.sealer.seal(kindIterator, b)
}

// parseIterator reads an iterator's text.
func (s *Server) parseIterator(text string) (it iterator, ok bool) {
	b, ok := s.sealer.open(kindIterator, text)
	if !ok {
		return iterator{}, false
	}
	it.streamID = binary.BigEndian.Uint64(b)
	it.shard = binary.BigEndian.Uint32(b[8:])
	it.position = int64(binary.BigEndian.Uint64(b[12:]))
	it.issued = time.UnixMilli(int64(binary.BigEndian.Uint64(b[20:])))
	it.epoch = binary.BigEndian.Uint64(b[28:])
	b = b[36:]
	for _, text := range []*string{&it.account, &it.region, &it.stream} {
		*text, b = string(b[1:1+b[0]]), b[1+b[0]:]
	}
	return it, true
}
