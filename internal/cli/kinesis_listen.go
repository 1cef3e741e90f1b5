package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/kinesisserver"
)

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	// regionName leaves nothing that would mean something to a shell.
	regionName = regexp.MustCompile(`^[a-z0-9-]+$`)
)

// check refuses values that would not do what they say.
func (f *kinesisFlags) check(cmd *cobra.Command) error {
	switch {
	case f.limits != string(kinesisserver.LimitsNone) && f.limits != string(kinesisserver.LimitsAWS):
		return usageError(cmd, "--limits %q is not one of none, aws", f.limits)
	case !accountID.MatchString(f.account):
		return usageError(cmd, "--account %q does not have 12 digits", f.account)
	case !regionName.MatchString(f.region):
		return usageError(cmd, "--region %q is not a region, such as %s", f.region, kinesisserver.DefaultRegion)
	case f.retention <= 0:
		return usageError(cmd, "--retention %v is not longer than nothing", f.retention)
	case f.caFile != "" && !cmd.Flags().Changed("tls-port"):
		return usageError(cmd, "--ca-file needs --tls-port: without TLS there is no certificate to trust")
	}
	return nil
}

// onLoopback reports whether only this machine reaches the server.
func (f *kinesisFlags) onLoopback() bool {
	return f.host == "localhost" || net.ParseIP(f.host).IsLoopback()
}

// tlsHosts are the names by which clients may call the server besides those of the loopback device.
func (f *kinesisFlags) tlsHosts() []string {
	hosts := []string{f.host}
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	return hosts
}

// endpoints is where the server answers.
type endpoints struct{ plain, tls string }

// listen starts the server where the flags say, and writes the certificate for the clients.
func (f *kinesisFlags) listen(cmd *cobra.Command, server *kinesisserver.Server) (at endpoints, err error) {
	address := net.JoinHostPort(f.host, strconv.Itoa(int(f.port)))
	if at.plain, err = server.Start(address); err != nil {
		return at, listenError("port", address, err)
	}
	if !cmd.Flags().Changed("tls-port") {
		return at, nil
	}
	address = net.JoinHostPort(f.host, strconv.Itoa(int(f.tlsPort)))
	if at.tls, err = server.StartTLS(address); err != nil {
		return at, listenError("tls-port", address, err)
	}
	if f.caFile == "" {
		return at, nil
	}
	ca, err := server.CACertificate()
	if err == nil {
		err = os.WriteFile(f.caFile, ca, 0o644)
	}
	if err != nil {
		return at, diag.Errorf(diag.Usage, diag.Span{}, "cannot write --ca-file: %w", err)
	}
	return at, nil
}

func listenError(flag, address string, err error) error {
	failure := diag.Errorf(diag.Unreachable, diag.Span{}, "cannot listen on %s: %w", address, errors.Unwrap(err))
	if errors.Is(err, syscall.EADDRINUSE) {
		failure = diag.Errorf(diag.Unreachable, diag.Span{}, "cannot listen on %s: the port is in use", address)
	}
	return failure.WithHint("choose another with --%s, or --%s 0 for any that is free", flag, flag)
}

// announce says where the server is, once it answers.
func (a *app) announce(f *kinesisFlags, at endpoints, specs []streamSpec) error {
	text := environment(at.plain, f.region)
	if f.readyFile != "" {
		if err := writeReadyFile(f.readyFile, text); err != nil {
			return diag.Errorf(diag.Usage, diag.Span{}, "cannot write --ready-file: %w", err)
		}
	}
	if !f.onLoopback() {
		may := "read and write"
		if f.control {
			may += ", and make it fail"
		}
		a.console.printf("%s everyone who reaches %s can %s: no signature is checked\n", a.console.style(red, "warning:"), f.host, may)
	}
	if a.json() {
		return a.printJSON(kinesisObject{Endpoint: at.plain, TLSEndpoint: at.tls, CAFile: f.caFile, Region: f.region, Streams: specs})
	}
	if _, err := fmt.Fprint(a.env.Out, text); err != nil {
		return err
	}
	a.console.printf("Kinesis API on %s, region %s\n", a.console.style(bold, at.plain), f.region)
	switch {
	case at.tls == "":
	case f.caFile == "":
		a.console.printf("  with TLS on %s; --ca-file ca.pem writes the certificate that clients must trust\n", at.tls)
	default:
		a.console.printf("  with TLS on %s, for clients that trust %s: AWS_CA_BUNDLE=%s\n", at.tls, f.caFile, f.caFile)
	}
	for _, spec := range specs {
		a.console.printf("  stream %s, %s\n", spec.Name, plural(spec.Shards, "shard"))
	}
	a.console.printf("Paste the export lines into another terminal. Ctrl-C stops the server.\n")
	return nil
}

// kinesisObject is the JSON form of what kinesis prints.
type kinesisObject struct {
	Endpoint    string       `json:"endpoint"`
	TLSEndpoint string       `json:"tls_endpoint,omitempty"`
	CAFile      string       `json:"ca_file,omitempty"`
	Region      string       `json:"region"`
	Streams     []streamSpec `json:"streams"`
}
