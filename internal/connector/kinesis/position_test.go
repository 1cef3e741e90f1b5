package kinesis

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/checkpoint"
)

const sequenceNumber = "49615604846537535747729525809166215807130139976752168962"

func TestPositionsAreStoredAndReadAgain(t *testing.T) {
	for _, test := range []struct {
		position position
		want     checkpoint.Position
	}{
		{position{kind: trimHorizon}, "TRIM_HORIZON"},
		{position{kind: shardEnd}, "SHARD_END"},
		{startAt(time.UnixMicro(1767225600123456)), "AT_TIMESTAMP:1767225600123"},
		{startAt(time.UnixMilli(-1)), "AT_TIMESTAMP:-1"},
		{after(sequenceNumber), "AFTER_SEQUENCE_NUMBER:" + sequenceNumber},
		{after("0"), "AFTER_SEQUENCE_NUMBER:0"},
		{within("12", 1), "AFTER_SEQUENCE_NUMBER:12:0"},
		{within(sequenceNumber, 4), "AFTER_SEQUENCE_NUMBER:" + sequenceNumber + ":3"},
	} {
		if got := test.position.text(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
		if got, err := parsePosition(test.want); err != nil || got != test.position {
			t.Errorf("%q: got %+v, %v; want %+v", test.want, got, err, test.position)
		}
	}
}

func TestOtherTextsAreNoPositions(t *testing.T) {
	for _, text := range []string{
		"", "LATEST", "trim_horizon", "TRIM_HORIZON ", "SHARD_END:1", "AT_TIMESTAMP", "AT_TIMESTAMP:", "AT_TIMESTAMP:1.5",
		"AT_TIMESTAMP:+1", "AT_TIMESTAMP:01", "AT_TIMESTAMP:99999999999999999999", "AFTER_SEQUENCE_NUMBER:", "AFTER_SEQUENCE_NUMBER:-1",
		"AFTER_SEQUENCE_NUMBER:012", "AFTER_SEQUENCE_NUMBER:12a", "AFTER_SEQUENCE_NUMBER:12:", "AFTER_SEQUENCE_NUMBER:12:03", "AFTER_SEQUENCE_NUMBER:12:-1",
		"AFTER_SEQUENCE_NUMBER:12:3:4", "AFTER_SEQUENCE_NUMBER::3", "AFTER_SEQUENCE_NUMBER:12:2147483648", "AFTER_SEQUENCE_NUMBER:" + strings.Repeat("1", 130),
	} {
		if got, err := parsePosition(checkpoint.Position(text)); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func FuzzPositionReadsOnlyWhatItWrites(f *testing.F) {
	for _, text := range []string{"TRIM_HORIZON", "SHARD_END", "AT_TIMESTAMP:1767225600123", "AFTER_SEQUENCE_NUMBER:" + sequenceNumber, "AFTER_SEQUENCE_NUMBER:12:3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePosition(checkpoint.Position(text))
		if err == nil && string(p.text()) != text {
			t.Errorf("%q was read as %q", text, p.text())
		}
	})
}
