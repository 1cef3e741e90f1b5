package kinesisserver

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

const (
	targetPrefix = "Kinesis_20131202."
	jsonType     = "application/x-amz-json-1.1"
	cborType     = "application/x-amz-cbor-1.1"
)

// serveHTTP answers one request.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.handlers.Done()
	endReading := s.limitReading(w)
	if s.isControl(r) { // first, so as not to use up any chance
		s.serveControl(w, r)
		return
	}

	id, id2 := s.random.requestIDs()
	w.Header()["x-amzn-RequestId"] = []string{id}
	w.Header()["x-amz-id-2"] = []string{id2}
	if r.Method != http.MethodPost {
		s.serveOther(w, r)
		return
	}
	contentType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if contentType != jsonType && contentType != cborType {
		s.writeXMLError(w, http.StatusNotFound, codeUnknownOperation, "")
		return
	}
	now := s.Now()
	s.sweep(now)
	c := &call{srv: s, ctx: r.Context(), now: now, cbor: contentType == cborType, userAgent: r.UserAgent()}
	if name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), targetPrefix); ok {
		c.op = s.operations[name]
	}
	if c.op == nil {
		c.fail(w, errorf(codeUnknownOperation, ""))
		return
	}
	c.op.calls.Add(1)

	buffer := s.buffers.Get().(*bytes.Buffer)
	defer s.keepBuffer(buffer)
	buffer.Reset()
	if err := readBody(buffer, r); err != nil {
		s.refuseBody(w, r, err)
		return
	}
	endReading()
	read := time.Now()
	c.body = buffer.Bytes()
	if c.cbor {
		text, err := jsonOfCBOR(c.body)
		if err != nil {
			c.fail(w, errSerialization(""))
			return
		}
		c.body = text
	}
	c.serve(w, r, read)
}

// serve runs the operation and answers.
func (c *call) serve(w http.ResponseWriter, r *http.Request, read time.Time) {
	defer c.recover(w)
	result, err := c.run(w, r)
	if err == nil && c.op.stream != nil {
		return
	}
	var answer encoded
	if err == nil {
		answer, err = c.encode(result)
	}
	if errors.Is(err, errDropped) || c.fault.dropAnswer {
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		c.fail(w, err)
		return
	}
	c.delayAnswer(answer, read)
	c.write(w, http.StatusOK, answer)
}

// run finds out on whose behalf the request is, applies the faults set for it, and does it.
func (c *call) run(w http.ResponseWriter, r *http.Request) (any, error) {
	if err := c.checkBody(); err != nil {
		return nil, err
	}
	scope, err := c.srv.authorize(r)
	if err != nil {
		return nil, err
	}
	c.realm = c.srv.realm(scope.account, scope.region)
	if err := c.reach("", ""); err != nil {
		return nil, err
	}
	if err := c.takeCall(c.realm, ""); err != nil {
		return nil, err
	}
	if c.op.stream != nil {
		return nil, c.op.stream(c, w)
	}
	return c.op.handle(c)
}

// checkBody refuses a body that is no object, before anything else is looked at.
func (c *call) checkBody() error {
	if body := bytes.TrimLeft(c.body, " \t\r\n"); len(body) == 0 || body[0] != '{' {
		return errSerialization("")
	}
	return nil
}

// recover turns a panic of an operation into an internal failure.
func (c *call) recover(w http.ResponseWriter) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	c.srv.cfg.Logger.Error("operation panicked", slog.String("operation", c.op.name),
		slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	c.fail(w, errInternalFailure())
}

// serveOther answers what is no API call: a health check, and what AWS answers to the rest.
func (s *Server) serveOther(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/healthcheck" {
		s.respond(w, http.StatusOK, "text/plain", []byte("ok\n"))
		return
	}
	s.writeXMLError(w, http.StatusForbidden, codeAccessDenied, "Unable to determine service/operation name to be authorized")
}
