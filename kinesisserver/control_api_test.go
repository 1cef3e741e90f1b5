package kinesisserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// control sends a request to the control API and returns the status and the body of the answer.
func (w *world) control(method, path, body string) (*http.Response, string) {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.endpoint+path, strings.NewReader(body))
	w.must(err)
	return w.do(r)
}

// wantControl fails the test unless the answer has that status and body.
func wantControl(w *world, method, path, body string, status int, want string) {
	w.Helper()
	resp, got := w.control(method, path, body)
	if resp.StatusCode != status || got != want+"\n" {
		w.Errorf("%s %s %s:\ngot  %d %s\nwant %d %s", method, path, body, resp.StatusCode, got, status, want)
	}
	if contentType := resp.Header.Get("Content-Type"); contentType != "application/json" {
		w.Errorf("%s %s: content type %s", method, path, contentType)
	}
}

func TestControlAPIIsOffUnlessAskedFor(t *testing.T) {
	w := newWorld(t, Config{})
	wantControl(w, "POST", "/_penstock/expire-iterators", "", 403,
		`{"what":"this server has no control API","next":"start it with penstock kinesis --control, or in Go with Config.ControlAPI"}`)
	if resp, body := w.request(func(r *http.Request) { r.URL.Path = "/_penstock/" }); resp.StatusCode != http.StatusOK {
		t.Errorf("a call of the API: %d %s", resp.StatusCode, body)
	}
}

func TestControlAPIListsItself(t *testing.T) {
	w := newWorld(t, Config{ControlAPI: true})
	w.create("orders", 1)
	for _, path := range []string{"/_penstock", "/_penstock/"} {
		_, text := w.control("GET", path, "")
		var list struct {
			Routes []struct {
				Method, Path, What string
				Body               json.RawMessage
			}
		}
		w.must(json.Unmarshal([]byte(text), &list))
		if len(list.Routes) != len(controlRoutes()) {
			t.Errorf("%d routes in %s", len(list.Routes), text)
		}
		for _, route := range list.Routes {
			if resp, answer := w.control(route.Method, strings.Replace(route.Path, "{id}", "1", 1), string(route.Body)); resp.StatusCode != http.StatusOK && route.Method == http.MethodPost {
				t.Errorf("the example of %s %s: %s", route.Method, route.Path, answer)
			}
		}
	}
	wantControl(w, "GET", "/_penstock/health", "", 200, `{"status":"ok"}`)
	wantControl(w, "GET", "/_penstock/Health", "", 404, `{"what":"there is no \"/_penstock/Health\"","next":"GET /_penstock/ lists what there is"}`)
	wantControl(w, "PUT", "/_penstock/clock", "", 405, `{"what":"/_penstock/clock cannot be used with PUT","next":"use GET or POST"}`)
	if resp, _ := w.control("PUT", "/_penstock/clock", ""); strings.Join(resp.Header["Allow"], " ") != "GET POST" {
		t.Errorf("Allow: %v", resp.Header["Allow"])
	}
}

func TestControlAPIRefusesBadBodies(t *testing.T) {
	w := newWorld(t, Config{ControlAPI: true})
	w.create("orders", 1)
	for _, c := range []struct{ path, body, what string }{
		{"faults", `{`, `the body does not fit: unexpected EOF`},
		{"faults", `{"drop":true} x`, `the body does not fit: there is something behind the JSON object`},
		{"faults", `{"dorp":true}`, `the body does not fit: unknown field \"dorp\"`},
		{"faults", `{"count":"3"}`, `the body does not fit: \"count\" cannot be a string`},
		{"faults", `{"delay":3}`, `the body does not fit: \"delay\" cannot be a number`},
		{"faults", `{"delay":"3"}`, `the body does not fit: time: missing unit in duration \"3\"`},
		{"faults", `{"message":"` + strings.Repeat("x", maxControlBytes) + `"}`, `the body is larger than 64 KiB`},
		{"faults", ``, `the fault does nothing`},
		{"faults", `{"operation":"getRecords","drop":true}`, `there is no operation \"getRecords\"`},
		{"faults", `{"shard":"first","drop":true}`, `\"first\" is no shard id`},
		{"faults", `{"count":-1,"drop":true}`, `count and delay cannot be negative`},
		{"faults", `{"percent":101,"drop":true}`, `percent and record_percent are shares of 100`},
		{"faults", `{"status":200}`, `status 200 is not that of an error`},
		{"faults", `{"status":400}`, `status 400 needs a code`},
		{"faults", `{"record_percent":50,"delay":"1s"}`, `a fault is about calls or about records, not about both`},
		{"faults", `{"record_code":"InternalFailure","drop":true}`, `a fault is about calls or about records, not about both`},
		{"faults", `{"record_code":"InternalFailure"}`, `the fault does nothing`},
		{"faults", `{"operation":"GetRecords","record_percent":50}`, `GetRecords writes no records`},
		{"clock", `{}`, `either advance or set is needed`},
		{"clock", `{"advance":"1s","set":"2030-01-01T00:00:00Z"}`, `either advance or set is needed`},
		{"clock", `{"advance":"-1s"}`, `cannot be moved by -1s`},
		{"clock", `{"advance":"1000000h"}`, `cannot be moved by 1000000h0m0s`},
		{"clock", `{"set":"2001-01-01T00:00:00Z"}`, `cannot be moved by -`},
		{"clock", `{"set":"tomorrow"}`, `the body does not fit: `},
		{"reshard", `{"stream":"orders"}`, `stream and shards are needed`},
		{"reshard", `{"stream":"orders","shards":-1}`, `failed to satisfy constraint`},
		{"reshard", `{"stream":"views","shards":1}`, `Stream views under account 000000000000 not found.`},
		{"pause-shard", `{"stream":"orders"}`, `stream and shard are needed`},
		{"resume-shard", `{"stream":"orders","shard":"7"}`, `Shard shardId-000000000007 in stream orders under account 000000000000 does not exist`},
		{"expire-iterators", `{"stream":"orders"}`, `unknown field \"stream\"`},
	} {
		resp, got := w.control("POST", "/_penstock/"+c.path, c.body)
		if resp.StatusCode < 400 || resp.StatusCode >= 500 || !strings.HasPrefix(got, `{"what":"`) || !strings.Contains(got, c.what) || strings.Contains(got, `"next":""`) {
			t.Errorf("%s %.80s: %d %s", c.path, c.body, resp.StatusCode, got)
		}
	}
	wantControl(w, "GET", "/_penstock/faults", "", 200, `{"faults":[]}`)
	wantControl(w, "DELETE", "/_penstock/faults/7", "", 404,
		`{"what":"there is no fault \"7\"","next":"GET /_penstock/faults lists them; one with a count is gone when that is used up"}`)
}

