package format

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// The options about bad records.
const (
	badRecords        = "bad-records"
	badRecordsPath    = "bad-records.path"
	badRecordsMaxSize = "bad-records.max-size"
)

// The values of bad-records.
const (
	badRecordsFail       = "fail"
	badRecordsSkip       = "skip"
	badRecordsDrop       = "drop" // as Laminar says it
	badRecordsDeadLetter = "dead-letter"
)

// BadRecordsStream is the key of the option that names the stream for dead letters. It belongs to the
// connectors that can write to a stream.
const BadRecordsStream = "bad-records.stream"

// TableOptions are the options of every table whose records are in a format, whatever the format.
var TableOptions = append(policyOptions, unpackOptions...)

var policyOptions = option.Table{
	{
		Key: badRecords, Aliases: []string{"bad_data"}, Type: option.Enum,
		Enum: []string{badRecordsFail, badRecordsSkip, badRecordsDeadLetter, badRecordsDrop}, Default: badRecordsSkip,
		Doc: "What happens to a record that cannot be decoded: it ends the job (fail); it is counted, logged and left out (skip, or drop, as Laminar says it); " +
			"or it is kept as well, with its bytes, its place and what is wrong with it (dead-letter), for `penstock dead-letter`. " +
			"What Flink calls 'json.ignore-parse-errors' or 'csv.ignore-parse-errors' means skip, unless this says dead-letter.",
	},
	{
		Key: badRecordsPath, Type: option.String,
		Doc: "The file for dead letters, a line of JSON for each. Several tables may share it. It is on disk before the job goes on behind the record.",
	},
	{
		Key: badRecordsMaxSize, Type: option.Size, Default: "1 gb",
		Doc: "How large that file may grow. At the limit the job ends, because it may neither lose records nor fill the disk.",
	},
}

// warnedInFull is how many bad records are logged before lines about them are held back.
const warnedInFull = 5

// Policy says what happens to the bad records of a table. It is safe for concurrent use.
type Policy struct {
	config   PolicyConfig
	mode     string
	warnings diag.LogLimit
}

// PolicyConfig is what a policy is made from.
type PolicyConfig struct {
	Table   string
	Format  string
	Options *option.Values
	Logger  *slog.Logger
	Count   *atomic.Int64 // of bad records
	Causes  *CauseCounts  // of those
	// Keeper takes the dead letters; nil: the file that the options name. The policy closes it.
	Keeper deadletter.Keeper
}

// NewPolicy returns the policy that the options of a table choose. An option that ignores parse errors
// means skip, and excludes fail: Format.Check looks at that.
func NewPolicy(config PolicyConfig) (*Policy, error) {
	p := &Policy{config: config, mode: config.Options.String(badRecords), warnings: diag.LogLimit{Free: warnedInFull}}
	if p.mode == badRecordsDrop {
		p.mode = badRecordsSkip
	}
	path, limit := config.Options.String(badRecordsPath), config.Options.Int(badRecordsMaxSize)
	if p.mode == badRecordsDeadLetter && path != "" {
		var err error
		if p.config.Keeper, err = deadletter.NewFile(path, limit); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// checkPolicy reports options about bad records that make no sense together.
func checkPolicy(values *option.Values) error {
	keeps := values.String(badRecords) == badRecordsDeadLetter
	hasPath, hasStream := values.String(badRecordsPath) != "", values.IsSet(BadRecordsStream)
	switch {
	case keeps && !hasPath && !hasStream:
		return diag.Errorf(diag.Option, values.Span(badRecords), "'%s' = '%s' has no place for dead letters", badRecords, badRecordsDeadLetter).
			WithHint("add '%s' = 'dead-letters.ndjson'", badRecordsPath)
	case keeps && hasPath && hasStream:
		return diag.Errorf(diag.Option, values.Span(badRecordsPath), "options %q and %q exclude each other", badRecordsPath, BadRecordsStream).
			WithHint("remove one of the two")
	}
	for _, key := range []string{badRecordsPath, badRecordsMaxSize, BadRecordsStream} {
		if !keeps && values.IsSet(key) {
			return diag.Errorf(diag.Option, values.Span(key), "option %q has no effect without '%s' = '%s'", key, badRecords, badRecordsDeadLetter).
				WithHint("add it, or remove '%s'", key)
		}
	}
	return nil
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

// Handle deals with the bad records of a page. origin says where a record came from, and what its bytes
// are. An error ends the job. Empty records are counted but never end it, as in Flink, which drops them.
// When Handle returns, dead letters are in safe keeping.
func (p *Policy) Handle(ctx context.Context, bad []BadRecord, origin func(record int) (deadletter.Origin, []byte)) error {
	if len(bad) == 0 {
		return nil
	}
	p.config.Count.Add(int64(len(bad)))
	var letters []deadletter.Letter
	for _, b := range bad {
		p.config.Causes.Add(b.Cause)
		from, data := origin(b.Record)
		if p.mode == badRecordsFail && b.Cause != Empty {
			err := diag.Errorf(diag.BadData, diag.Span{}, "bad record at %s: %w", from, b.Err)
			return err.WithHint("set '%s' = '%s' to count and leave out such records, or '%s' to keep them", badRecords, badRecordsSkip, badRecordsDeadLetter)
		}
		if p.mode == badRecordsDeadLetter {
			letter := deadletter.Letter{
				Kept: time.Now().UTC(), Table: p.config.Table, Format: p.config.Format, Cause: b.Cause.String(), Error: b.Err.Error(), Origin: from, Data: data,
			}
			if b.Data != nil {
				letter.Part, letter.Data = true, b.Data
			}
			letters = append(letters, letter)
		}
		p.warn(ctx, from, b.Err)
	}
	if len(letters) == 0 {
		return nil
	}
	return p.config.Keeper.Keep(ctx, letters)
}

func (p *Policy) warn(ctx context.Context, from deadletter.Origin, err error) {
	held, ok := p.warnings.Admit(1)
	if !ok {
		return
	}
	attributes := []slog.Attr{slog.String("where", from.String()), slog.String("error", err.Error())}
	if held > 0 {
		attributes = append(attributes, slog.Int("suppressed", held))
	}
	if p.mode == badRecordsDeadLetter {
		p.config.Logger.LogAttrs(ctx, slog.LevelWarn, "bad record kept as a dead letter", attributes...)
		return
	}
	p.config.Logger.LogAttrs(ctx, slog.LevelWarn, "bad record left out", attributes...)
}

// Close releases the place of the dead letters.
func (p *Policy) Close() error {
	if p.config.Keeper == nil {
		return nil
	}
	return p.config.Keeper.Close()
}

// isEmpty reports whether an error is that of a record without a byte.
func isEmpty(err error) bool { return errors.Is(err, errEmptyRecord) }
