package main

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"
)

//go:embed clients/python/*.py clients/python/requirements.txt
//go:embed clients/node/*.mjs clients/node/*.json
//go:embed clients/java/pom.xml clients/java/src
var sources embed.FS

const (
	// sourcesFile and stampFile hold the hash of the sources that were unpacked, and of those that
	// were installed to the end.
	sourcesFile = ".sources"
	stampFile   = ".installed"
	// maxOutput is how much of a failed program's output goes into the error.
	maxOutput = 1000
)

// prepare puts a client's sources into a directory of its own below the cache and installs it.
func (c client) prepare(ctx context.Context, cache string) (command, error) {
	dir := filepath.Join(cache, c.sources)
	if err := unpack(path.Join("clients", c.sources), dir); err != nil {
		return nil, err
	}
	return c.install(ctx, dir)
}

// unpack makes the directory to a copy of the embedded directory from. It touches nothing if it is one
// already: another client may be running from it.
func unpack(from, to string) error {
	hash, err := hashOf(from)
	if err != nil {
		return err
	}
	if holds(filepath.Join(to, sourcesFile), hash) {
		return nil
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	source, err := fs.Sub(sources, from)
	if err != nil {
		return err
	}
	if err := os.CopyFS(to, source); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, sourcesFile), []byte(hash), 0o644)
}

// hashOf returns the hash of an embedded directory: names and contents.
func hashOf(dir string) (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(sources, dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := sources.ReadFile(name)
		fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil)), err
}

// holds reports whether a file is there with that text.
func holds(file, text string) bool {
	have, err := os.ReadFile(file)
	return err == nil && string(have) == text
}

// once runs an installation unless it has run to its end before for the sources in dir.
func once(dir string, install func() error) error {
	hash, err := os.ReadFile(filepath.Join(dir, sourcesFile))
	if err != nil {
		return err
	}
	stamp := filepath.Join(dir, stampFile)
	if holds(stamp, string(hash)) {
		return nil
	}
	if err := install(); err != nil {
		return err
	}
	return os.WriteFile(stamp, hash, 0o644)
}

// need makes sure that a program runs, if need be by installing Debian packages.
func need(ctx context.Context, probe []string, packages ...string) error {
	if run(ctx, "", probe...) == nil {
		return nil
	}
	if err := aptInstall(ctx, packages...); err != nil {
		return err
	}
	return run(ctx, "", probe...)
}

// needAWSCLI returns the path of the AWS CLI 2, installing Debian's when there is none. Another aws,
// of version 1, may come first on the path.
func needAWSCLI(ctx context.Context) (string, error) {
	const debian = "/usr/bin/aws"
	for _, program := range []string{"aws", debian} {
		if isAWSCLI2(ctx, program) {
			return program, nil
		}
	}
	if err := aptInstall(ctx, "awscli"); err != nil {
		return "", err
	}
	if !isAWSCLI2(ctx, debian) {
		return "", fmt.Errorf("the package awscli has no AWS CLI of version 2 at %s", debian)
	}
	return debian, nil
}

func isAWSCLI2(ctx context.Context, program string) bool {
	out, err := exec.CommandContext(ctx, program, "--version").Output()
	return err == nil && strings.HasPrefix(string(out), "aws-cli/2.")
}

func aptInstall(ctx context.Context, packages ...string) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("not installed, and installing needs root: apt-get install %s", strings.Join(packages, " "))
	}
	if err := run(ctx, "", "apt-get", "update", "-qq"); err != nil {
		return err
	}
	return run(ctx, "", append([]string{"apt-get", "install", "-y", "-qq", "--no-install-recommends"}, packages...)...)
}

// run runs a program and puts its output into the error.
func run(ctx context.Context, dir string, program ...string) error {
	cmd := exec.CommandContext(ctx, program[0], program[1:]...) //nolint:gosec // the programs are named in this package
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(program, " "), err, excerpt(string(out)))
	}
	return nil
}

// excerpt shortens a program's output: some say first what is wrong, others last.
func excerpt(out string) string {
	out = strings.TrimSpace(out)
	if len(out) > maxOutput {
		return out[:maxOutput/2] + " ... " + out[len(out)-maxOutput/2:]
	}
	return out
}
