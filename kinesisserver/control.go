package kinesisserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
)

const (
	controlPath = "/_penstock/"
	// maxControlBytes is far more than any request of the control API needs.
	maxControlBytes = 64 << 10
)

// controlRoute is one thing the control API can do. It is also its own documentation: GET on
// controlPath answers with the table.
type controlRoute struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	What   string          `json:"what"`
	Body   json.RawMessage `json:"body,omitempty"` // an example

	serve func(s *Server, r *http.Request) (any, error)
}

// controlRoutes returns the table of the control API.
func controlRoutes() []controlRoute {
	return []controlRoute{
		{Method: http.MethodGet, Path: controlPath, What: "list what there is", serve: listControlRoutes},
		{Method: http.MethodGet, Path: controlPath + "health", What: "answer when the server does", serve: getHealth},
		{Method: http.MethodGet, Path: controlPath + "faults", What: "list the faults, and how often each has hit", serve: getFaults},
		{
			Method: http.MethodPost, Path: controlPath + "faults", What: "add a fault to the calls it names",
			Body:  json.RawMessage(`{"operation":"GetRecords","count":3,"code":"ProvisionedThroughputExceededException"}`),
			serve: withBody(postFault),
		},
		{Method: http.MethodDelete, Path: controlPath + "faults", What: "remove all faults", serve: deleteFaults},
		{Method: http.MethodDelete, Path: controlPath + "faults/{id}", What: "remove one fault", serve: deleteFault},
		{Method: http.MethodPost, Path: controlPath + "expire-iterators", What: "expire all shard iterators handed out so far", serve: withBody(postExpireIterators)},
		{
			Method: http.MethodPost, Path: controlPath + "end-subscriptions",
			What: "end all running SubscribeToShard calls, with an exception in the stream if a code is given",
			Body: json.RawMessage(`{"code":"InternalFailureException"}`), serve: withBody(postEndSubscriptions),
		},
		{
			Method: http.MethodPost, Path: controlPath + "reshard", What: "split and merge until a stream has that many equal open shards",
			Body: json.RawMessage(`{"stream":"orders","shards":8}`), serve: withBody(postReshard),
		},
		{
			Method: http.MethodPost, Path: controlPath + "pause-shard", What: "let a shard take records in, but give none out",
			Body: json.RawMessage(`{"stream":"orders","shard":"shardId-000000000000"}`), serve: withBody(postPauseShard),
		},
		{
			Method: http.MethodPost, Path: controlPath + "resume-shard", What: "end the pause of a shard",
			Body: json.RawMessage(`{"stream":"orders","shard":"shardId-000000000000"}`), serve: withBody(postResumeShard),
		},
		{Method: http.MethodGet, Path: controlPath + "calls", What: "count the calls of each operation so far", serve: getCalls},
		{Method: http.MethodGet, Path: controlPath + "clock", What: "tell the server's time, and how far it is ahead", serve: getClock},
		{
			Method: http.MethodPost, Path: controlPath + "clock", What: `move the server's time ahead, by "advance" or until "set"`,
			Body: json.RawMessage(`{"advance":"1h"}`), serve: withBody(postClock),
		},
	}
}

// isControl reports whether a request is for the control API. One that names an operation is not
// when there is no such API: an AWS client may use any path.
func (s *Server) isControl(r *http.Request) bool {
	path := r.URL.Path
	return (strings.HasPrefix(path, controlPath) || path == strings.TrimSuffix(controlPath, "/")) &&
		(s.cfg.ControlAPI || r.Header.Get("X-Amz-Target") == "")
}

// serveControl answers one request to the control API.
func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	answer, err := s.control(w, r)
	status := http.StatusOK
	if err != nil {
		failure := asControlError(err)
		answer, status = failure, failure.status
	}
	body, err := json.Marshal(answer)
	if err != nil {
		s.cfg.Logger.Error("control answer not encoded", slog.Any("error", err))
		status = http.StatusInternalServerError
	}
	s.cfg.Logger.Debug("control", slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", status))
	s.respond(w, status, "application/json", append(body, '\n'))
}

