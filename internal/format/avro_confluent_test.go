package format_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// schemaRegistry is a server with the part of a registry's API that is used.
type schemaRegistry struct {
	*httptest.Server

	mu       sync.Mutex
	schemas  []string // by ID, from 1
	subjects []string
	asked    []string
	user     string // required; "": nobody
	failures int    // answers 503 so often
}

func newSchemaRegistry(t *testing.T, schemas ...string) *schemaRegistry {
	t.Helper()
	r := &schemaRegistry{schemas: schemas}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP answers as Confluent's registry does.
func (r *schemaRegistry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, request.Method+" "+request.URL.Path)
	answer := func(status int, body any) {
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(body)
	}
	if r.failures > 0 {
		r.failures--
		answer(503, map[string]any{"error_code": 503, "message": "try later"})
		return
	}
	if r.user != "" && request.Header.Get("Authorization") != r.user {
		answer(401, map[string]any{"error_code": 401, "message": "who are you?"})
		return
	}
	var id int
	if n, _ := fmt.Sscanf(request.URL.Path, "/schemas/ids/%d", &id); n == 1 {
		if id < 1 || id > len(r.schemas) {
			answer(404, map[string]any{"error_code": 40403, "message": "Schema not found"})
			return
		}
		answer(200, map[string]any{"schema": r.schemas[id-1]})
		return
	}
	var body struct{ Schema string }
	json.NewDecoder(request.Body).Decode(&body)
	r.schemas, r.subjects = append(r.schemas, body.Schema), append(r.subjects, request.URL.Path)
	answer(200, map[string]any{"id": len(r.schemas)})
}

var personSchema = types.Schema{{Name: "id", Type: types.Of(types.BigInt)}, {Name: "name", Type: types.String}, {Name: "age", Type: types.Of(types.Int)}}

const (
	firstVersion  = `{"type":"record","name":"person","fields":[{"name":"id","type":"int"},{"name":"name","type":"string"}]}`
	secondVersion = `{"type":"record","name":"person","fields":[{"name":"extra","type":["null","string"]},{"name":"age","type":["null","int"]},{"name":"id","type":"long"},{"name":"name","type":"string"}]}`
)

func TestAvroConfluentReadsRecordsOfSeveralSchemas(t *testing.T) {
	server := newSchemaRegistry(t, firstVersion, secondVersion, `"string"`, `{"type":"record","name":"p","fields":[{"name":"id","type":"string"}]}`)
	server.failures = 1
	decoder := decoderOf(t, "avro-confluent", personSchema, personSchema, "avro-confluent.url", server.URL)
	page := [][]byte{
		[]byte("\x00\x00\x00\x00\x01\x02\x02a"), []byte("\x00\x00\x00\x00\x01\x04\x02b"), []byte("\x00\x00\x00\x00\x02\x00\x02\x54\x06\x02c"),
		{},
		[]byte("\x01\x00\x00\x00\x02"),
		[]byte("\x00\x00\x00\x00\x02\x00\x00\x08\x02d"), []byte("\x00\x00\x00\x00\x02\x00\x00\x08"), []byte("\x00\x00\x00\x00\x03\x02x"), []byte("\x00\x00\x00\x00\x04\x02x"), []byte("\x00\x00\x00\x00\x09"),
		[]byte("\x00\x00\x00\x00\x01\x0a\x02e"),
	}
	for range 2 {
		var got []string
		for done := 0; done < len(page); {
			out := decoder.Decode(page[done:])
			if out.Err != nil || out.Taken < 1 {
				t.Fatal(out.Taken, out.Err)
			}
			checkRows(t, out, out.Taken)
			b := batch.New(out.Rows, out.Columns...)
			for row := range out.Rows {
				got = append(got, batch.FormatRow(b, personSchema, row))
			}
			for _, bad := range out.Bad {
				got = append(got, fmt.Sprintf("%d %v: %v", done+bad.Record, bad.Cause, bad.Err))
			}
			done += out.Taken
		}
		want := `1 | a | NULL
2 | b | NULL
3 | c | 42
4 | d | NULL
3 empty: the record is empty
4 malformed: the record does not begin with a zero byte and the ID of a schema
6 malformed: not Avro of this schema: it ends, or goes wrong, before its last field
7 unsupported: schema 3: the Avro schema is a string, not a record
8 unsupported: schema 4: column "id" is BIGINT, but its Avro type is string
9 unsupported: schema 9: the schema registry ` + server.URL + ` refuses GET schemas/ids/9: Schema not found
5 | e | NULL`
		if strings.Join(got, "\n") != want {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
		}
	}
	if len(server.asked) != 6 { // five schemas, one of them twice because of the failure
		t.Errorf("the registry was asked %q", server.asked)
	}
}

