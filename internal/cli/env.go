package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

// Env is the process around a command, so that a test can put another one there.
type Env struct {
	Args     []string // without the name of the program
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(key string) string
	// Terminal returns how many characters fit on a line of the terminal behind a stream, one of In,
	// Out and Err; false if there is no terminal behind it.
	Terminal func(stream any) (width int, ok bool)
	// Raw makes the terminal behind a stream deliver keys as they are pressed, until restore.
	Raw func(stream any) (restore func(), err error)
	// Notify starts to deliver SIGINT and SIGTERM; after stop they have their usual effect again.
	Notify func() (signals <-chan os.Signal, stop func())
	// Dial opens network connections; nil: as net/http does.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// OS returns the real process.
func OS() Env {
	return Env{
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv,
		Terminal: terminal, Raw: raw, Notify: notify,
	}
}

func terminal(stream any) (width int, ok bool) {
	file, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		width = 80 // what terminals were for long enough that programs still assume it
	}
	return width, true
}

func raw(stream any) (restore func(), err error) {
	file, ok := stream.(*os.File)
	if !ok {
		return nil, errors.New("no terminal")
	}
	state, err := term.MakeRaw(int(file.Fd()))
	if err != nil {
		return nil, fmt.Errorf("prepare the terminal: %w", err)
	}
	return func() {
		_ = term.Restore(int(file.Fd()), state) // nothing else can be done with it
	}, nil
}

func notify() (<-chan os.Signal, func()) {
	signals := make(chan os.Signal, 2) // two, because the second one means something else
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	return signals, func() { signal.Stop(signals) }
}
