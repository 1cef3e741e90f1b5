package kinesisserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"sync"
	"time"
)

// certificates makes, when first needed, a certificate authority and a certificate signed by it.
type certificates struct {
	hosts []string
	given *tls.Certificate // Config.Certificate

	once sync.Once
	leaf *tls.Certificate
	ca   []byte // PEM
	err  error
}

// certificateLifetime is long enough for a CA file to be left in a test setup.
const certificateLifetime = 10 * 365 * 24 * time.Hour

func (c *certificates) get() (*tls.Certificate, error) {
	c.once.Do(func() {
		if c.leaf = c.given; c.leaf == nil {
			c.leaf, c.ca, c.err = generateCertificates(c.hosts)
		}
	})
	return c.leaf, c.err
}

// generateCertificates returns a certificate for the hosts and the PEM of the authority that signed
// it. The authority's key is forgotten.
func generateCertificates(hosts []string) (leaf *tls.Certificate, caPEM []byte, err error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	// An hour of slack is for containers whose clocks differ.
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "Penstock development CA"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLifetime),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano() + 1), Subject: pkix.Name{CommonName: hosts[0]},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	if ca, err = x509.ParseCertificate(caDER); err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), caKey)
	if err != nil {
		return nil, nil, err
	}
	caPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	return &tls.Certificate{Certificate: [][]byte{der, caDER}, PrivateKey: key}, caPEM, nil
}

// CACertificate returns, in PEM, the certificate authority that clients of StartTLS and ServeTLS must
// trust. It is nil when Config.Certificate is set.
func (s *Server) CACertificate() ([]byte, error) {
	_, err := s.certificates.get()
	return s.certificates.ca, err
}

// ServeTLS is Serve with TLS: HTTP/2 or HTTP/1.1, as the client begins. Most choose by ALPN; Java's
// asynchronous client begins with HTTP/2 without having asked.
func (s *Server) ServeTLS(l net.Listener) error {
	return s.Serve(opaqueListener{tls.NewListener(l, &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.certificates.get() },
	})})
}

// opaqueListener hides from net/http that its connections have TLS. It would go by ALPN alone
// otherwise; so it looks at what the client sends, as it does without TLS.
type opaqueListener struct{ net.Listener }

// Accept returns the next connection.
func (l opaqueListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return opaqueConn{conn}, nil
}

type opaqueConn struct{ net.Conn }

// StartTLS is Start with TLS; see CACertificate.
func (s *Server) StartTLS(addr string) (endpoint string, err error) {
	if _, err := s.certificates.get(); err != nil {
		return "", err
	}
	l, err := s.listen(addr)
	if err != nil {
		return "", err
	}
	s.serveInBackground(l, s.ServeTLS)
	return "https://" + l.Addr().String(), nil
}
