package kinesis

import (
	"context"
	"log/slog"
	"net"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/kinesisserver"
)

func TestStreamNotFound(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		_, err := w.open(w.table(userAndNumber)).Splits(w.Context())
		wantError(w.T, err, `
error: stream "clicks" does not exist at http://kinesis.local
  hint: check 'stream', 'aws.region' and 'aws.endpoint', or create it with: aws kinesis create-stream --stream-name clicks --shard-count 1 --region us-east-1 --endpoint-url http://kinesis.local`)
		if diag.KindOf(err) != diag.NotFound {
			w.Errorf("kind %v", diag.KindOf(err))
		}
	})
}

func TestStreamDeletedWhileItIsRead(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		j := w.run(w.open(w.table(userAndNumber)), userAndNumber)
		advance(time.Second)
		w.deleteStream()
		advance(time.Minute)
		if diag.KindOf(j.state().err) != diag.NotFound {
			w.Errorf("got %v", j.state().err)
		}
	})
}

func TestSinkStreamNotFound(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		_, err := w.sink(w.table(userAndNumber))
		if diag.KindOf(err) != diag.NotFound || err.Error() != `stream "clicks" does not exist at http://kinesis.local` {
			w.Errorf("got %v", err)
		}
		w.srv.Fault(kinesisserver.Fault{Operation: "DescribeStreamSummary", Code: "AccessDeniedException"})
		writer := w.writer(w.table(userAndNumber)) // may not ask whether there is the stream
		w.must(writer.Write(w.Context(), someRows(1)))
		if later := writer.Flush(w.Context()); later == nil || later.Error() != err.Error() {
			w.Errorf("got %v", later)
		}
	})
}

func TestStreamDeletedWhileItIsWritten(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		writer := w.writer(w.table(userAndNumber, "sink.bad-records", "skip"))
		w.must(writer.Write(w.Context(), someRows(1)))
		w.must(writer.Flush(w.Context()))
		w.deleteStream()
		w.must(writer.Write(w.Context(), someRows(1)))
		if err := writer.Flush(w.Context()); diag.KindOf(err) != diag.NotFound {
			w.Errorf("got %v", err)
		}
	})
}

func TestNotPermitted(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "ListShards", Code: "AccessDeniedException", Message: "User: arn:aws:iam::1:user/x is not authorized"})
		_, err := w.open(w.table(userAndNumber)).Splits(w.Context())
		wantError(w.T, err, `
error: not permitted to call ListShards on stream "clicks": User: arn:aws:iam::1:user/x is not authorized
  hint: aws sts get-caller-identity shows who you are; the identity needs kinesis:ListShards on the stream`)
		if diag.KindOf(err) != diag.Denied {
			w.Errorf("kind %v", diag.KindOf(err))
		}
	})
}

// open opens a source outside a world.
func openWith(t *testing.T, config Config, options ...string) (connector.Source, error) {
	t.Helper()
	values, err := parseOptions(options...)
	if err != nil {
		t.Fatal(err)
	}
	table := connector.Table{Name: "clicks", Columns: userAndNumber, Options: values, Format: jsonFormat}
	return Factory(config).NewSource(t.Context(), connector.ScanRequest{Table: table, Columns: userAndNumber, Meter: &connector.Meter{}})
}

// noAWS removes everything that the AWS SDK could find on the machine that runs the tests.
func noAWS(t *testing.T) {
	t.Helper()
	nowhere := filepath.Join(t.TempDir(), "none")
	for key, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_ACCESS_KEY": "", "AWS_SECRET_KEY": "", "AWS_SESSION_TOKEN": "",
		"AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_KINESIS": "",
		"AWS_WEB_IDENTITY_TOKEN_FILE": "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "",
		"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "AWS_EC2_METADATA_DISABLED": "true", "AWS_CA_BUNDLE": "",
	} {
		t.Setenv(key, value)
	}
}

