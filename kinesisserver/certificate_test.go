package kinesisserver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestTLSSpeaksWhatALPNChooses(t *testing.T) {
	srv := New(Config{TLSHosts: []string{"kinesis"}})
	endpoint, err := srv.StartTLS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	ca, err := srv.CACertificate()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatalf("no certificate in %s", ca)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "kinesis"} {
		http1 := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: host}}
		if got := protocolOf(t, endpoint, http1); got != "HTTP/1.1" {
			t.Errorf("%s: spoke %s", host, got)
		}
		http2 := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: host}, ForceAttemptHTTP2: true}
		if got := protocolOf(t, endpoint, http2); got != "HTTP/2.0" {
			t.Errorf("%s: spoke %s", host, got)
		}
	}
}

func TestTLSSpeaksHTTP2ToClientsThatBeginWithItWithoutALPN(t *testing.T) {
	srv := New(Config{})
	endpoint, err := srv.StartTLS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	ca, err := srv.CACertificate()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	prior := &http.Transport{Protocols: new(http.Protocols)}
	prior.Protocols.SetUnencryptedHTTP2(true)
	prior.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return (&tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "localhost"}}).DialContext(ctx, network, addr)
	}
	if got := protocolOf(t, strings.Replace(endpoint, "https", "http", 1), prior); got != "HTTP/2.0" {
		t.Errorf("spoke %s", got)
	}
}

func TestGivenCertificateIsUsed(t *testing.T) {
	leaf, ca, err := generateCertificates([]string{"example.test"})
	if err != nil {
		t.Fatal(err)
	}
	srv := New(Config{Certificate: leaf})
	endpoint, err := srv.StartTLS("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	protocolOf(t, endpoint, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.test"}})
}
