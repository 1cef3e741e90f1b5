package format

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/twmb/avro"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// The options of the avro-confluent format.
const (
	registryURL        = "avro-confluent.url"
	registrySubject    = "avro-confluent.subject"
	registrySchema     = "avro-confluent.schema"
	registryBasicFrom  = "avro-confluent.basic-auth.credentials-source"
	registryBasic      = "avro-confluent.basic-auth.user-info"
	registryBearerFrom = "avro-confluent.bearer-auth.credentials-source"
	registryBearer     = "avro-confluent.bearer-auth.token"
	registryAuthority  = "avro-confluent.ssl.truststore.location"
)

const (
	registryTimeout = 10 * time.Second
	registryTries   = 4
	registryPause   = 100 * time.Millisecond
	maxSchemaBytes  = 4 << 20
)

// registry asks a schema registry, as Confluent and others have it, for schemas.
type registry struct {
	base      *url.URL
	authorize func(*http.Request)
	client    *http.Client
}

func newRegistry(values *option.Values) (*registry, error) {
	address := values.String(registryURL)
	base, err := url.Parse(address)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, diag.Errorf(diag.Option, values.Span(registryURL), "option %q: %q is not the URL of a schema registry", registryURL, address).
			WithHint("use one such as http://localhost:8081")
	}
	r := &registry{base: base, client: &http.Client{Timeout: registryTimeout}}
	basic, bearer := values.String(registryBasic), values.String(registryBearer)
	switch source := strings.ToUpper(values.String(registryBasicFrom)); {
	case basic != "" && bearer != "":
		return nil, diag.Errorf(diag.Option, values.Span(registryBearer), "options %q and %q exclude each other", registryBasic, registryBearer).WithHint("remove one of the two")
	case source != "" && source != "USER_INFO" && source != "URL":
		return nil, diag.Errorf(diag.Option, values.Span(registryBasicFrom), "option %q: %q is not supported", registryBasicFrom, source).WithHint("use 'USER_INFO' or 'URL'")
	case source == "URL" || basic == "" && bearer == "" && base.User != nil:
		if base.User == nil {
			return nil, diag.Errorf(diag.Option, values.Span(registryBasicFrom), "option %q has no user and password", registryURL).WithHint("write http://user:password@host")
		}
		basic = base.User.String()
		if decoded, err := url.PathUnescape(basic); err == nil {
			basic = decoded
		}
	}
	base.User = nil
	if source := strings.ToUpper(values.String(registryBearerFrom)); source != "" && source != "STATIC_TOKEN" {
		return nil, diag.Errorf(diag.Option, values.Span(registryBearerFrom), "option %q: %q is not supported", registryBearerFrom, source).WithHint("use 'STATIC_TOKEN'")
	}
	r.authorize = func(request *http.Request) {
		switch {
		case basic != "":
			request.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(basic)))
		case bearer != "":
			request.Header.Set("Authorization", "Bearer "+bearer)
		}
	}
	return r, r.trust(values)
}

// trust adds the authority that the table names to those that the registry's certificate may be of.
func (r *registry) trust(values *option.Values) error {
	path := values.String(registryAuthority)
	if path == "" {
		return nil
	}
	pem, err := os.ReadFile(path)
	pool := x509.NewCertPool()
	if err == nil && !pool.AppendCertsFromPEM(pem) {
		err = errors.New("there is no certificate in PEM in it; a Java keystore cannot be read")
	}
	if err != nil {
		return diag.Errorf(diag.Option, values.Span(registryAuthority), "option %q: %w", registryAuthority, err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	r.client.Transport = transport
	return nil
}

// registryAnswer is what the registry says, whatever it was asked.
type registryAnswer struct {
	Schema    string `json:"schema"`
	Type      string `json:"schemaType"`
	ID        int32  `json:"id"`
	ErrorCode int    `json:"error_code"`
	Message   string `json:"message"`
}

// schema returns the schema with an ID.
func (r *registry) schema(ctx context.Context, id int32) (*avro.Schema, error) {
	answer, err := r.ask(ctx, http.MethodGet, fmt.Sprintf("schemas/ids/%d", id), nil)
	if err != nil {
		return nil, err
	}
	if answer.Type != "" && answer.Type != "AVRO" {
		return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "schema %d is of the type %s, not Avro", id, answer.Type)
	}
	schema, err := avro.Parse(answer.Schema)
	if err != nil {
		return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "schema %d cannot be used: %w", id, err)
	}
	return schema, nil
}

// register makes sure that a subject has a schema, and returns its ID.
func (r *registry) register(ctx context.Context, subject, schema string) (int32, error) {
	body, err := json.Marshal(map[string]string{"schema": schema})
	if err != nil {
		return 0, err
	}
	answer, err := r.ask(ctx, http.MethodPost, "subjects/"+url.PathEscape(subject)+"/versions", body)
	return answer.ID, err
}

// ask makes a request until it succeeds, is refused for good, or has failed too often.
func (r *registry) ask(ctx context.Context, method, path string, body []byte) (answer registryAnswer, err error) {
	for try := range registryTries {
		var again bool
		if answer, again, err = r.once(ctx, method, path, body); err == nil || !again || try == registryTries-1 {
			return answer, err
		}
		timer := time.NewTimer(registryPause << try)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return answer, ctx.Err()
		}
	}
	return answer, err
}

// once makes a request. again says that it may succeed later.
func (r *registry) once(ctx context.Context, method, path string, body []byte) (answer registryAnswer, again bool, err error) {
	target := strings.TrimSuffix(r.base.String(), "/") + "/" + path
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return answer, false, err
	}
	request.Header.Set("Accept", "application/vnd.schemaregistry.v1+json")
	if body != nil {
		request.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	}
	r.authorize(request)
	response, err := r.client.Do(request)
	if err != nil {
		return answer, true, diag.Errorf(diag.Unreachable, diag.Span{}, "the schema registry %s does not answer: %w", r.base, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxSchemaBytes+1))
	if err == nil && len(text) <= maxSchemaBytes {
		err = json.Unmarshal(text, &answer)
	}
	if response.StatusCode == http.StatusOK {
		if err != nil || len(text) > maxSchemaBytes {
			return answer, false, diag.Errorf(diag.Unreachable, diag.Span{}, "the schema registry %s does not answer as one: %v", r.base, err)
		}
		return answer, false, nil
	}
	kind := diag.Unreachable
	switch response.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		kind = diag.Denied
	case http.StatusNotFound:
		kind = diag.NotFound
	case http.StatusConflict, http.StatusUnprocessableEntity:
		kind = diag.Unsupported
	}
	again = response.StatusCode >= http.StatusInternalServerError || response.StatusCode == http.StatusTooManyRequests
	return answer, again, diag.Errorf(kind, diag.Span{}, "the schema registry %s refuses %s %s: %s", r.base, method, path, cmp.Or(answer.Message, response.Status))
}
