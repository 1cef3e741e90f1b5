package kinesisserver

import (
	"fmt"
	"strconv"
	"strings"
)

// TB is what StartForTest needs of a *testing.T, *testing.B or *testing.F.
type TB interface {
	Helper()
	Cleanup(func())
	Fatal(args ...any)
}

// StartForTest starts a server with streams, each "name" or "name:shards", on a free port of this
// machine. It returns the server and its endpoint URL, and closes it when the test is over. In a
// testing/synctest bubble use New and StartInMemory instead.
func StartForTest(t TB, cfg Config, streams ...string) (srv *Server, endpoint string) {
	t.Helper()
	srv = New(cfg)
	for _, stream := range streams {
		if err := srv.createSpec(stream); err != nil {
			t.Fatal("kinesisserver:", err)
		}
	}
	endpoint, err := srv.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal("kinesisserver:", err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Fatal("kinesisserver:", err)
		}
	})
	return srv, endpoint
}

// createSpec creates the stream that a text such as "clicks:2" describes.
func (s *Server) createSpec(spec string) error {
	name, number, given := strings.Cut(spec, ":")
	if !given {
		return s.CreateStream(name, 1)
	}
	shards, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("stream %q is not of the form name:shards", spec)
	}
	return s.CreateStream(name, shards)
}
