package awsclient_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/awsclient"
)

func TestWhatIsOnThisMachine(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"http://localhost:4567": true, "http://127.0.0.1:4567": true, "https://[::1]": true, "http://127.9.9.9": true,
		"": false, "http://kinesis.local": false, "https://kinesis.us-east-1.amazonaws.com": false, "http://10.0.0.1": false, "http://localhost.example.com": false, ":": false,
	} {
		if got := awsclient.IsLocal(endpoint); got != want {
			t.Errorf("%q: got %t", endpoint, got)
		}
	}
}

func TestRootTextLeavesOutWhatWrapsTheCause(t *testing.T) {
	dns := &net.DNSError{Err: "no such host", Name: "kinesis.nowhere", Server: "10.0.0.1"}
	for want, err := range map[string]error{
		"refused":                       fmt.Errorf("operation X: %w", fmt.Errorf("dial: %w", errors.New("refused"))),
		"no such host: kinesis.nowhere": fmt.Errorf("dial: %w", dns),
		"alone":                         errors.New("alone"),
	} {
		if got := awsclient.RootText(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPauseEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		if err := awsclient.Pause(t.Context(), time.Minute); err != nil || time.Since(begun) != time.Minute {
			t.Errorf("got %v after %v", err, time.Since(begun))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := awsclient.Pause(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Minute+time.Second {
			t.Errorf("got %v after %v", err, time.Since(begun))
		}
		if err := awsclient.Pause(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("no time at all: got %v", err)
		}
	})
}
