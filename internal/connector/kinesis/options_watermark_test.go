package kinesis

import (
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/connector"
)

// The lookahead is Flink's, but never less than three synchronisations; shards are held back only
// where the user asks for one of the two.
func TestEventTimeOptions(t *testing.T) {
	for _, test := range []struct {
		options []string
		want    connector.EventTime
		rows    int
	}{
		{nil, connector.EventTime{}, maxRows},
		{[]string{keyIdleInterval, "5000"}, connector.EventTime{IdleTimeout: 5 * time.Second}, maxRows},
		{[]string{keyIdleInterval, "-1"}, connector.EventTime{IdleTimeout: -time.Millisecond}, maxRows},
		{[]string{keyLookahead, "600000"}, connector.EventTime{Lookahead: 10 * time.Minute}, maxRows},
		{[]string{keyLookahead, "1000"}, connector.EventTime{Lookahead: 90 * time.Second}, maxRows},
		{[]string{keySyncInterval, "2000"}, connector.EventTime{Lookahead: 6 * time.Second}, maxRows},
		{[]string{keySyncInterval, "2000", keyLookahead, "1000"}, connector.EventTime{Lookahead: 6 * time.Second}, maxRows},
		{[]string{keySyncInterval, "0", keyLookahead, "1000"}, connector.EventTime{Lookahead: time.Second}, maxRows},
		{[]string{keySyncInterval, "0"}, connector.EventTime{Lookahead: time.Millisecond}, maxRows},
		{[]string{keySyncCapacity, "7"}, connector.EventTime{}, maxRows},
		{[]string{keySyncCapacity, "7", keyLookahead, "600000"}, connector.EventTime{Lookahead: 10 * time.Minute}, 7},
	} {
		table, err := declare(test.options...)
		if err != nil {
			t.Fatal(err)
		}
		if got := eventTime(table); got != test.want || batchRows(table.Options) != test.rows {
			t.Errorf("%q: got %+v and %d rows, want %+v and %d", test.options, got, batchRows(table.Options), test.want, test.rows)
		}
	}
}
