package blackhole_test

import (
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/blackhole"
)

func TestBlackholeCountsWhatItThrowsAway(t *testing.T) {
	meter := &connector.Meter{}
	sink, err := blackhole.Factory().NewSink(t.Context(), connector.SinkRequest{Meter: meter})
	if err != nil {
		t.Fatal(err)
	}
	for lane := range 2 {
		writer, err := sink.Open(t.Context(), lane)
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Write(t.Context(), batch.New(3, batch.NewFixed([]int64{1, 2, 3}, nil))); err != nil {
			t.Fatal(err)
		}
		if err := writer.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if records, bytes := meter.Records.Load(), meter.Bytes.Load(); records != 6 || bytes != 48 {
		t.Errorf("counted %d records and %d bytes, want 6 and 48", records, bytes)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
}
