package kinesis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/connector"
)

// wrongRules are rules for where the reading of a shard begins that lose or repeat records. Readers
// of Kinesis that are in use have each of them.
type wrongRules struct {
	name  string
	finds flaw // what the storm must see
	// from is what the connector asks for, the type of an iterator or of the start of a subscription,
	// and to what takes its place.
	from, to string
	// unordered reads a shard as soon as it is listed, whether its parents are done or not.
	unordered bool
	// onlyOpen leaves out shards that are closed when they are first listed.
	onlyOpen bool
	// forgetful keeps the positions of shards, but not what else the connector wants to be kept.
	forgetful bool

	latest bool // matters only to a reading that begins with LATEST
}

var allWrongRules = []wrongRules{
	{name: "resume at the last record", from: "AFTER_SEQUENCE_NUMBER", to: "AT_SEQUENCE_NUMBER", finds: flawRepeated},
	{name: "children begin at LATEST", from: "TRIM_HORIZON", to: "LATEST", latest: true, finds: flawLost},
	{name: "LATEST means now, whenever it is asked for", from: "AT_TIMESTAMP", to: "LATEST", latest: true, finds: flawLost},
	{name: "the start is forgotten, so that shards unknown before begin at LATEST", latest: true, forgetful: true, finds: flawLost},
	{name: "children do not wait for their parents", unordered: true, finds: flawDisordered},
	{name: "closed shards without a position are left out", unordered: true, onlyOpen: true, finds: flawLost},
}

// TestStormSeesWrongRules shows that the storm can see what it is for: with rules that lose or repeat
// records, one of a few storms finds that.
func TestStormSeesWrongRules(t *testing.T) {
	const seeds = 6
	for _, rules := range allWrongRules {
		for _, fanOut := range []bool{false, true} {
			name := rules.name
			if fanOut {
				name += ", fan-out"
			}
			t.Run(name, func(t *testing.T) {
				for seed := uint64(1); seed <= seeds; seed++ {
					found := false
					t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							s := newStorm(t, newWrongPlan(seed, fanOut, rules))
							s.run()
							found = s.has(rules.finds)
						})
					})
					if found || t.Failed() {
						return
					}
				}
				t.Errorf("%d storms have found nothing that is %s", seeds, rules.finds)
			})
		}
	}
}

// newWrongPlan is the plan of a storm with wrong rules.
func newWrongPlan(seed uint64, fanOut bool, rules wrongRules) stormPlan {
	p := newStormPlan(4*seed + 1) // polling, without a bound
	if fanOut {
		p = newStormPlan(4 * seed)
	}
	p.rules = &rules
	if rules.latest {
		p.readLatest()
		p.early = true
	}
	return p
}

// readLatest makes the reading begin with what arrives after its start.
func (p *stormPlan) readLatest() {
	p.latest = true
	p.options[slices.Index(p.options, keyStart)+1] = initposLatest
}

// install makes the connector ask for what the rules want.
func (r *wrongRules) install(src *source) {
	if r.from == "" {
		return
	}
	clients := []*httpClient{src.http}
	if src.fanOut != nil {
		clients = append(clients, src.fanOut.streams)
	}
	for _, client := range clients {
		client.Transport = wrongTransport{RoundTripper: client.Transport, rules: r}
	}
}

// wrongTransport changes requests on their way.
type wrongTransport struct {
	http.RoundTripper
	rules *wrongRules
}

func (t wrongTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); operation == "GetShardIterator" || operation == "SubscribeToShard" {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if body, err = t.rules.rewrite(body); err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	return t.RoundTripper.RoundTrip(r)
}

// CloseIdleConnections is what the client does when it is closed.
func (t wrongTransport) CloseIdleConnections() {
	(&http.Client{Transport: t.RoundTripper}).CloseIdleConnections()
}

// rewrite changes where a request wants to begin.
func (r *wrongRules) rewrite(body []byte) ([]byte, error) {
	var request map[string]any
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	start, kind := request, "ShardIteratorType"
	if nested, ok := request["StartingPosition"].(map[string]any); ok {
		start, kind = nested, "Type"
	}
	if start[kind] == r.from {
		start[kind] = r.to
		if r.to == "LATEST" {
			delete(start, "Timestamp")
		}
	}
	return json.Marshal(request)
}

// listed returns what the rules let through of shards that were listed. The caller holds the lock.
func (r *wrongRules) listed(s *storm, splits []connector.Split) []connector.Split {
	var kept []connector.Split
	open := s.open(streamName)
	isOpen := func(id string) bool {
		return slices.ContainsFunc(open, func(shard types.Shard) bool { return *shard.ShardId == id })
	}
	for _, split := range splits {
		if _, known := s.known[split.ID]; r.onlyOpen && !known && open != nil && !isOpen(split.ID) {
			continue
		}
		if r.unordered {
			split.Parents = nil
		}
		kept = append(kept, split)
	}
	return kept
}
