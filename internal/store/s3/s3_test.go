package s3_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/checkpoint/storetest"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/store/s3"
)

// serve starts an S3 server with the bucket "jobs" and returns what opens places in it.
func serve(t *testing.T) func(place string) *s3.Store {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("jobs"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	for key, value := range map[string]string{
		"AWS_ENDPOINT_URL_S3": server.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(key, value)
	}
	return func(place string) *s3.Store {
		store, err := s3.Open(t.Context(), place, s3.Config{Getenv: func(key string) string {
			if key == "AWS_ENDPOINT_URL_S3" {
				return server.URL
			}
			return ""
		}})
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
}

func TestStore(t *testing.T) {
	storetest.TestStore(t, func(t *testing.T) func() checkpoint.Store {
		open := serve(t)
		return func() checkpoint.Store { return open("s3://jobs/some/prefix/") }
	})
}

func TestStoreWithoutPrefix(t *testing.T) {
	storetest.TestStore(t, func(t *testing.T) func() checkpoint.Store {
		open := serve(t)
		return func() checkpoint.Store { return open("s3://jobs") }
	})
}

func TestLogInABucketIsFenced(t *testing.T) {
	open := serve(t)
	first, err := checkpoint.Take(t.Context(), open("s3://jobs/j"), 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Publish(t.Context(), &checkpoint.Manifest{Kind: checkpoint.Checkpoint}); err != nil {
		t.Fatal(err)
	}
	if _, err := checkpoint.Take(t.Context(), open("s3://jobs/j"), 2); err != nil {
		t.Fatal(err)
	}
	if err := first.Publish(t.Context(), &checkpoint.Manifest{Kind: checkpoint.Checkpoint}); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("publish after the job was taken over: %v", err)
	}
}

func TestErrorsSayWhatIsMissing(t *testing.T) {
	open := serve(t)
	if err := open("s3://nowhere/x").Put(t.Context(), "log/1", nil); diag.KindOf(err) != diag.NotFound || err.Error() != `there is no bucket "nowhere"` {
		t.Errorf("bucket: %v", err)
	}
	for _, place := range []string{"s3://", "s3:///x", "http://jobs/x"} {
		if _, err := s3.Open(t.Context(), place, s3.Config{}); diag.KindOf(err) != diag.Option {
			t.Errorf("%s: %v", place, err)
		}
	}
}
