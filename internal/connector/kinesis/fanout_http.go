package kinesis

import (
	"net/http"
	"time"
)

const (
	// maxStreamBuffer is what one subscription may hold back in memory when its reader is slow: an
	// event. Go's own limit is 4 MiB, times the number of shards.
	maxStreamBuffer = 2 << 20
	// pingInterval is how long a connection may be silent before it is asked whether it is alive. All
	// subscriptions share it, so one that is dead must not be tried again by the next.
	pingInterval = 15 * time.Second
)

// newStreamClient returns the client for subscriptions. They last for minutes, so they have
// connections apart from those of calls, whose number may be limited. And they use HTTP/2 if the
// server has it, which AWS asks for; each is held up on its own there too.
func newStreamClient(calls *httpClient, http1 bool) *httpClient {
	transport, ok := calls.Transport.(*http.Transport)
	if !ok {
		return calls
	}
	transport = transport.Clone()
	transport.MaxConnsPerHost = 0
	if !http1 {
		transport.ForceAttemptHTTP2, transport.TLSNextProto = true, nil
		transport.HTTP2 = &http.HTTP2Config{MaxReceiveBufferPerStream: maxStreamBuffer, SendPingTimeout: pingInterval, PingTimeout: pingInterval}
	}
	return &httpClient{agent: calls.agent, Client: &http.Client{Transport: transport, CheckRedirect: calls.CheckRedirect}}
}
