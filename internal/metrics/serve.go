package metrics

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
)

// Path is where the metrics are.
const Path = "/metrics"

const (
	// scrapesAtOnce bounds the answers that are made at the same time; more are refused.
	scrapesAtOnce = 4
	// stopPatience is how long a scrape may still take when the server stops.
	stopPatience = time.Second

	headerTimeout  = 5 * time.Second
	readTimeout    = 10 * time.Second
	writeTimeout   = 30 * time.Second
	idleTimeout    = 2 * time.Minute // longer than most scrape intervals
	maxHeaderBytes = 16 << 10
)

// Handler returns a handler that answers every request with the metrics of the job, of the Go
// runtime and of the process. It has a registry of its own.
func Handler(status func() engine.Status) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		NewCollector(status), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapesAtOnce})
}

// Serve answers scrapes at Path on addr, which is host:port; without a host it is the loopback
// address, and port 0 is any that is free. It returns when it listens, with the address that it has;
// stop, or the end of ctx, ends it. stop may be called more than once.
func Serve(ctx context.Context, addr string, status func() engine.Status) (actualAddr string, stop func(), err error) {
	listener, err := listen(ctx, addr)
	if err != nil {
		return "", nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, Handler(status))
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		_ = server.Serve(listener) // always ends with an error; after Shutdown it says nothing
	})
	end := sync.OnceFunc(func() {
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
		defer cancel()
		if server.Shutdown(patience) != nil {
			_ = server.Close() // the listener is closed already, and nobody waits for the answers
		}
		serving.Wait()
	})
	forget := context.AfterFunc(ctx, end)
	return listener.Addr().String(), func() {
		forget()
		end()
	}, nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, diag.Errorf(diag.Usage, diag.Span{}, "%q is not an address to listen on", addr).
			WithHint("write host:port, such as 127.0.0.1:9464, or :9464 for this machine only")
	}
	if host == "" {
		host = "127.0.0.1"
	}
	addr = net.JoinHostPort(host, port)
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, diag.Errorf(diag.Unreachable, diag.Span{}, "cannot listen for metrics on %s: the port is in use", addr).
			WithHint("choose another port, or 0 for any that is free")
	}
	if err != nil {
		return nil, diag.Errorf(diag.Unreachable, diag.Span{}, "cannot listen for metrics: %w", err)
	}
	return listener, nil
}
