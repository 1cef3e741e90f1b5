package cli

import (
	"context"
	"os"
	"testing"
)

// asProcess is set for the processes that tests start: they run the command line instead of tests.
const asProcess = "PENSTOCK_TEST_PROCESS"

// TestMain runs the tests, or the command line.
func TestMain(m *testing.M) {
	if os.Getenv(asProcess) != "" {
		os.Exit(Main(context.Background(), OS()))
	}
	os.Exit(m.Run())
}
