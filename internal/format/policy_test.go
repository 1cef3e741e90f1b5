package format_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

func newPolicy(tb testing.TB, mode string) (policy *format.Policy, log *bytes.Buffer, count *atomic.Int64) {
	tb.Helper()
	var given []option.Given
	if mode != "" {
		given = append(given, option.Given{Key: "bad-records", Value: mode})
	}
	values, err := option.Parse(`table "t"`, given, format.TableOptions)
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
	policy = format.NewPolicy(values, slog.New(handler), count)
	if unread := values.Unread(); len(unread) > 0 {
		tb.Errorf("nothing reads the options %v", unread)
	}
	return policy, log, count
}

func shardRecord(record int) string {
	return fmt.Sprintf("shard shardId-000000000000, sequence number 49590%d", record)
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
		if err := policy.Handle(badRecords(2), shardRecord); err != nil {
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
			if err := policy.Handle(badRecords(n), shardRecord); err != nil {
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
	err := policy.Handle(badRecords(2), shardRecord)
	want := "bad record at shard shardId-000000000000, sequence number 495900: not JSON"
	var e *diag.Error
	if !errors.As(err, &e) || e.Kind != diag.BadData || e.Error() != want || e.Hint != "set 'bad-records' = 'skip' to count and leave out such records" {
		t.Errorf("got error %#v, want %s", err, want)
	}
	if log.Len() > 0 || count.Load() != 2 {
		t.Errorf("got log %q and count %d, want nothing and 2", log, count.Load())
	}
	if err := policy.Handle(nil, shardRecord); err != nil {
		t.Errorf("got error %v for a page without bad records", err)
	}
}

func TestPolicyFailOnlyCountsEmptyRecords(t *testing.T) {
	policy, log, count := newPolicy(t, "fail")
	out := newDecoder(t, types.Schema{{Name: "a", Type: types.String}}).Decode([][]byte{{}})
	if err := policy.Handle(out.Bad, shardRecord); err != nil {
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
				_ = policy.Handle(badRecords(3), shardRecord)
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