func (s *Server) control(w http.ResponseWriter, r *http.Request) (any, error) {
	if !s.cfg.ControlAPI {
		return nil, &controlError{
			http.StatusForbidden, "this server has no control API",
			"start it with penstock kinesis --control, or in Go with Config.ControlAPI",
		}
	}
	if err := s.crossOrigin.Check(r); err != nil {
		return nil, &controlError{http.StatusForbidden, err.Error(), "send the request from a program: pages in a browser may not use this API"}
	}
	path, method := r.URL.Path, r.Method
	if id, ok := strings.CutPrefix(path, controlPath+"faults/"); ok {
		r.SetPathValue("id", id)
		path = controlPath + "faults/{id}"
	}
	if path == strings.TrimSuffix(controlPath, "/") {
		path = controlPath
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var allowed []string
	for _, route := range s.controlRoutes {
		if route.Path != path {
			continue
		}
		if route.Method == method {
			r.Body = http.MaxBytesReader(w, r.Body, maxControlBytes)
			return route.serve(s, r)
		}
		allowed = append(allowed, route.Method)
	}
	if allowed == nil {
		return nil, &controlError{http.StatusNotFound, "there is no " + strconv.Quote(r.URL.Path), "GET " + controlPath + " lists what there is"}
	}
	w.Header()["Allow"] = allowed
	return nil, &controlError{
		http.StatusMethodNotAllowed, r.URL.Path + " cannot be used with " + r.Method,
		"use " + strings.Join(allowed, " or "),
	}
}

// controlError is an error of the control API: what is wrong, and what to do next.
type controlError struct {
	status int
	What   string `json:"what"`
	Next   string `json:"next"`
}

func (e *controlError) Error() string { return e.What }

func badControlRequest(next, format string, args ...any) error {
	return &controlError{http.StatusBadRequest, fmt.Sprintf(format, args...), next}
}

// asControlError gives an error of the service the form of the control API's.
func asControlError(err error) *controlError {
	if failure, ok := errors.AsType[*controlError](err); ok {
		return failure
	}
	if apiErr, ok := errors.AsType[*apiError](err); ok {
		if apiErr.code == codeResourceNotFound {
			return &controlError{http.StatusNotFound, apiErr.message, "ListStreams and ListShards show what there is in the server's account and region"}
		}
		return &controlError{apiErr.status, apiErr.message, "change the request and send it again"}
	}
	return &controlError{http.StatusInternalServerError, err.Error(), "this is a bug of the server: please report it"}
}

// withBody makes a route's function out of one of its decoded body. An empty body is an empty object.
func withBody[In any](serve func(s *Server, in *In) (any, error)) func(s *Server, r *http.Request) (any, error) {
	return func(s *Server, r *http.Request) (any, error) {
		in := new(In)
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields()
		err := d.Decode(in)
		if err == nil {
			if _, more := d.Token(); !errors.Is(more, io.EOF) {
				err = errors.New("there is something behind the JSON object")
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, badControlBody(err)
		}
		return serve(s, in)
	}
}

// badControlBody says what is wrong with a body.
func badControlBody(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &controlError{http.StatusRequestEntityTooLarge, "the body is larger than 64 KiB", "send one small JSON object"}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &controlError{http.StatusRequestTimeout, "the body did not come in time", "send all of it at once"}
	}
	const next = "GET " + controlPath + " shows an example of the body"
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return badControlRequest(next, "the body does not fit: %q cannot be a %s", wrong.Field, wrong.Value)
	}
	return badControlRequest(next, "the body does not fit: %s", strings.TrimPrefix(err.Error(), "json: "))
}

func listControlRoutes(s *Server, _ *http.Request) (any, error) {
	return struct {
		What   string         `json:"what"`
		Routes []controlRoute `json:"routes"`
	}{"the control API of a Penstock Kinesis server", slices.Clone(s.controlRoutes)}, nil
}
