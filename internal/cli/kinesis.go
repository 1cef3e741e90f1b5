package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/kinesisserver"
)

type kinesisFlags struct {
	streams   []string
	host      string
	port      uint16
	tlsPort   uint16
	caFile    string
	region    string
	account   string
	limits    string
	retention time.Duration
	seed      uint64
	control   bool
	readyFile string
}

func newKinesis(a *app) *cobra.Command {
	var f kinesisFlags
	cmd := &cobra.Command{
		Use:   "kinesis",
		Short: "Serve the Kinesis API on this machine, for development and tests",
		Example: `  penstock kinesis --stream orders:4 --stream out        two streams, of 4 shards and of 1
  penstock kinesis --port 0 --ready-file kinesis.env     any free port; then: source kinesis.env
  penstock kinesis --tls-port 4568 --ca-file ca.pem      also over TLS; clients trust ca.pem
  penstock kinesis --limits aws --retention 10m          throttles like AWS, keeps records for ten minutes
  penstock kinesis --output json                         the endpoint as JSON`,
		Long: `What it prints to standard output makes the AWS SDKs, the aws command and Penstock use this
server: paste the lines into another terminal. Any credentials will do.
Records live in memory and are gone when their retention is over or the server stops.

Tests make it misbehave over HTTP, on the same port: GET /_penstock/ lists how to throttle and drop
calls, expire iterators, split shards and move the clock ahead.`,
		Args:              argCount(0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return a.serveKinesis(cmd, &f) },
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.streams, "stream", nil, "stream to create, `name[:shards]`, with 1 shard if not said otherwise; may be repeated")
	flags.StringVar(&f.host, "host", "127.0.0.1", "`address` to listen on")
	flags.Uint16Var(&f.port, "port", 4567, "`port` to listen on; 0: any free one")
	flags.Uint16Var(&f.tlsPort, "tls-port", 0, "`port` to listen on with TLS, besides --port; 0: any free one")
	flags.StringVar(&f.caFile, "ca-file", "", "`file` to write the certificate to that clients of --tls-port must trust")
	flags.StringVar(&f.region, "region", kinesisserver.DefaultRegion, "`region` of the streams")
	flags.StringVar(&f.account, "account", kinesisserver.DefaultAccountID, "`account` id of the streams, 12 digits")
	flags.StringVar(&f.limits, "limits", string(kinesisserver.LimitsNone), "`limits` of throughput and requests: none, or aws for those of AWS")
	flags.DurationVar(&f.retention, "retention", kinesisserver.DefaultRetention, "`duration` for which new streams keep records; may be shorter than on AWS, such as 1m")
	flags.Uint64Var(&f.seed, "seed", 0, "`number` that makes faults at random the same in every run")
	flags.BoolVar(&f.control, "control", true, "serve /_penstock/, by which anyone who reaches the server can make it fail; beyond this machine only if asked for")
	flags.StringVar(&f.readyFile, "ready-file", "", "`file` to write the export lines to as soon as the server answers")
	for _, name := range []string{"stream", "host", "port", "tls-port", "region", "account", "retention", "seed"} {
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
	if err := f.check(cmd); err != nil {
		return err
	}
	if !f.onLoopback() && !cmd.Flags().Changed("control") {
		f.control = false
	}
	ctx, done := a.interruptible(cmd.Context())
	defer done()
	server := kinesisserver.New(kinesisserver.Config{
		Region: f.region, AccountID: f.account, Limits: kinesisserver.Limits(f.limits), Retention: f.retention,
		Seed: f.seed, ControlAPI: f.control, TLSHosts: f.tlsHosts(), Logger: a.logger(),
	})
	for _, spec := range specs {
		if err := server.CreateStream(spec.Name, spec.Shards); err != nil {
			return diag.Errorf(diag.Usage, diag.Span{}, "cannot create stream %q: %w", spec.Name, err)
		}
	}
	at, err := f.listen(cmd, server)
	if err == nil {
		err = a.announce(f, at, specs)
	}
	if err != nil {
		return errors.Join(err, server.Close())
	}
	<-ctx.Done()
	a.console.printf("stopped\n")
	return server.Close()
}

// environment returns shell commands that make the SDKs use the endpoint. They insist on credentials
// but the server does not look at them. Python's takes the region from AWS_DEFAULT_REGION only.
func environment(endpoint, region string) string {
	return "export AWS_ENDPOINT_URL_KINESIS=" + endpoint + "\n" +
		"export AWS_ACCESS_KEY_ID=penstock\n" +
		"export AWS_SECRET_ACCESS_KEY=penstock\n" +
		"export AWS_DEFAULT_REGION=" + region + "\n" +
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