func TestNoCredentials(t *testing.T) {
	noAWS(t)
	_, err := openWith(t, Config{}, "stream", "clicks", "aws.region", "us-east-1")
	wantError(t, err, `
error: no AWS credentials found
  hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile with AWS_PROFILE, or set 'aws.credentials.provider'`)
	if diag.KindOf(err) != diag.Denied {
		t.Errorf("kind %v", diag.KindOf(err))
	}
	_, err = openWith(t, Config{}, "stream", "clicks", "aws.region", "us-east-1", "aws.credentials.provider", "ENV_VAR")
	if diag.KindOf(err) != diag.Denied {
		t.Errorf("ENV_VAR without variables: got %v", err)
	}
	_, err = openWith(t, Config{}, "stream", "clicks", "aws.region", "us-east-1", "aws.credentials.provider", "PROFILE", "aws.credentials.profile.name", "nobody")
	wantError(t, err, `
error: there is no AWS profile "nobody"
  hint: aws configure list-profiles shows those there are`)
}

func TestServerOnThisMachineNeedsNoCredentials(t *testing.T) {
	noAWS(t)
	srv := kinesisserver.New(kinesisserver.Config{RequireSignature: true})
	defer srv.Close()
	endpoint, err := srv.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.CreateStream("clicks", 1); err != nil {
		t.Fatal(err)
	}
	src, err := openWith(t, Config{}, "stream", "clicks", "aws.endpoint", endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if splits, err := src.Splits(t.Context()); err != nil || len(splits) != 1 {
		t.Errorf("got %v, %v", splits, err)
	}
	t.Setenv("AWS_ENDPOINT_URL_KINESIS", endpoint)
	src, err = openWith(t, Config{}, "stream", "clicks")
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if splits, err := src.Splits(t.Context()); err != nil || len(splits) != 1 {
		t.Errorf("endpoint from the environment: got %v, %v", splits, err)
	}
}

func TestNoRegion(t *testing.T) {
	noAWS(t)
	_, err := openWith(t, Config{}, "stream", "clicks")
	wantError(t, err, `
error: the AWS region of stream "clicks" is not known
  hint: add 'aws.region' = '...' to WITH, or set AWS_REGION`)
	t.Setenv("AWS_REGION", "eu-west-1")
	if _, err = openWith(t, Config{}, "stream", "clicks"); diag.KindOf(err) != diag.Denied {
		t.Errorf("with AWS_REGION: got %v, want no credentials", err)
	}
}

func TestEndpointDown(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := "http://" + listener.Addr().String()
	listener.Close()
	src, err := openWith(t, Config{}, "stream", "clicks", "aws.endpoint", endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	_, err = src.Splits(t.Context())
	wantError(t, err, `
error: cannot reach Kinesis at `+endpoint+`: connection refused
  hint: check 'aws.endpoint' and that the server runs`)
	if diag.KindOf(err) != diag.Unreachable {
		t.Errorf("kind %v", diag.KindOf(err))
	}
}

func TestCertificatesAreVerifiedUnlessToldOtherwise(t *testing.T) {
	srv := kinesisserver.New(kinesisserver.Config{})
	defer srv.Close()
	if err := srv.CreateStream("clicks", 1); err != nil {
		t.Fatal(err)
	}
	secure := httptest.NewUnstartedServer(srv.Handler())
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	secure.StartTLS()
	defer secure.Close()
	for _, trust := range []string{"false", "true"} {
		src, err := openWith(t, Config{}, "stream", "clicks", "aws.endpoint", secure.URL, "aws.trust.all.certificates", trust)
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		_, err = src.Splits(t.Context())
		if trust == "true" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		wantError(t, err, `
error: cannot reach Kinesis at `+secure.URL+`: x509: certificate signed by unknown authority
  hint: name the certificate authority with AWS_CA_BUNDLE, or for a test set 'aws.trust.all.certificates' = 'true'`)
	}
}

func TestEndpointThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		src, err := openWith(t, Config{Dial: dial, Seed: 1}, "stream", "clicks", "aws.endpoint", "http://kinesis.local", "aws.region", "us-east-1",
			"aws.credentials.basic.accesskeyid", "a", "aws.credentials.basic.secretkey", "b", "scan.list.shards.maxretries", "2")
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		_, err = src.Splits(t.Context())
		wantError(t, err, `
error: cannot reach Kinesis at http://kinesis.local: no answer within 1m0s
  hint: check 'aws.endpoint' and that the server runs`)
	})
}
