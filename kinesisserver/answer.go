package kinesisserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// smallAnswer fits a Go client's first read of a connection (net/http reads 4 KiB at a time), so
// that the race which DefaultAnswerDelay avoids cannot cut it short.
const smallAnswer = 3 << 10

// encode turns an operation's result into the bytes of the answer.
func (c *call) encode(result any) (encoded, error) {
	switch result := result.(type) {
	case nil:
		return encoded{}, nil
	case *encoded:
		return *result, nil
	case *putRecordsResult:
		if !c.cbor {
			return encoded{parts: [][]byte{result.json()}}, nil
		}
	}
	if c.cbor {
		text, err := appendCBOR(nil, reflect.ValueOf(result))
		return encoded{parts: [][]byte{text}}, err
	}
	var buffer bytes.Buffer
	e := json.NewEncoder(&buffer)
	e.SetEscapeHTML(false)
	if err := e.Encode(result); err != nil {
		return encoded{}, err
	}
	return encoded{parts: [][]byte{bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))}}, nil
}

func (e encoded) size() int {
	n := 0
	for _, part := range e.parts {
		n += len(part)
	}
	return n
}

// A Go client sends small requests whole, from a buffer of 4 KiB, when it is done with them. A larger
// one has arrived before the client knows that it has sent it all: on a machine that is short of
// processors, that takes it longer. 500 us broke one large PutRecords in thirty there, 2 ms none.
const (
	smallRequest       = 4 << 10
	largeRequestFactor = 4
)

// racingClient is how the clients that need the delay name themselves in User-Agent.
const racingClient = "aws-sdk-go-v2/"

// delayAnswer keeps an answer to a Go client back until Config.AnswerDelay after the request was read.
func (c *call) delayAnswer(answer encoded, read time.Time) {
	if !strings.Contains(c.userAgent, racingClient) {
		return
	}
	if c.op.name != "GetRecords" && answer.size() <= smallAnswer {
		return
	}
	delay := c.srv.cfg.AnswerDelay
	if len(c.body) > smallRequest {
		delay *= largeRequestFactor
	}
	c.wait(delay - time.Since(read))
}

// wait pauses the request; it reports false when the client or the server goes away meanwhile.
func (c *call) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.ctx.Done():
	case <-c.srv.closing:
	}
	return false
}

// write sends the answer. Content-Type is there even when the body is empty, as on AWS.
func (c *call) write(w http.ResponseWriter, status int, answer encoded) {
	c.srv.respond(w, status, c.contentType(), answer.parts...)
	if c.srv.cfg.Logger.Enabled(c.ctx, slog.LevelDebug) {
		c.srv.cfg.Logger.LogAttrs(context.WithoutCancel(c.ctx), slog.LevelDebug, "answered",
			slog.String("operation", c.op.name), slog.Int("status", status), slog.Int("bytes", answer.size()))
	}
}

func (c *call) contentType() string {
	if c.cbor {
		return cborType
	}
	return jsonType
}

// errorBody is the body of an error's answer.
type errorBody struct {
	Type    string `json:"__type"`
	Message string `json:"message,omitempty"`
}

// fail answers with an error.
func (c *call) fail(w http.ResponseWriter, err error) {
	var apiErr *apiError
	if !errors.As(err, &apiErr) {
		c.srv.cfg.Logger.Error("operation failed", slog.Any("error", err))
		apiErr = errInternalFailure()
	}
	if c.op == nil {
		c.op = &operation{}
	}
	answer, err := c.encode(errorBody{Type: apiErr.code, Message: apiErr.message})
	if err != nil {
		c.srv.cfg.Logger.Error("error answer not encoded", slog.Any("error", err))
	}
	c.write(w, apiErr.status, answer)
}

// writeXMLError answers requests that are not recognised as API calls; AWS falls back to XML there.
func (s *Server) writeXMLError(w http.ResponseWriter, status int, code, message string) {
	body := "<" + code + "/>\n"
	if message != "" {
		body = "<" + code + ">\n  <Message>" + message + "</Message>\n</" + code + ">\n"
	}
	s.respond(w, status, "text/xml", []byte(body))
}

// respond writes an answer, whatever it is, part by part. The client has Config.BodyTimeout to take
// it in; that it may be gone is no error.
func (s *Server) respond(w http.ResponseWriter, status int, contentType string, body ...[]byte) {
	s.limitWriting(w)
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(encoded{body}.size()))
	w.WriteHeader(status)
	for _, part := range body {
		if _, err := w.Write(part); err != nil {
			return
		}
	}
}
