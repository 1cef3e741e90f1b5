package kinesisserver

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
)

// dialRaw opens a connection to send bytes on that no HTTP client would.
func (w *world) dialRaw() net.Conn {
	w.Helper()
	conn, err := w.http.Transport.(*http.Transport).DialContext(w.Context(), "tcp", "")
	w.must(err)
	w.Cleanup(func() { conn.Close() })
	return conn
}

// rawCall is the header of a call, and as much of its body as is given.
func rawCall(operation, framing, body string) string {
	return "POST / HTTP/1.1\r\nHost: kinesis\r\nContent-Type: " + jsonType + "\r\nX-Amz-Target: " + targetPrefix + operation + "\r\n" +
		framing + "\r\n\r\n" + body
}

// status returns the status of the answer on a connection, or the error of reading it, and whether
// the server closes the connection after it.
func status(conn net.Conn) (status int, closed bool, err error) {
	answers := bufio.NewReader(conn)
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		return 0, true, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return resp.StatusCode, true, err
	}
	return resp.StatusCode, resp.Close, nil
}

func TestTruncatedBodiesAreNotActedOn(t *testing.T) {
	const create = `{"StreamName":"clicks","ShardCount":1}`
	for name, c := range map[string]struct{ framing, body string }{
		"with a length": {fmt.Sprintf("Content-Length: %d", len(create)+1), create},
		"in chunks":     {"Transfer-Encoding: chunked", fmt.Sprintf("%x\r\n%s\r\n", len(create), create)},
		"bad chunks":    {"Transfer-Encoding: chunked", fmt.Sprintf("%x\r\n%s\r\nnext", len(create), create)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Config{})
			endpoint, err := w.srv.Start("127.0.0.1:0") // a pipe cannot be closed in one direction
			w.must(err)
			conn, err := net.Dial("tcp", strings.TrimPrefix(endpoint, "http://"))
			w.must(err)
			defer conn.Close()
			io.WriteString(conn, rawCall("CreateStream", c.framing, c.body))
			w.must(conn.(*net.TCPConn).CloseWrite())
			if code, closed, err := status(conn); code != http.StatusBadRequest || !closed || err != nil {
				t.Errorf("got %d, closed %v, %v", code, closed, err)
			}
			out, err := w.client.ListStreams(t.Context(), &kinesis.ListStreamsInput{})
			w.must(err)
			if len(out.StreamNames) != 0 {
				t.Error("the stream was created")
			}
		})
	}
}

func TestGiantHeadersAreRefused(t *testing.T) {
	w := newWorld(t, Config{})
	giant := strings.Repeat("x", 4*maxHeaderBytes)
	conn := w.dialRaw()
	go io.WriteString(conn, rawCall("ListStreams", "X-Giant: "+giant+"\r\nContent-Length: 2", "{}"))
	if code, closed, err := status(conn); code != http.StatusRequestHeaderFieldsTooLarge || !closed || err != nil {
		t.Errorf("HTTP/1.1: got %d, closed %v, %v", code, closed, err)
	}

	endpoint, err := w.srv.Start("127.0.0.1:0") // over a pipe, which buffers nothing, HTTP/2 gets stuck with it
	w.must(err)
	h2c := new(http.Protocols)
	h2c.SetUnencryptedHTTP2(true)
	w.endpoint, w.http = endpoint, httpClient{&http.Client{Transport: &http.Transport{Protocols: h2c}}}
	defer w.http.CloseIdleConnections()
	r := w.newRequest("ListStreams", "{}")
	r.Header.Set("X-Giant", giant)
	if resp, err := w.http.Do(r); err == nil && resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("HTTP/2: got %d", resp.StatusCode)
	}
	w.call("ListStreams", "{}")
}

func TestSlowClientsAreGivenUp(t *testing.T) {
	cfg := Config{HeaderTimeout: 3 * time.Second, BodyTimeout: 20 * time.Second, IdleTimeout: 100 * time.Second, ControlAPI: true}
	for name, c := range map[string]struct {
		sent   string
		status int // -1: either, or none
		after  time.Duration
	}{
		"silent":      {"", 0, 3 * time.Second},
		"slow header": {"POST / HTTP/1.1\r\nHost: kine", 0, 3 * time.Second},
		"slow body":   {rawCall("ListStreams", "Content-Length: 2", "{"), http.StatusRequestTimeout, 20 * time.Second},
		// net/http holds an answer back until it has the body, even if that was not needed.
		"slow body of no call": {"POST / HTTP/1.1\r\nHost: kinesis\r\nContent-Length: 2\r\n\r\n{", -1, 20 * time.Second},
		"slow control body":    {"POST /_penstock/clock HTTP/1.1\r\nHost: kinesis\r\nContent-Length: 2\r\n\r\n{", http.StatusRequestTimeout, 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, cfg, func(w *world) {
				conn, start := w.dialRaw(), time.Now()
				io.WriteString(conn, c.sent)
				code, _, err := status(conn)
				if _, more := io.Copy(io.Discard, conn); more != nil {
					w.Error(more)
				}
				if took := time.Since(start); c.status >= 0 && code != c.status || took < c.after || took > c.after+time.Second {
					w.Errorf("got %d, %v after %v", code, err, took)
				}
			})
		})
	}
}

