package cli

import (
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/blackhole"
	"github.com/penstock-io/penstock/internal/connector/datagen"
	"github.com/penstock-io/penstock/internal/connector/file"
	"github.com/penstock-io/penstock/internal/connector/kinesis"
	"github.com/penstock-io/penstock/internal/connector/postgres"
	printer "github.com/penstock-io/penstock/internal/connector/print"
)

// connectors returns every connector of this program, in the order in which documentation lists them.
// properties are those of -D.
func (a *app) connectors(properties map[string]string) connector.Registry {
	return connector.Registry{
		kinesis.Factory(kinesis.Config{Dial: a.env.Dial, SystemProperties: properties}),
		file.Factory(),
		postgres.Factory(),
		postgres.JDBC(),
		datagen.Factory(),
		printer.Factory(stdout{a}, a.console),
		blackhole.Factory(),
	}
}

// stdout is standard output for others. It keeps the live line below what is written.
type stdout struct{ *app }

// Write writes whole lines.
func (s stdout) Write(p []byte) (n int, err error) {
	err = s.console.above(func() error {
		n, err = s.env.Out.Write(p)
		return err
	})
	return n, err
}
