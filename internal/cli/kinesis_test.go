package cli

import (
	"bufio"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestKinesisServesUntilASignal(t *testing.T) {
	isolate(t)
	reader, writer := io.Pipe()
	signals := make(chan os.Signal, 1)
	readyFile := filepath.Join(t.TempDir(), "kinesis.env")
	done := make(chan result)
	go func() {
		p := process{signals: signals, stdout: writer}
		done <- p.run(t.Context(), "kinesis", "--port", "0", "--stream", "orders:2,out", "--ready-file", readyFile)
	}()
	out, text := bufio.NewScanner(reader), ""
	for range 5 { // export lines
		out.Scan()
		text += out.Text() + "\n"
		name, value, _ := strings.Cut(strings.TrimPrefix(out.Text(), "export "), "=")
		t.Setenv(name, value)
	}
	if file, err := os.ReadFile(readyFile); err != nil || string(file) != text {
		t.Errorf("ready file: got %q, %v; want %q", file, err, text)
	}
	if r := run(t, "put", "out", "hello"); r.code != 0 {
		t.Errorf("put: %+v", r)
	}
	signals <- syscall.SIGTERM
	r := <-done
	endpoint := os.Getenv("AWS_ENDPOINT_URL_KINESIS")
	r.want(t, 0, "", "Kinesis API on "+endpoint+", region us-east-1\n  stream orders, 2 shards\n  stream out, 1 shard\n"+
		"Paste the export lines into another terminal. Ctrl-C stops the server.\nstopped\n")
	if r := run(t, "put", "out", "hello"); r.code != 6 {
		t.Errorf("after the end: %+v", r)
	}
}

func TestKinesisAsJSONWithAWarning(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signals <- os.Interrupt
	r := process{signals: signals}.run(t.Context(), "kinesis", "--port", "0", "--host", "0.0.0.0", "-o", "json", "--region", "eu-west-1")
	if r.code != 0 || !strings.HasPrefix(r.stdout, `{"endpoint":"http://`) || !strings.HasSuffix(r.stdout, `","region":"eu-west-1","streams":[]}`+"\n") {
		t.Errorf("got %+v", r)
	}
	if !strings.Contains(r.stderr, "everyone who reaches 0.0.0.0 can read and write: no signature is checked") {
		t.Errorf("no warning in %q", r.stderr)
	}
}

func TestKinesisOnAPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	run(t, "kinesis", "--port", port).want(t, 6, "",
		"error: cannot listen on 127.0.0.1:"+port+": the port is in use\n  hint: choose another with --port, or --port 0 for any that is free\n")
}

func TestKinesisRefusesBadStreams(t *testing.T) {
	r := run(t, "kinesis", "--port", "0", "--stream", "no spaces")
	if r.code != 2 || !strings.HasPrefix(r.stderr, `error: cannot create stream "no spaces": `) {
		t.Errorf("got %+v", r)
	}
}
