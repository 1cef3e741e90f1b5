// Command penstock runs streaming SQL over Amazon Kinesis. Everything it does is in package cli.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // time zones on machines that have no database of them, such as empty containers

	"github.com/penstock-io/penstock/internal/cli"
)

func main() { os.Exit(cli.Main(context.Background(), cli.OS())) }
