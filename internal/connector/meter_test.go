package connector_test

import (
	"testing"

	"github.com/penstock-io/penstock/internal/connector"
)

func TestWhatASplitCountsCountsForTheTable(t *testing.T) {
	var meter connector.Meter
	meter.Retries.Add(1) // of no split
	meter.Split("a").Retries.Add(2)
	meter.Split("a").Records.Add(10)
	meter.Split("b").Retries.Add(4)
	for _, test := range []struct {
		name      string
		counter   *connector.Counter
		wantCount int64
	}{
		{"retries of the table", &meter.Retries, 7},
		{"records of the table", &meter.Records, 10},
		{"throttles of the table", &meter.Throttles, 0},
		{"retries of a", &meter.Split("a").Retries, 2},
		{"records of a", &meter.Split("a").Records, 10},
		{"retries of b", &meter.Split("b").Retries, 4},
		{"records of b", &meter.Split("b").Records, 0},
	} {
		if got := test.counter.Load(); got != test.wantCount {
			t.Errorf("%s: got %d, want %d", test.name, got, test.wantCount)
		}
	}
}
