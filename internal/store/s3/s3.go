// Package s3 is the checkpoint store in a bucket of Amazon S3, or of a service that speaks its API.
//
// It owns keys and conditional writes: Create is a PUT with If-None-Match, of which the service lets
// one succeed. Objects are whole or not there, which S3 promises.
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
)

// Scheme begins the place of a store, before ://.
const Scheme = "s3"

// maxDelete is how many objects a request may delete.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
const maxDelete = 1000

// conflictPause is how long to wait when two writes of one key have met, before it is tried again.
const conflictPause = 50 * time.Millisecond

// Store keeps objects below a prefix.
type Store struct {
	client *s3.Client
	bucket string
	prefix string // empty, or ends in a slash
}

// Config is what a program gives a store besides its place.
type Config struct {
	Dial   awsclient.Dial            // nil: as net/http does
	Getenv func(key string) string   // of the program
	Change func(options *s3.Options) // for tests; nil: nothing
}

// Open returns a store at s3://bucket/prefix. Region, credentials and endpoint come from where the AWS
// SDK looks for them. It does not call the service.
func Open(ctx context.Context, place string, c Config) (*Store, error) {
	u, err := url.Parse(place)
	if err != nil || u.Scheme != Scheme || u.Host == "" {
		return nil, diag.Errorf(diag.Option, diag.Span{}, "%q is not a place in a bucket", place).WithHint("s3://bucket/prefix")
	}
	endpoint := ""
	if c.Getenv != nil {
		if endpoint = c.Getenv("AWS_ENDPOINT_URL_S3"); endpoint == "" {
			endpoint = c.Getenv("AWS_ENDPOINT_URL")
		}
	}
	load := []func(*config.LoadOptions) error{config.WithHTTPClient(awsclient.NewHTTP(c.Dial))}
	if awsclient.IsLocal(endpoint) { // never ask the network for credentials to something on this machine
		load = append(load, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	settings, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, awsclient.ConfigError(err)
	}
	if settings.Region == "" && endpoint != "" {
		settings.Region = awsclient.LocalRegion
	}
	if settings.Region == "" {
		return nil, diag.Errorf(diag.Option, diag.Span{}, "the AWS region of bucket %q is not known", u.Host).WithHint("set AWS_REGION")
	}
	s := &Store{bucket: u.Host, prefix: strings.Trim(u.Path, "/")}
	if s.prefix != "" {
		s.prefix += "/"
	}
	s.client = s3.NewFromConfig(settings, func(o *s3.Options) {
		o.UsePathStyle = endpoint != "" // other services have no host name per bucket
		if c.Change != nil {
			c.Change(o)
		}
	})
	return s, nil
}

// String is the place.
func (s *Store) String() string {
	return Scheme + "://" + s.bucket + "/" + strings.TrimSuffix(s.prefix, "/")
}

func (s *Store) key(name string) *string { return aws.String(s.prefix + name) }

// Put writes an object.
func (s *Store) Put(ctx context.Context, name string, data []byte) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.bucket, Key: s.key(name), Body: bytes.NewReader(data)})
	return s.explain("write", name, err)
}

// Create writes an object that does not exist.
func (s *Store) Create(ctx context.Context, name string, data []byte) error {
	for {
		_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &s.bucket, Key: s.key(name), Body: bytes.NewReader(data), IfNoneMatch: aws.String("*"),
		})
		switch code(err) {
		case "PreconditionFailed":
			return fmt.Errorf("%s: %w", name, checkpoint.ErrExists)
		case "ConditionalRequestConflict": // another write of the key is on its way: it decides
			if err := awsclient.Pause(ctx, conflictPause); err != nil {
				return err
			}
			continue
		}
		return s.explain("write", name, err)
	}
}

// Get reads an object.
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: s.key(name)})
	if code(err) == "NoSuchKey" {
		return nil, fmt.Errorf("%s: %w", name, checkpoint.ErrNotFound)
	}
	if err != nil {
		return nil, s.explain("read", name, err)
	}
	data, err := io.ReadAll(out.Body)
	return data, s.explain("read", name, errors.Join(err, out.Body.Close()))
}

// List returns the names that begin with a prefix.
func (s *Store) List(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: s.key(prefix)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, s.explain("list", prefix, err)
		}
		for _, object := range page.Contents {
			names = append(names, strings.TrimPrefix(aws.ToString(object.Key), s.prefix))
		}
	}
	slices.Sort(names)
	return names, nil
}

// Delete removes objects.
func (s *Store) Delete(ctx context.Context, names ...string) error {
	for some := range slices.Chunk(names, maxDelete) {
		objects := make([]types.ObjectIdentifier, len(some))
		for i, name := range some {
			objects[i].Key = s.key(name)
		}
		out, err := s.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &s.bucket, Delete: &types.Delete{Objects: objects, Quiet: aws.Bool(true)}})
		if err != nil {
			return s.explain("delete", some[0], err)
		}
		for _, failed := range out.Errors {
			return fmt.Errorf("delete %s: %s", aws.ToString(failed.Key), aws.ToString(failed.Message))
		}
	}
	return nil
}

// code returns the service's code of an error; empty if it is none of the service's.
func code(err error) string {
	if refused, ok := errors.AsType[smithy.APIError](err); ok {
		return refused.ErrorCode()
	}
	return ""
}

func (s *Store) explain(verb, name string, err error) error {
	switch code(err) {
	case "":
		if err == nil {
			return nil
		}
		return diag.Errorf(diag.Unreachable, diag.Span{}, "%s %s in %s: %s", verb, name, s, awsclient.RootText(err))
	case "NoSuchBucket":
		return diag.Errorf(diag.NotFound, diag.Span{}, "there is no bucket %q", s.bucket)
	case "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken":
		return diag.Errorf(diag.Denied, diag.Span{}, "%s %s in %s: %s", verb, name, s, awsclient.RootText(err)).
			WithHint("checkpoints need s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket")
	}
	return diag.Errorf(diag.Unreachable, diag.Span{}, "%s %s in %s: %s", verb, name, s, awsclient.RootText(err))
}
