package kinesisserver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
)

// The benchmarks here compare the server with kinesalite, which runs on Node.js. Both run as
// processes of their own, and the same client in this one talks to both. client=sdk is the Go SDK,
// most of whose time goes into decoding where the server is fast; client=bytes only takes the answers
// in; server-ns/record is the processor time of the server alone. kinesalite is installed into bin/peers on first use.

const (
	peerShards  = 4
	peerRecords = 20_000 // of 1 KiB, 500 in a request
	// serverProcessEnv makes the test binary a server: see serverProcess.
	serverProcessEnv = "PENSTOCK_BENCH_SERVER"
)

// serverProcess serves until its standard input ends, after it has said where.
func serverProcess() error {
	srv := New(Config{})
	endpoint, err := srv.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, endpoint)
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, srv.Close())
}

// peer is a server under measurement.
type peer struct {
	*testing.B
	client   *kinesis.Client
	http     *http.Client
	endpoint string
	pid      int
}

// startPenstock starts this package's server as a process.
func startPenstock(b *testing.B) *peer {
	b.Helper()
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), program)
	cmd.Env = append(os.Environ(), serverProcessEnv+"=1")
	return startPeer(b, cmd, "")
}

// startKinesalite starts kinesalite, without its delays and limits.
func startKinesalite(b *testing.B) *peer {
	b.Helper()
	dir := installPeers(b)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	cmd := exec.CommandContext(b.Context(), "node", filepath.Join(dir, "node_modules", "kinesalite", "cli.js"),
		"--port", port, "--createStreamMs", "0", "--deleteStreamMs", "0", "--shardLimit", "1000")
	return startPeer(b, cmd, "http://127.0.0.1:"+port)
}

// installPeers returns the directory with the Node.js packages of testdata/peers.
func installPeers(b *testing.B) string {
	b.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			b.Fatalf("comparing with kinesalite needs Node.js and npm: %v; without it, run make bench", err)
		}
	}
	dir, err := filepath.Abs("../bin/peers")
	if err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	current := true
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join("testdata", "peers", name))
		if err != nil {
			b.Fatal(err)
		}
		there, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil && bytes.Equal(there, text) {
			continue
		}
		current = false
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err == nil && current {
		return dir
	}
	cmd := exec.CommandContext(b.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("npm ci in %s: %v\n%s", dir, err, out)
	}
	return dir
}

// startPeer starts a server, whose endpoint is the first line it prints if it is not given, and ends it
// with the benchmark.
func startPeer(b *testing.B, cmd *exec.Cmd, endpoint string) *peer {
	b.Helper()
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	b.Cleanup(func() {
		transport.CloseIdleConnections()
		stdin.Close()
		_ = cmd.Process.Kill() // kinesalite does not mind its standard input
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	if lines.Scan(); endpoint == "" {
		endpoint = lines.Text()
	}
	return &peer{B: b, pid: cmd.Process.Pid, endpoint: endpoint, http: &http.Client{Transport: transport}, client: kinesis.New(kinesis.Options{
		BaseEndpoint: &endpoint,
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTPClient:   httpClient{&http.Client{Transport: transport}}, // no request is sent twice
		Retryer:      retry.NewStandard(),
	})}
}

// eachImplementation runs a benchmark against both servers.
func eachImplementation(b *testing.B, bench func(p *peer)) {
	b.Helper()
	b.Run("impl=penstock", func(b *testing.B) { bench(startPenstock(b)) })
	b.Run("impl=peer-kinesalite", func(b *testing.B) { bench(startKinesalite(b)) })
}

func (p *peer) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// on returns the peer for a benchmark below the one it was started in.
func (p *peer) on(b *testing.B) *peer {
	other := *p
	other.B = b
	return &other
}

// create makes a stream and waits until it is there.
func (p *peer) create(name string) {
	p.Helper()
	ctx := context.Background()
	_, err := p.client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: &name, ShardCount: aws.Int32(peerShards)})
	p.must(err)
	p.must(kinesis.NewStreamExistsWaiter(p.client, func(o *kinesis.StreamExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 10*time.Millisecond, 100*time.Millisecond
	}).Wait(ctx, &kinesis.DescribeStreamInput{StreamName: &name}, time.Minute))
}

func (p *peer) delete(name string) {
	p.Helper()
	_, err := p.client.DeleteStream(context.Background(), &kinesis.DeleteStreamInput{StreamName: &name})
	p.must(err)
}

// report adds what a benchmark of peerRecords at a time is about.
func (p *peer) report(serverTime time.Duration) {
	records := float64(peerRecords * p.N)
	p.ReportMetric(records/p.Elapsed().Seconds(), "records/s")
	if serverTime > 0 {
		p.ReportMetric(float64(serverTime.Nanoseconds())/records, "server-ns/record")
	}
}

// processorTime returns what the server has used so far, in user mode and in the kernel; zero where
// there is no /proc.
func (p *peer) processorTime() time.Duration {
	if runtime.GOOS != "linux" {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	p.must(err)
	// Behind the name, which may hold anything, the 12th and 13th fields count in 1/100 s.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	total := 0
	for _, field := range fields[11:13] {
		ticks, err := strconv.Atoi(field)
		p.must(err)
		total += ticks
	}
	return time.Duration(total) * 10 * time.Millisecond
}

// BenchmarkServePutRecords writes 20,000 records per operation.
func BenchmarkServePutRecords(b *testing.B) {
	bodies := requestBodies()
	eachImplementation(b, func(p *peer) {
		for _, writers := range []int{1, 4} {
			p.Run(fmt.Sprintf("writers=%d/client=sdk", writers), func(b *testing.B) {
				p.on(b).measurePut(fmt.Sprintf("sdk-%d", writers), func(p *peer, stream string) { p.put(stream, writers) })
			})
			p.Run(fmt.Sprintf("writers=%d/client=bytes", writers), func(b *testing.B) {
				p.on(b).measurePut(fmt.Sprintf("bytes-%d", writers), func(p *peer, stream string) { p.putBytes(stream, writers, bodies) })
			})
		}
	})
}

// measurePut measures put on a new stream each time.
func (p *peer) measurePut(prefix string, put func(p *peer, stream string)) {
	used, n := time.Duration(0), 0
	p.SetBytes(peerRecords << 10)
	for p.Loop() {
		p.StopTimer()
		name := fmt.Sprintf("put-%s-%d", prefix, n)
		n++
		p.create(name)
		before := p.processorTime()
		p.StartTimer()
		put(p, name)
		p.StopTimer()
		used += p.processorTime() - before
		p.delete(name)
		p.StartTimer()
	}
	p.report(used)
}

// BenchmarkServeGetRecords reads 20,000 records per operation.
func BenchmarkServeGetRecords(b *testing.B) {
	eachImplementation(b, func(p *peer) {
		p.create("get")
		p.put("get", 1)
		for _, client := range []struct {
			name string
			get  func(p *peer, stream string) int
		}{{"sdk", (*peer).get}, {"bytes", (*peer).getBytes}} {
			p.Run(fmt.Sprintf("shards=%d/client=%s", peerShards, client.name), func(b *testing.B) {
				p := p.on(b)
				b.SetBytes(peerRecords << 10)
				before := p.processorTime()
				for b.Loop() {
					if n := client.get(p, "get"); n != peerRecords {
						b.Fatalf("read %d of %d records", n, peerRecords)
					}
				}
				p.report(p.processorTime() - before)
			})
		}
	})
}
