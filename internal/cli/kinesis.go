package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/kinesisserver"
)

type kinesisFlags struct {
	streams   []string
	host      string
	port      uint16
	region    string
	limits    string
	readyFile string
}

func newKinesis(a *app) *cobra.Command {
	var f kinesisFlags
	cmd := &cobra.Command{
		Use:   "kinesis",
		Short: "Serve the Kinesis API on this machine, for development and tests",
		Example: `  penstock kinesis --stream orders:4 --stream out        two streams, of 4 shards and of 1
  penstock kinesis --port 0 --ready-file kinesis.env     any free port; then: source kinesis.env
  penstock kinesis --output json                         the endpoint as JSON`,
		Long: `What it prints to standard output makes the AWS SDKs, the aws command and Penstock use this
server: paste the lines into another terminal. Any credentials will do. Records live in memory
and are gone when the server stops.`,
		Args:              argCount(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return a.serveKinesis(cmd, &f) },
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.streams, "stream", nil, "stream to create, `name[:shards]`, with 1 shard if not said otherwise; may be repeated")
	flags.StringVar(&f.host, "host", "127.0.0.1", "`address` to listen on")
	flags.Uint16Var(&f.port, "port", 4567, "`port` to listen on; 0: any free one")
	flags.StringVar(&f.region, "region", kinesisserver.DefaultRegion, "`region` of the streams")
	flags.StringVar(&f.limits, "limits", string(kinesisserver.LimitsNone), "`limits` of throughput and requests: none, or aws for those of AWS")
	flags.StringVar(&f.readyFile, "ready-file", "", "`file` to write the export lines to as soon as the server answers")
	for _, name := range []string{"stream", "host", "port", "region"} {
		mustRegister(cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
	limits := []string{string(kinesisserver.LimitsNone), string(kinesisserver.LimitsAWS)}
	mustRegister(cmd.RegisterFlagCompletionFunc("limits", cobra.FixedCompletions(limits, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// streamSpec is a stream to create.
type streamSpec struct {
	Name   string `json:"name"`
	Shards int    `json:"shards"`
}

func (f *kinesisFlags) specs(cmd *cobra.Command) ([]streamSpec, error) {
	specs := make([]streamSpec, 0, len(f.streams))
	for _, text := range f.streams {
		name, number, given := strings.Cut(text, ":")
		shards := 1
		if given {
			var err error
			if shards, err = strconv.Atoi(number); err != nil || shards < 1 {
				return nil, usageError(cmd, "--stream %q is not of the form name:shards, with at least one shard", text)
			}
		}
		specs = append(specs, streamSpec{Name: name, Shards: shards})
	}
	return specs, nil
}

func (a *app) serveKinesis(cmd *cobra.Command, f *kinesisFlags) error {
	specs, err := f.specs(cmd)
	if err != nil {
		return err
	}
	limits := kinesisserver.Limits(f.limits)
	if limits != kinesisserver.LimitsNone && limits != kinesisserver.LimitsAWS {
		return usageError(cmd, "--limits %q is not one of none, aws", f.limits)
	}
	ctx, done := a.interruptible(cmd.Context())
	defer done()
	server := kinesisserver.New(kinesisserver.Config{Region: f.region, Limits: limits, Logger: a.logger()})
	for _, spec := range specs {
		if err := server.CreateStream(spec.Name, spec.Shards); err != nil {
			return diag.Errorf(diag.Usage, diag.Span{}, "cannot create stream %q: %w", spec.Name, err)
		}
	}
	address := net.JoinHostPort(f.host, strconv.Itoa(int(f.port)))
	endpoint, err := server.Start(address)
	if err != nil {
		return listenError(address, err)
	}
	if err := a.announce(f, endpoint, specs); err != nil {
		return errors.Join(err, server.Close())
	}
	<-ctx.Done()
	a.console.printf("stopped\n")
	return server.Close()
}

func listenError(address string, err error) error {
	failure := diag.Errorf(diag.Unreachable, diag.Span{}, "cannot listen on %s: %w", address, errors.Unwrap(err))
	if errors.Is(err, syscall.EADDRINUSE) {
		failure = diag.Errorf(diag.Unreachable, diag.Span{}, "cannot listen on %s: the port is in use", address)
	}
	return failure.WithHint("choose another with --port, or --port 0 for any that is free")
}

// announce says where the server is, once it answers.
func (a *app) announce(f *kinesisFlags, endpoint string, specs []streamSpec) error {
	text := environment(endpoint, f.region)
	if f.readyFile != "" {
		if err := writeReadyFile(f.readyFile, text); err != nil {
			return diag.Errorf(diag.Usage, diag.Span{}, "cannot write --ready-file: %w", err)
		}
	}
	if ip := net.ParseIP(f.host); f.host != "localhost" && !ip.IsLoopback() {
		a.console.printf("%s everyone who reaches %s can read and write: no signature is checked\n", a.console.style(red, "warning:"), f.host)
	}
	if a.json() {
		return a.printJSON(kinesisObject{Endpoint: endpoint, Region: f.region, Streams: specs})
	}
	if _, err := fmt.Fprint(a.env.Out, text); err != nil {
		return err
	}
	a.console.printf("Kinesis API on %s, region %s\n", a.console.style(bold, endpoint), f.region)
	for _, spec := range specs {
		a.console.printf("  stream %s, %s\n", spec.Name, plural(spec.Shards, "shard"))
	}
	a.console.printf("Paste the export lines into another terminal. Ctrl-C stops the server.\n")
	return nil
}

// kinesisObject is the JSON form of what kinesis prints.
type kinesisObject struct {
	Endpoint string       `json:"endpoint"`
	Region   string       `json:"region"`
	Streams  []streamSpec `json:"streams"`
}

// environment returns shell commands that make the SDKs use the endpoint. They insist on credentials
// but the server does not look at them.
func environment(endpoint, region string) string {
	return "export AWS_ENDPOINT_URL_KINESIS=" + endpoint + "\n" +
		"export AWS_ACCESS_KEY_ID=penstock\n" +
		"export AWS_SECRET_ACCESS_KEY=penstock\n" +
		"export AWS_REGION=" + region + "\n"
}

// writeReadyFile writes the file so that whoever waits for it never sees half of it. A named pipe is
// written to as it is: reading it is a way to wait.
func writeReadyFile(path, text string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, []byte(text), 0)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.WriteString(text)
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}
