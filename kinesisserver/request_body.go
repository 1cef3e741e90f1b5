package kinesisserver

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// maxBodyBytes has room for the largest PutRecords request, 10 MiB in base64, and its frame.
const maxBodyBytes = 20 << 20

var errBodyTooLarge = errors.New("request body too large")

// readBody reads a whole body. Nothing of one that breaks off is acted on, even if what came of it
// makes sense.
func readBody(buffer *bytes.Buffer, r *http.Request) error {
	if r.ContentLength > maxBodyBytes {
		return errBodyTooLarge
	}
	if r.ContentLength > 0 {
		buffer.Grow(int(min(r.ContentLength, maxTrustedBytes)) + bytes.MinRead)
	}
	n, err := buffer.ReadFrom(io.LimitReader(r.Body, maxBodyBytes+1))
	if n > maxBodyBytes {
		return errBodyTooLarge
	}
	return err
}

// maxTrustedBytes is how much memory a header's Content-Length alone can claim.
const maxTrustedBytes = 2 << 20

// maxKeptBytes is the largest buffer that is kept for the next request.
const maxKeptBytes = 8 << 20

// keepBuffer gives a request's buffer back.
func (s *Server) keepBuffer(buffer *bytes.Buffer) {
	if buffer.Cap() <= maxKeptBytes {
		s.buffers.Put(buffer)
	}
}

// refuseBody answers a request whose body could not be read, and gives an HTTP/1.1 connection up: what
// comes next on it would be the rest of the body.
func (s *Server) refuseBody(w http.ResponseWriter, r *http.Request, err error) {
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
	switch {
	case errors.Is(err, errBodyTooLarge):
		s.writeXMLError(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "")
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.writeXMLError(w, http.StatusRequestTimeout, "RequestTimeoutException", "")
	default:
		s.writeXMLError(w, http.StatusBadRequest, codeSerialization, "")
	}
}

// limitReading gives the client Config.BodyTimeout for its body. The caller calls end once it has it:
// net/http goes on reading to see whether the client is still there, and would take the end of the
// time for the end of the client.
func (s *Server) limitReading(w http.ResponseWriter) (end func()) {
	controller := http.NewResponseController(w)
	// The time limit of the last answer on this connection no longer counts. No error matters here:
	// what is not a connection has no time limits, and one that is gone says so when it is used.
	_ = controller.SetWriteDeadline(time.Time{})
	if s.cfg.BodyTimeout <= 0 {
		return func() {}
	}
	_ = controller.SetReadDeadline(time.Now().Add(s.cfg.BodyTimeout))
	return func() { _ = controller.SetReadDeadline(time.Time{}) }
}

// limitWriting gives the client Config.BodyTimeout to take in what is written next. The caller calls
// end if it goes on after that: HTTP/2 counts also the time in which there is nothing to write.
func (s *Server) limitWriting(w http.ResponseWriter) (end func()) {
	if s.cfg.BodyTimeout <= 0 {
		return func() {}
	}
	controller := http.NewResponseController(w)
	_ = controller.SetWriteDeadline(time.Now().Add(s.cfg.BodyTimeout))
	return func() { _ = controller.SetWriteDeadline(time.Time{}) }
}
