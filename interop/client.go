package main

import (
	"context"
	"path/filepath"
	"slices"
)

// client is a column of the table.
type client struct {
	name    string // of the -client flag
	title   string
	wire    string // protocol and transport
	sources string // its directory below clients
	tls     bool   // it uses the server's port with TLS
	// without are the operations that the client does not offer.
	without []string
	// install installs it into a directory that has its sources, and returns how to run it.
	install func(ctx context.Context, dir string) (command, error)
}

// command is a program with its arguments.
type command []string

func (c client) offers(operation string) bool { return !slices.Contains(c.without, operation) }

var subscribing = []string{
	"SubscribeToShard", "SubscribeToShard twice", "SubscribeToShard heartbeat", "SubscribeToShard ChildShards",
	"SubscribeToShard exception",
}

// laterThanDebian is what came after the AWS CLI of Debian 12, of early 2023: operations, and the
// endpoint in an environment variable.
var laterThanDebian = []string{
	"Environment",
	"TagResource", "ListTagsForResource", "UntagResource",
	"PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy",
	"UpdateMaxRecordSize", "UpdateAccountSettings", "DescribeAccountSettings",
	"UpdateStreamWarmThroughput", "UpdateStreamRecordDistributionStrategy", "DryRun",
}

// laterThanJava is what came after the pinned Java SDK.
var laterThanJava = []string{"UpdateStreamRecordDistributionStrategy", "DryRun"}

// clients are the columns of the table.
var clients = []client{
	{
		name: "aws-cli", title: "AWS CLI", wire: "JSON, HTTP/1.1", sources: "python",
		without: slices.Concat(subscribing, laterThanDebian),
		install: installAWSCLI,
	},
	{
		name: "boto3", title: "boto3", wire: "JSON, HTTP/1.1", sources: "python",
		install: installBoto3,
	},
	{
		name: "boto3-tls", title: "boto3", wire: "JSON, HTTP/1.1, TLS", sources: "python", tls: true,
		install: installBoto3,
	},
	{
		name: "node-http2", title: "JavaScript SDK", wire: "JSON, HTTP/2 (the default)", sources: "node",
		install: installNode("http2"),
	},
	{
		name: "node-http2-tls", title: "JavaScript SDK", wire: "JSON, HTTP/2, TLS", sources: "node", tls: true,
		install: installNode("http2"),
	},
	{
		name: "node-http1", title: "JavaScript SDK, `NodeHttpHandler`", wire: "JSON, HTTP/1.1", sources: "node",
		install: installNode("http1"),
	},
	{
		name: "java-sync", title: "Java SDK, `KinesisClient`", wire: "CBOR, HTTP/1.1", sources: "java",
		without: slices.Concat(subscribing, laterThanJava),
		install: installJava("sync"),
	},
	{
		name: "java-async", title: "Java SDK, `KinesisAsyncClient`", wire: "CBOR and JSON events, HTTP/2", sources: "java",
		without: laterThanJava,
		install: installJava("async"),
	},
	{
		name: "java-async-tls", title: "Java SDK, `KinesisAsyncClient`", wire: "CBOR and JSON events, HTTP/2, TLS", sources: "java", tls: true,
		without: laterThanJava,
		install: installJava("async"),
	},
}

func installAWSCLI(ctx context.Context, dir string) (command, error) {
	if err := need(ctx, []string{"python3", "--version"}, "python3"); err != nil {
		return nil, err
	}
	program, err := needAWSCLI(ctx)
	if err != nil {
		return nil, err
	}
	return command{"python3", filepath.Join(dir, "main.py"), program}, nil
}

func installBoto3(ctx context.Context, dir string) (command, error) {
	if err := need(ctx, []string{"python3", "-c", "import ensurepip, venv"}, "python3", "python3-venv"); err != nil {
		return nil, err
	}
	venv := filepath.Join(dir, "venv")
	python := filepath.Join(venv, "bin", "python")
	err := once(dir, func() error {
		if err := run(ctx, dir, "python3", "-m", "venv", "--clear", venv); err != nil {
			return err
		}
		return run(ctx, dir, python, "-m", "pip", "install", "--quiet", "--no-input", "--requirement", "requirements.txt")
	})
	return command{python, filepath.Join(dir, "main.py"), "boto3"}, err
}

func installNode(transport string) func(ctx context.Context, dir string) (command, error) {
	return func(ctx context.Context, dir string) (command, error) {
		if err := need(ctx, []string{"npm", "--version"}, "nodejs", "npm"); err != nil {
			return nil, err
		}
		err := once(dir, func() error {
			return run(ctx, dir, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
		})
		return command{"node", filepath.Join(dir, "main.mjs"), transport}, err
	}
}

func installJava(kind string) func(ctx context.Context, dir string) (command, error) {
	return func(ctx context.Context, dir string) (command, error) {
		if err := need(ctx, []string{"javac", "-version"}, "openjdk-17-jdk-headless"); err != nil {
			return nil, err
		}
		if err := need(ctx, []string{"mvn", "--version"}, "maven"); err != nil {
			return nil, err
		}
		err := once(dir, func() error {
			// Offline works when Maven has downloaded everything before, for other sources.
			if run(ctx, dir, "mvn", "--batch-mode", "--quiet", "--offline", "compile") == nil {
				return nil
			}
			return run(ctx, dir, "mvn", "--batch-mode", "--quiet", "compile")
		})
		classPath := filepath.Join(dir, "target", "classes") + string(filepath.ListSeparator) + filepath.Join(dir, "target", "dependency", "*")
		return command{"java", "-cp", classPath, "interop.Main", kind}, err
	}
}
