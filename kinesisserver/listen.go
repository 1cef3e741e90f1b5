package kinesisserver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
)

// maxConcurrentStreams is how many requests one HTTP/2 connection carries at a time. Every
// SubscribeToShard holds one for minutes, and Java clients use one connection for all their shards.
const maxConcurrentStreams = 1000

// maxHeaderBytes has ample room for a signature and a session token.
const maxHeaderBytes = 64 << 10

// newHTTPServer speaks HTTP/1.1 and, without any negotiation, HTTP/2: the JavaScript and the
// asynchronous Java SDK use the latter at once, also without TLS.
func (s *Server) newHTTPServer() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           s.Handler(),
		Protocols:         protocols,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxConcurrentStreams},
		MaxHeaderBytes:    maxHeaderBytes,
		ReadHeaderTimeout: max(s.cfg.HeaderTimeout, 0),
		IdleTimeout:       max(s.cfg.IdleTimeout, 0),
		// What clients do wrong to the connection is not worth a line each.
		ErrorLog: slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
	}
}

// Serve answers on a listener until Close, then returns nil. It may be called for several.
func (s *Server) Serve(l net.Listener) error {
	return served(s.http.Serve(l))
}

// served drops the error by which net/http says that it was closed.
func served(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Start listens on a TCP address, such as "127.0.0.1:0", and serves it until Close. It returns the
// endpoint URL for clients.
func (s *Server) Start(addr string) (endpoint string, err error) {
	l, err := s.listen(addr)
	if err != nil {
		return "", err
	}
	s.serveInBackground(l, s.Serve)
	return "http://" + l.Addr().String(), nil
}

// listen opens a TCP listener for a server that is not closed.
func (s *Server) listen(addr string) (net.Listener, error) {
	select {
	case <-s.closing:
		return nil, http.ErrServerClosed
	default:
		return net.Listen("tcp", addr)
	}
}

// StartInMemory serves, until Close, connections that exist in memory only. Clients use the endpoint
// with the dial function in their http.Transport's DialContext; nothing then blocks on the
// operating system, so that client and server may live in one testing/synctest bubble.
func (s *Server) StartInMemory() (endpoint string, dial func(ctx context.Context, network, addr string) (net.Conn, error)) {
	l := newPipeListener()
	s.serveInBackground(l, s.Serve)
	return "http://kinesis.local", l.dial
}

func (s *Server) serveInBackground(l net.Listener, serve func(net.Listener) error) {
	s.serving.Go(func() {
		if err := serve(l); err != nil {
			s.cfg.Logger.Error("listener failed", slog.Any("error", err))
		}
	})
}
