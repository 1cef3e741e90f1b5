package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	serverPackage = "github.com/penstock-io/penstock/cmd/penstock"
	startTimeout  = 20 * time.Second
	stopTimeout   = 5 * time.Second
)

// buildServer builds penstock into a directory.
func buildServer(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "penstock")
	return program, run(ctx, "", "go", "build", "-o", program, serverPackage)
}

// server is a running penstock kinesis.
type server struct {
	cmd      *exec.Cmd
	log      *strings.Builder
	env      []string // what it says that clients need
	announce announcement
	caFile   string
	done     chan struct{}
}

// announcement is what penstock kinesis --output json prints, as far as it matters here.
type announcement struct {
	Endpoint    string `json:"endpoint"`
	TLSEndpoint string `json:"tls_endpoint"`
}

// startServer starts a server and waits until it answers.
func startServer(ctx context.Context, program, dir string) (*server, error) {
	ready := filepath.Join(dir, "kinesis.env")
	s := &server{log: new(strings.Builder), done: make(chan struct{}), caFile: filepath.Join(dir, "ca.pem")}
	s.cmd = exec.CommandContext(ctx, program, "kinesis", "--output", "json", "--stream", "given:2",
		"--port", "0", "--tls-port", "0", "--ca-file", s.caFile, "--ready-file", ready)
	s.cmd.Stderr = s.log
	s.cmd.WaitDelay = stopTimeout
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	late := time.AfterFunc(startTimeout, s.kill)
	err = json.NewDecoder(out).Decode(&s.announce)
	late.Stop()
	go func() {
		defer close(s.done)
		s.cmd.Wait() //nolint:errcheck // however it ended, the clients notice
	}()
	if err == nil {
		err = s.readEnv(ready)
	}
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("start penstock kinesis: %w: %s", err, s.log)
	}
	return s, nil
}

// readEnv takes the variables from the ready file, which is there before anything is printed.
func (s *server) readEnv(file string) error {
	text, err := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		if variable, ok := strings.CutPrefix(strings.TrimSpace(line), "export "); ok {
			s.env = append(s.env, variable)
		}
	}
	return err
}

// withTLS returns the variables that make a client use TLS and trust the certificate.
func (s *server) withTLS(ctx context.Context) ([]string, error) {
	env := []string{"AWS_ENDPOINT_URL_KINESIS=" + s.announce.TLSEndpoint, "AWS_CA_BUNDLE=" + s.caFile, "NODE_EXTRA_CA_CERTS=" + s.caFile}
	keytool, err := exec.LookPath("keytool")
	if errors.Is(err, exec.ErrNotFound) {
		return env, nil // no Java, so that its clients have failed by now
	}
	if err != nil {
		return nil, err
	}
	store := s.caFile + ".p12"
	err = run(ctx, "", keytool, "-importcert", "-noprompt", "-alias", "penstock", "-file", s.caFile,
		"-keystore", store, "-storetype", "PKCS12", "-storepass", "changeit")
	return append(env, "JDK_JAVA_OPTIONS=-Djavax.net.ssl.trustStore="+store+" -Djavax.net.ssl.trustStorePassword=changeit"), err
}

func (s *server) kill() {
	s.cmd.Process.Kill() //nolint:errcheck // it has ended already
}

// stop ends the server, at last by force.
func (s *server) stop() {
	if s.cmd.Process.Signal(os.Interrupt) != nil { // it has ended already, or this is Windows
		s.kill()
	}
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-s.done:
	case <-timer.C:
		s.kill()
		<-s.done
	}
}