func TestConnectionsMayBeIdleForAWhile(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		conn := w.dialRaw()
		for _, pause := range []time.Duration{0, DefaultBodyTimeout + time.Second, DefaultIdleTimeout - time.Second} {
			advance(pause)
			io.WriteString(conn, rawCall("ListStreams", "Content-Length: 2", "{}"))
			if code, closed, err := status(conn); code != http.StatusOK || closed || err != nil {
				w.Errorf("after %v: %d, closed %v, %v", pause, code, closed, err)
			}
		}
		start := time.Now()
		if n, err := conn.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) || time.Since(start) != DefaultIdleTimeout {
			w.Errorf("read %d, %v after %v", n, err, time.Since(start))
		}
	})
}

// TestWaitingIsNoSlowness checks that the time limits of clients do not cut off those that wait for
// the server, over HTTP/1.1 and HTTP/2.
func TestWaitingIsNoSlowness(t *testing.T) {
	h2c := new(http.Protocols)
	h2c.SetUnencryptedHTTP2(true)
	for name, protocols := range map[string]*http.Protocols{"HTTP/1.1": nil, "HTTP/2": h2c} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, Config{}, func(w *world) {
				w.http.Transport.(*http.Transport).Protocols = protocols
				w.create("clicks", 1)
				consumer := w.register("app")
				remove := w.srv.Fault(Fault{Operation: "ListStreams", Delay: 10 * time.Minute})
				_, err := w.client.ListStreams(w.Context(), &kinesis.ListStreamsInput{})
				w.must(err)
				remove()
				w.srv.Fault(Fault{Operation: "SubscribeToShard", EmptyPage: true})
				s := w.subscribe(consumer, "0", fromTrimHorizon)
				defer s.stream.Close()
				start := time.Now()
				if err := s.end(); err != nil || time.Since(start) != DefaultSubscriptionLifetime {
					w.Errorf("ended after %v with %v", time.Since(start), err)
				}
			})
		})
	}
}

func TestClientsThatDoNotReadAreGivenUp(t *testing.T) {
	inBubble(t, Config{AnswerDelay: -1}, func(w *world) {
		w.create("clicks", 1)
		w.put("clicks", "k", strings.Repeat("x", 1<<20-1))
		it := w.iterator("clicks", "0", "TRIM_HORIZON", "")
		body := `{"ShardIterator":"` + it + `"}`
		conn, start := w.dialRaw(), time.Now()
		io.WriteString(conn, rawCall("GetRecords", fmt.Sprintf("Content-Length: %d", len(body)), body))
		advance(DefaultBodyTimeout + time.Second)
		if n, err := io.Copy(io.Discard, conn); n > 1<<19 || err != nil {
			w.Errorf("read %d bytes, %v after %v", n, err, time.Since(start))
		}
	})
}

// TestThousandsOfIdleConnections keeps two thousand connections open while others work, half of them
// after a call.
func TestThousandsOfIdleConnections(t *testing.T) {
	const connections = 2000
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	endpoint, err := w.srv.Start("127.0.0.1:0")
	w.must(err)
	conns := make([]net.Conn, 0, connections)
	defer func() {
		for _, conn := range conns {
			conn.Close()
		}
	}()
	for i := range connections {
		conn, err := net.Dial("tcp", strings.TrimPrefix(endpoint, "http://"))
		if errors.Is(err, syscall.EMFILE) {
			t.Skipf("this system allows only %d connections: %v", i, err)
		}
		w.must(err)
		conns = append(conns, conn)
		if i%2 == 0 {
			io.WriteString(conn, rawCall("ListStreams", "Content-Length: 2", "{}"))
			if code, closed, err := status(conn); code != http.StatusOK || closed || err != nil {
				t.Fatalf("connection %d: %d, closed %v, %v", i, code, closed, err)
			}
		}
	}
	w.put("clicks", "k", "x")
	if got := w.read("clicks", "0"); got != "x" {
		t.Errorf("read %q", got)
	}
	_, err = w.client.DescribeStream(t.Context(), &kinesis.DescribeStreamInput{StreamName: aws.String("clicks")})
	w.must(err)
	w.must(w.srv.Close())
	for i, conn := range conns {
		if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil {
			t.Fatalf("connection %d is still open: %d, %v", i, n, err)
		}
	}
}
