package events_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/bench/events"
)

func TestEventsHaveTheFieldsOfTheSchema(t *testing.T) {
	schema := events.Schema()
	for _, record := range events.Events(1000, 1) {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(record, &fields); err != nil {
			t.Fatalf("record %s: %v", record, err)
		}
		if len(fields) != len(schema) {
			t.Fatalf("record has %d fields, want %d: %s", len(fields), len(schema), record)
		}
		for _, field := range schema {
			if fields[field.Name] == nil {
				t.Fatalf("record has no field %q: %s", field.Name, record)
			}
		}
	}
}

func TestEventsAreAsLargeAsRealOnes(t *testing.T) {
	total := 0
	const n = 20_000
	for _, record := range events.Events(n, 1) {
		total += len(record)
	}
	if mean := total / n; mean < 536 || mean > 556 {
		t.Errorf("got a mean size of %d bytes, want about 546", mean)
	}
}

func TestEventsCoverTheSpanWithSlightDisorder(t *testing.T) {
	var last time.Time
	disordered := 0
	seen := map[time.Time]bool{}
	for _, record := range events.Events(10_000, 1) {
		var event struct {
			TS time.Time `json:"ts"`
		}
		if err := json.Unmarshal(record, &event); err != nil {
			t.Fatal(err)
		}
		if event.TS.Before(last) {
			disordered++
			if late := last.Sub(event.TS); late > 4*time.Second {
				t.Fatalf("record is %v late, want at most 4 s", late)
			}
		} else {
			last = event.TS
		}
		seen[event.TS.Truncate(10*time.Second)] = true
	}
	if disordered == 0 {
		t.Error("no record is out of order")
	}
	if windows := int(events.Span / (10 * time.Second)); len(seen) < windows {
		t.Errorf("got %d windows, want at least %d", len(seen), windows)
	}
}

func TestEventsDependOnNothingButTheArguments(t *testing.T) {
	a, b, other := events.Events(100, 7), events.Events(100, 7), events.Events(100, 8)
	if !bytes.Equal(bytes.Join(a, nil), bytes.Join(b, nil)) {
		t.Error("equal seeds gave different records")
	}
	if bytes.Equal(bytes.Join(a, nil), bytes.Join(other, nil)) {
		t.Error("different seeds gave equal records")
	}
}