func TestAvroConfluentWaitsForTheRegistryRatherThanCallingRecordsBad(t *testing.T) {
	server := newSchemaRegistry(t, firstVersion)
	server.failures = 4
	decoder := decoderOf(t, "avro-confluent", personSchema, personSchema, "avro-confluent.url", server.URL)
	page := [][]byte{[]byte("\x00\x00\x00\x00\x01\x02\x02a")}
	out := decoder.Decode(page)
	if diag.KindOf(out.Err) != diag.Unreachable || len(out.Bad) > 0 || out.Taken != 0 || out.Err.Error() != "the schema registry "+server.URL+" refuses GET schemas/ids/1: try later" {
		t.Errorf("got %+v", out)
	}
	if out = decoder.Decode(page); out.Err != nil || out.Rows != 1 {
		t.Errorf("once it answers: got %+v", out)
	}
}

func TestAvroConfluentAuthenticates(t *testing.T) {
	server := newSchemaRegistry(t, firstVersion)
	host := strings.TrimPrefix(server.URL, "http://")
	for _, test := range []struct{ user, url, options, want string }{
		{"Basic dXNlcjpwYXNz", server.URL, "avro-confluent.basic-auth.credentials-source=USER_INFO avro-confluent.basic-auth.user-info=user:pass", ""},
		{"Basic dXNlcjpwYXNz", "http://user:pass@" + host, "", ""},
		{"Bearer secret", server.URL, "avro-confluent.bearer-auth.credentials-source=STATIC_TOKEN avro-confluent.bearer-auth.token=secret", ""},
		{"Bearer secret", server.URL, "avro-confluent.bearer-auth.token=wrong", "the schema registry " + server.URL + " refuses GET schemas/ids/1: who are you?"},
	} {
		server.user = test.user
		decoder := decoderOf(t, "avro-confluent", personSchema, personSchema, append(csvOptions(test.options), "avro-confluent.url", test.url)...)
		out := decoder.Decode([][]byte{[]byte("\x00\x00\x00\x00\x01\x02\x02a")})
		if got := messageOf(out.Err); got != test.want || test.want == "" && out.Rows != 1 || test.want != "" && diag.KindOf(out.Err) != diag.Denied {
			t.Errorf("%s %s: got %+v", test.url, test.options, out)
		}
	}
}

func TestAvroConfluentRegistersItsSchema(t *testing.T) {
	server := newSchemaRegistry(t, firstVersion)
	options := []string{"avro-confluent.url", server.URL, "avro-confluent.subject", "people-value"}
	encoder := encoderOf(t, "avro-confluent", personSchema, options...)
	rows := newDecoder(t, personSchema).Decode([][]byte{[]byte(`{"id":7,"name":"x"}`)})
	record, err := encoder.Append(nil, batch.New(rows.Rows, rows.Columns...), 0)
	if err != nil || !strings.HasPrefix(string(record), "\x00\x00\x00\x00\x02") {
		t.Fatalf("got %q, error %v", record, err)
	}
	if got := decodeOne(decoderOf(t, "avro-confluent", personSchema, personSchema, options...), string(record), personSchema); got != "7 | x | NULL" {
		t.Errorf("got %s", got)
	}
	if fmt.Sprint(server.subjects) != "[/subjects/people-value/versions]" {
		t.Errorf("registered under %q", server.subjects)
	}
}

func TestAvroConfluentOptionsThatMakeNoSense(t *testing.T) {
	for options, want := range map[string]string{
		"avro-confluent.url=registry": `option "avro-confluent.url": "registry" is not the URL of a schema registry`,
		"avro-confluent.url=http://r avro-confluent.basic-auth.user-info=a:b avro-confluent.bearer-auth.token=c": `options "avro-confluent.basic-auth.user-info" and "avro-confluent.bearer-auth.token" exclude each other`,
		"avro-confluent.url=http://r avro-confluent.basic-auth.credentials-source=SASL":                          `option "avro-confluent.basic-auth.credentials-source": "SASL" is not supported`,
		"avro-confluent.url=http://r avro-confluent.basic-auth.credentials-source=URL":                           `option "avro-confluent.url" has no user and password`,
		"avro-confluent.url=http://r avro-confluent.ssl.truststore.location=/no/file":                            `option "avro-confluent.ssl.truststore.location": open /no/file: no such file or directory`,
		"avro-confluent.url=http://r envelope=cloudwatch-logs-message":                                           "the messages of log events are texts, and the format is avro-confluent",
	} {
		config := format.Config{Record: personSchema, Options: optionsOf(t, "avro-confluent", csvOptions(options)...)}
		if got := messageOf(lookup(t, "avro-confluent").Check(config)); got != want {
			t.Errorf("%s: got %s, want %s", options, got, want)
		}
	}
	config := format.Config{Record: personSchema, Schema: personSchema, Options: optionsOf(t, "avro-confluent", "avro-confluent.url", "http://r")}
	if _, err := lookup(t, "avro-confluent").NewEncoder(config); messageOf(err) != `option "avro-confluent.subject" is required for writing` {
		t.Errorf("got error %v", err)
	}
}
