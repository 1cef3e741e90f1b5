package cli

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kinesisProcess is a running penstock kinesis.
type kinesisProcess struct {
	*testing.T
	kinesisObject
	client *http.Client
}

// startKinesis runs the command on free ports until the test is over.
func startKinesis(t *testing.T, args ...string) *kinesisProcess {
	t.Helper()
	reader, writer := io.Pipe()
	signals, done := make(chan os.Signal, 1), make(chan result, 1)
	go func() {
		r := process{signals: signals, stdout: writer}.run(t.Context(), append([]string{"kinesis", "--port", "0", "-o", "json"}, args...)...)
		writer.Close()
		done <- r
	}()
	p := &kinesisProcess{T: t, client: &http.Client{Transport: &http.Transport{}}}
	line, _ := bufio.NewReader(reader).ReadBytes('\n')
	if err := json.Unmarshal(line, &p.kinesisObject); err != nil {
		t.Fatalf("got %s: %+v", line, <-done)
	}
	t.Cleanup(func() {
		p.client.CloseIdleConnections()
		signals <- os.Interrupt
		if r := <-done; r.code != 0 {
			t.Errorf("ended with %+v", r)
		}
	})
	return p
}

// send sends a request and returns the body of the answer; operation "" is none.
func (p *kinesisProcess) send(method, url, operation, body string) string {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	if operation != "" {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "Kinesis_20131202."+operation)
	}
	resp, err := p.client.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.Fatal(err)
	}
	return string(text)
}

func (p *kinesisProcess) call(operation, body string) string {
	p.Helper()
	return p.send(http.MethodPost, p.Endpoint, operation, body)
}

func TestKinesisFlagsAct(t *testing.T) {
	p := startKinesis(t, "--stream", "orders", "--account", "123456789012", "--region", "eu-west-1", "--retention", "1m", "--limits", "aws")
	if got := p.call("DescribeStreamSummary", `{"StreamName":"orders"}`); !strings.Contains(got, `"arn:aws:kinesis:eu-west-1:123456789012:stream/orders"`) {
		t.Errorf("--account and --region: %s", got)
	}
	p.call("PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":"eA=="}`)
	if got := p.send("POST", p.Endpoint+"/_penstock/clock", "", `{"advance":"61s"}`); !strings.Contains(got, `"ahead":"1m1s"`) {
		t.Errorf("the control API: %s", got)
	}
	var it struct{ ShardIterator string }
	json.Unmarshal([]byte(p.call("GetShardIterator", `{"StreamName":"orders","ShardId":"0","ShardIteratorType":"TRIM_HORIZON"}`)), &it)
	if got := p.call("GetRecords", `{"ShardIterator":"`+it.ShardIterator+`"}`); !strings.HasPrefix(got, `{"Records":[],`) {
		t.Errorf("--retention: %s", got)
	}
	p.call("DescribeLimits", `{}`)
	if got := p.call("DescribeLimits", `{}`); !strings.Contains(got, "LimitExceededException") {
		t.Errorf("--limits: %s", got)
	}
}

func TestKinesisSeedRepeatsChance(t *testing.T) {
	fails := func(seed string) (fails string) {
		p := startKinesis(t, "--seed", seed)
		p.send("POST", p.Endpoint+"/_penstock/faults", "", `{"percent":50,"code":"LimitExceededException"}`)
		for range 40 {
			if strings.Contains(p.call("ListStreams", "{}"), "LimitExceeded") {
				fails += "x"
			} else {
				fails += "."
			}
		}
		return fails
	}
	first := fails("1")
	if again := fails("1"); again != first {
		t.Errorf("--seed 1 failed %s and then %s", first, again)
	}
	if other := fails("2"); other == first {
		t.Errorf("--seed 2 failed like 1: %s", other)
	}
}

func TestKinesisControlCanBeLeftOut(t *testing.T) {
	p := startKinesis(t, "--control=false")
	if got := p.send("GET", p.Endpoint+"/_penstock/", "", ""); !strings.Contains(got, "no control API") {
		t.Errorf("got %s", got)
	}
}

func TestKinesisServesTLS(t *testing.T) {
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	p := startKinesis(t, "--tls-port", "0", "--ca-file", caFile, "--stream", "orders")
	ca, err := os.ReadFile(p.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	p.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	if got := p.send("POST", p.TLSEndpoint, "ListStreams", "{}"); !strings.Contains(got, `"orders"`) {
		t.Errorf("got %s", got)
	}
}

func TestKinesisSaysHowToTrustTLS(t *testing.T) {
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "; --ca-file ca.pem writes the certificate that clients must trust\n"},
		{[]string{"--ca-file", caFile}, ", for clients that trust " + caFile + ": AWS_CA_BUNDLE=" + caFile + "\n"},
	} {
		signals := make(chan os.Signal, 1)
		signals <- os.Interrupt
		r := process{signals: signals}.run(t.Context(), append([]string{"kinesis", "--port", "0", "--tls-port", "0"}, c.args...)...)
		if !strings.Contains(r.stderr, "\n  with TLS on https://127.0.0.1:") || !strings.Contains(r.stderr, c.want) || strings.Contains(r.stdout, "https") {
			t.Errorf("got %+v", r)
		}
	}
}

func TestKinesisRefusesBadFlags(t *testing.T) {
	for _, c := range []struct{ flags, want string }{
		{"--limits some", `--limits "some" is not one of none, aws`},
		{"--account 12", `--account "12" does not have 12 digits`},
		{"--region $(x)", `--region "$(x)" is not a region, such as us-east-1`},
		{"--retention 0s", `--retention 0s is not longer than nothing`},
		{"--ca-file ca.pem", `--ca-file needs --tls-port: without TLS there is no certificate to trust`},
	} {
		run(t, append([]string{"kinesis", "--port", "0"}, strings.Fields(c.flags)...)...).
			want(t, 2, "", "error: "+c.want+"\n  hint: penstock kinesis --help shows how it is used\n")
	}
	r := run(t, "kinesis", "--port", "0", "--tls-port", "0", "--ca-file", filepath.Join(t.TempDir(), "none", "ca.pem"))
	if r.code != 2 || !strings.HasPrefix(r.stderr, "error: cannot write --ca-file: ") {
		t.Errorf("got %+v", r)
	}
}