func TestControlAPIIsNotForBrowsers(t *testing.T) {
	w := newWorld(t, Config{ControlAPI: true})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.endpoint+"/_penstock/expire-iterators", strings.NewReader("{}"))
	w.must(err)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if resp, body := w.do(r); resp.StatusCode != http.StatusForbidden || !strings.Contains(body, `"next"`) {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
}

func TestControlAPISetsFaults(t *testing.T) {
	w := newWorld(t, Config{ControlAPI: true})
	wantControl(w, "POST", "/_penstock/faults", `{"operation":"ListStreams","count":2,"code":"LimitExceededException"}`, 200,
		`{"id":1,"hits":0,"operation":"ListStreams","count":2,"code":"LimitExceededException"}`)
	wantControl(w, "POST", "/_penstock/faults", `{"shard":"1","delay":"1500ms"}`, 200,
		`{"id":2,"hits":0,"shard":"shardId-000000000001","delay":"1.5s"}`)
	_, err := w.client.ListStreams(t.Context(), &kinesis.ListStreamsInput{})
	wantError(t, err, "LimitExceededException", "Rate exceeded")
	wantControl(w, "GET", "/_penstock/faults", "", 200, `{"faults":[`+
		`{"id":1,"hits":1,"operation":"ListStreams","count":2,"code":"LimitExceededException"},`+
		`{"id":2,"hits":0,"shard":"shardId-000000000001","delay":"1.5s"}]}`)
	wantControl(w, "DELETE", "/_penstock/faults/2", "", 200, `{"removed":1}`)
	_, err = w.client.ListStreams(t.Context(), &kinesis.ListStreamsInput{})
	wantError(t, err, "LimitExceededException", "Rate exceeded")
	wantControl(w, "DELETE", "/_penstock/faults", "", 200, `{"removed":0}`)
	wantControl(w, "GET", "/_penstock/calls", "", 200, `{"calls":{"ListStreams":2}}`)
}

// TestControlAPIKnowsAllOfAFault sets every field of a Fault by its name in JSON.
func TestControlAPIKnowsAllOfAFault(t *testing.T) {
	want := Fault{
		Operation: "PutRecords", Stream: "orders", Shard: "shardId-000000000003", Count: 1, Percent: 2, Delay: 3, Code: "c",
		Message: "m", Status: 500, Drop: true, DropAnswer: true, EmptyPage: true, RecordPercent: 4, RecordCode: "r",
	}
	members := map[string]any{}
	for i := range reflect.TypeFor[Fault]().NumField() {
		field := reflect.ValueOf(want).Field(i)
		if field.IsZero() {
			t.Fatalf("this test does not set %s", reflect.TypeFor[Fault]().Field(i).Name)
		}
		value := field.Interface()
		if d, ok := value.(time.Duration); ok {
			value = d.String()
		}
		members[snakeCase(reflect.TypeFor[Fault]().Field(i).Name)] = value
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	var object faultObject
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&object); err != nil {
		t.Fatal(err)
	}
	if got := object.fault(); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := faultObjectOf(&want); got != object {
		t.Errorf("shown as %+v\nwant %+v", got, object)
	}
}

func TestControlAPIExpiresAndEndsAndReshards(t *testing.T) {
	w := newWorld(t, Config{ControlAPI: true})
	w.create("orders", 1)
	it := w.iterator("orders", "0", types.ShardIteratorTypeLatest, "")
	wantControl(w, "POST", "/_penstock/expire-iterators", "", 200, `{}`)
	_, err := w.client.GetRecords(t.Context(), &kinesis.GetRecordsInput{ShardIterator: &it})
	wantError(t, err, "ExpiredIteratorException", "")
	wantControl(w, "POST", "/_penstock/reshard", `{"stream":"orders","shards":2}`, 200, `{"stream":"orders","shards":2}`)
	if n := len(w.shards("orders")); n != 3 {
		t.Errorf("%d shards", n)
	}
	wantControl(w, "POST", "/_penstock/end-subscriptions", `{}`, 200, `{"ended":0}`)
}

func TestControlAPIUsesUpNoChance(t *testing.T) {
	ids := func(controlled bool) (ids [3]string) {
		w := newWorld(t, Config{ControlAPI: true, Seed: 5})
		for i := range ids {
			if controlled {
				w.control("GET", "/_penstock/calls", "")
			}
			resp, _ := w.call("ListStreams", "{}")
			ids[i] = resp.Header.Get("x-amzn-RequestId")
		}
		return ids
	}
	if got, want := ids(true), ids(false); got != want {
		t.Errorf("request ids %v, without the control API %v", got, want)
	}
}
