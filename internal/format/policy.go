package format

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

const (
	badRecords     = "bad-records"
	badRecordsFail = "fail"
	badRecordsSkip = "skip"
)

// TableOptions are the options of every table whose records are in a format, whatever the format.
var TableOptions = option.Table{{
	Key: badRecords, Type: option.Enum, Enum: []string{badRecordsFail, badRecordsSkip}, Default: badRecordsSkip,
	Doc: "What happens to a record that cannot be decoded: it ends the job (fail), or it is counted, logged and left out (skip).",
}}

// warnedInFull is how many bad records are logged before lines about them are held back.
const warnedInFull = 5

// Policy says what happens to the bad records of a table. It is safe for concurrent use.
type Policy struct {
	fail   bool
	logger *slog.Logger
	count  *atomic.Int64

	warnings diag.LogLimit
}

// NewPolicy returns the policy that the options of a table choose. Bad records are added to count.
// The option 'json.ignore-parse-errors' means skip, and excludes fail: the decoder checks that.
func NewPolicy(values *option.Values, logger *slog.Logger, count *atomic.Int64) *Policy {
	return &Policy{fail: values.String(badRecords) == badRecordsFail, logger: logger, count: count, warnings: diag.LogLimit{Free: warnedInFull}}
}

// refuseToFail checks that a table whose option says that bad records are left out does not say
// elsewhere that they end the job.
func refuseToFail(values *option.Values, key string) error {
	if !values.IsSet(badRecords) || values.String(badRecords) != badRecordsFail {
		return nil
	}
	return diag.Errorf(diag.Option, values.Span(badRecords), "options %q = 'true' and %q = '%s' exclude each other", key, badRecords, badRecordsFail).
		WithHint("remove one of the two")
}

// Handle deals with the bad records of a page. where says which one a record is, in words that a
// user can look it up by. An error ends the job. Empty records are counted but never end it, as in
// Flink, which drops them.
func (p *Policy) Handle(bad []BadRecord, where func(record int) string) error {
	p.count.Add(int64(len(bad)))
	for _, b := range bad {
		if p.fail && !errors.Is(b.Err, errEmptyRecord) {
			err := diag.Errorf(diag.BadData, diag.Span{}, "bad record at %s: %w", where(b.Record), b.Err)
			return err.WithHint("set '%s' = '%s' to count and leave out such records", badRecords, badRecordsSkip)
		}
		if suppressed, ok := p.warnings.Admit(1); ok {
			attributes := []slog.Attr{slog.String("where", where(b.Record)), slog.String("error", b.Err.Error())}
			if suppressed > 0 {
				attributes = append(attributes, slog.Int("suppressed", suppressed))
			}
			p.logger.LogAttrs(context.Background(), slog.LevelWarn, "bad record left out", attributes...)
		}
	}
	return nil
}
