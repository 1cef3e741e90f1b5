package format_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

func newPolicy(tb testing.TB, mode string) (policy *format.Policy, log *bytes.Buffer, count *atomic.Int64) {
	tb.Helper()
	if mode == "" {
		return policyOf(tb)
	}
	return policyOf(tb, "bad-records", mode)
}

// policyOf returns the policy of a table with the options, "key", "value" and so on.
func policyOf(tb testing.TB, options ...string) (policy *format.Policy, log *bytes.Buffer, count *atomic.Int64) {
	tb.Helper()
	values, err := option.Parse(`table "t"`, given(options...), format.TableOptions)
	if err != nil {
		tb.Fatal(err)
	}
	log, count = &bytes.Buffer{}, &atomic.Int64{}
	handler := slog.NewTextHandler(log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	config := format.PolicyConfig{Table: "t", Format: "json", Options: values, Logger: slog.New(handler), Count: count, Causes: &format.CauseCounts{}}
	if policy, err = format.NewPolicy(config); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { policy.Close() })
	return policy, log, count
}

func shardRecord(record int) (deadletter.Origin, []byte) {
	from := deadletter.Origin{Stream: "s", Shard: "shardId-000000000000", SequenceNumber: fmt.Sprintf("49590%d", record), PartitionKey: "k"}
	return from, fmt.Appendf(nil, "record %d", record)
}

func badRecords(n int) []format.BadRecord {
	bad := make([]format.BadRecord, n)
	for i := range bad {
		bad[i] = format.BadRecord{Record: i, Err: errors.New("not JSON")}
	}
	return bad
}

func TestPolicySkipCountsAndWarns(t *testing.T) {
	for _, mode := range []string{"", "skip"} {
		policy, log, count := newPolicy(t, mode)
		if err := policy.Handle(context.Background(), badRecords(2), shardRecord); err != nil {
			t.Fatal(err)
		}
		if count.Load() != 2 {
			t.Errorf("got a count of %d, want 2", count.Load())
		}
		want := `level=WARN msg="bad record left out" where="shard shardId-000000000000, sequence number 495900" error="not JSON"
level=WARN msg="bad record left out" where="shard shardId-000000000000, sequence number 495901" error="not JSON"
`
		if log.String() != want {
			t.Errorf("got log\n%swant\n%s", log, want)
		}
	}
}

func TestPolicySkipLimitsItsWarnings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		policy, log, count := newPolicy(t, "skip")
		lines := func() []string {
			defer log.Reset()
			return strings.Split(strings.TrimSpace(log.String()), "\n")
		}
		handle := func(n int) {
			if err := policy.Handle(context.Background(), badRecords(n), shardRecord); err != nil {
				t.Fatal(err)
			}
		}
		handle(100)
		if got := lines(); len(got) != 5 {
			t.Errorf("got %d lines at first, want 5", len(got))
		}
		advance(9 * time.Second)
		handle(10)
		if log.Len() > 0 {
			t.Errorf("got a line within 10 s: %s", log)
		}
		advance(time.Second)
		handle(10)
		if got := lines(); len(got) != 1 || !strings.HasSuffix(got[0], "suppressed=105") {
			t.Errorf("got lines %q after 10 s, want one with suppressed=105", got)
		}
		advance(time.Hour)
		handle(1)
		if got := lines(); len(got) != 1 || !strings.HasSuffix(got[0], "suppressed=9") {
			t.Errorf("got lines %q after an hour, want one with suppressed=9", got)
		}
		if count.Load() != 121 {
			t.Errorf("got a count of %d, want 121", count.Load())
		}
	})
}

// advance moves the fake clock.
func advance(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // fake clock
}

func TestPolicyFailEndsTheJob(t *testing.T) {
	policy, log, count := newPolicy(t, "fail")
	err := policy.Handle(context.Background(), badRecords(2), shardRecord)
	want := "bad record at shard shardId-000000000000, sequence number 495900: not JSON"
	var e *diag.Error
	if !errors.As(err, &e) || e.Kind != diag.BadData || e.Error() != want || e.Hint != "set 'bad-records' = 'skip' to count and leave out such records, or 'dead-letter' to keep them" {
		t.Errorf("got error %#v, want %s", err, want)
	}
	if log.Len() > 0 || count.Load() != 2 {
		t.Errorf("got log %q and count %d, want nothing and 2", log, count.Load())
	}
	if err := policy.Handle(context.Background(), nil, shardRecord); err != nil {
		t.Errorf("got error %v for a page without bad records", err)
	}
}

func TestPolicyFailOnlyCountsEmptyRecords(t *testing.T) {
	policy, log, count := newPolicy(t, "fail")
	out := newDecoder(t, types.Schema{{Name: "a", Type: types.String}}).Decode([][]byte{{}})
	if err := policy.Handle(context.Background(), out.Bad, shardRecord); err != nil {
		t.Fatal(err)
	}
	if count.Load() != 1 || !strings.Contains(log.String(), "the record is empty") {
		t.Errorf("got count %d and log %q, want 1 and a line", count.Load(), log)
	}
}

func TestPolicyIsSafeForConcurrentUse(t *testing.T) {
	policy, _, count := newPolicy(t, "skip")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				_ = policy.Handle(context.Background(), badRecords(3), shardRecord)
			}
		})
	}
	group.Wait()
	if count.Load() != 1200 {
		t.Errorf("got a count of %d, want 1200", count.Load())
	}
}

func TestLookupSuggestsAFormat(t *testing.T) {
	_, err := format.Lookup("jsno", diag.Span{Start: 1, End: 5})
	var e *diag.Error
	if !errors.As(err, &e) || e.Kind != diag.Option || e.Error() != `there is no format "jsno"` || e.Hint != `did you mean "json"?` {
		t.Errorf("got %#v", err)
	}
}

func TestPolicyKeepsDeadLetters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letters.ndjson")
	policy, log, count := policyOf(t, "bad-records", "dead-letter", "bad-records.path", path)
	bad := []format.BadRecord{
		{Record: 0, Err: errors.New("not JSON")},
		{Record: 3, Cause: format.Mismatch, Err: errors.New("no number"), Data: []byte("a part")},
		{Record: 4, Cause: format.Empty, Err: errors.New("nothing")},
	}
	if err := policy.Handle(t.Context(), bad, shardRecord); err != nil {
		t.Fatal(err)
	}
	var got []string
	in, err := deadletter.Open(path) // what Handle has taken is there, without Close
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for letter, _, err := in.Next(); err == nil; letter, _, err = in.Next() {
		got = append(got, fmt.Sprintf("%s %s %s %s part=%v %q at %s", letter.Table, letter.Format, letter.Cause, letter.Error, letter.Part, letter.Data, letter.Origin))
	}
	want := []string{
		`t json malformed not JSON part=false "record 0" at shard shardId-000000000000, sequence number 495900`,
		`t json mismatch no number part=true "a part" at shard shardId-000000000000, sequence number 495903`,
		`t json empty nothing part=false "record 4" at shard shardId-000000000000, sequence number 495904`,
	}
	if !slices.Equal(got, want) || count.Load() != 3 || strings.Count(log.String(), "bad record kept as a dead letter") != 3 {
		t.Errorf("got %s, count %d, log %s", strings.Join(got, "\n"), count.Load(), log)
	}
}

func TestPolicyEndsTheJobWhereDeadLettersHaveNoRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letters.ndjson")
	policy, _, _ := policyOf(t, "bad-records", "dead-letter", "bad-records.path", path, "bad-records.max-size", "400")
	err := policy.Handle(t.Context(), badRecords(1), shardRecord)
	if err != nil {
		t.Fatal(err)
	}
	err = policy.Handle(t.Context(), badRecords(1), shardRecord)
	if diag.KindOf(err) != diag.Exhausted || !strings.Contains(err.Error(), "more than the 400 that they may have") {
		t.Errorf("got error %v", err)
	}
}

func TestPolicyTakesLaminarsOption(t *testing.T) {
	policy, _, count := policyOf(t, "bad_data", "drop")
	if err := policy.Handle(t.Context(), badRecords(2), shardRecord); err != nil || count.Load() != 2 {
		t.Errorf("got count %d, error %v", count.Load(), err)
	}
	policy, _, _ = policyOf(t, "bad_data", "fail")
	if err := policy.Handle(t.Context(), badRecords(2), shardRecord); err == nil {
		t.Error("'fail' does not end the job")
	}
}

func TestOptionsAboutBadRecordsThatMakeNoSense(t *testing.T) {
	for options, want := range map[string]string{
		"bad-records=dead-letter":                                                  `'bad-records' = 'dead-letter' has no place for dead letters`,
		"bad-records.path=x":                                                       `option "bad-records.path" has no effect without 'bad-records' = 'dead-letter'`,
		"bad-records.max-size=1gb bad-records=skip":                                `option "bad-records.max-size" has no effect without 'bad-records' = 'dead-letter'`,
		"bad-records=dead-letter bad-records.path=x":                               "",
		"bad-records=dead-letter bad-records.path=x json.ignore-parse-errors=true": "",
		"bad_data=fail json.ignore-parse-errors=true":                              `options "json.ignore-parse-errors" = 'true' and "bad-records" = 'fail' exclude each other`,
	} {
		err := lookupJSON(t).Check(format.Config{Options: optionsOf(t, "json", csvOptions(options)...)})
		if got := messageOf(err); got != want {
			t.Errorf("%s: got %q, want %q", options, got, want)
		}
	}
}
