package engine

import (
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// maxParallelism is Flink's limit.
const maxParallelism = 1 << 15

// Settings returns the table of session settings: what SET takes.
func Settings() option.Table {
	return append(option.Table{
		{
			Key: "parallelism.default", Type: option.Int, Check: option.Range(1, maxParallelism),
			Doc: "How many tasks run each stage that groups by keys. The number of processors unless set.",
		},
		{
			Key: "table.local-time-zone", Type: option.String, Default: "UTC", Check: func(text string) error {
				_, err := time.LoadLocation(text)
				return err
			},
			Doc: "The session time zone: the name of an IANA zone, such as Europe/Berlin.",
		},
		{
			Key: "table.exec.source.idle-timeout", Type: option.Duration, Default: "30 s",
			Doc: "How long a split (for Kinesis, a shard) that has nothing to read may hold back the watermark; 0 for ever.",
		},
		{
			Key: "table.exec.batch-size", Type: option.Int, Default: "8192", Check: option.Range(1, math.MaxInt32),
			Doc: "The most rows that an operator gets at once. Smaller batches cost time and change no result.",
		},
	}, recoverySettings()...)
}

// settings are session settings as they were set.
type settings map[string]option.Given

// set acts on SET 'key' = 'value'.
func (s settings) set(statement *ast.Set) error {
	p := statement.Property
	if strings.HasPrefix(strings.ToLower(p.Key), "table.exec.emit.") {
		return diag.Errorf(diag.Unsupported, p.KeyPos.Span(), "results of a window before or after its end are not supported yet: each would change the one before").
			WithHint("CUMULATE gives results so far; a longer interval of WATERMARK waits for late rows")
	}
	g := option.Given{Key: p.Key, Value: p.Value, KeySpan: p.KeyPos.Span(), ValueSpan: p.ValPos.Span()}
	if _, err := option.Parse("the session", []option.Given{g}, Settings()); err != nil {
		return err
	}
	s[p.Key] = g
	return nil
}

// reset acts on RESET and RESET 'key'.
func (s settings) reset(statement *ast.Reset) error {
	if statement.Key == "" {
		clear(s)
		return nil
	}
	if _, err := option.Parse("the session", []option.Given{{Key: statement.Key, KeySpan: statement.Span()}}, Settings()); err != nil {
		return err
	}
	delete(s, statement.Key)
	return nil
}

// resolved is the settings as the job takes them.
type resolved struct {
	parallelism int
	zone        *time.Location
	idleTimeout time.Duration
	batchRows   int
	recovery    recovery
}

// resolve returns the settings of the session over those given from outside, such as by flags.
func (s settings) resolve(outside map[string]string) (resolved, error) {
	var all []option.Given
	for _, key := range slices.Sorted(maps.Keys(outside)) {
		if _, ok := s[key]; !ok {
			all = append(all, option.Given{Key: key, Value: outside[key]})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s)) {
		all = append(all, s[key])
	}
	values, err := option.Parse("the session", all, Settings())
	if err != nil {
		return resolved{}, err
	}
	zone, err := time.LoadLocation(values.String("table.local-time-zone"))
	if err != nil {
		return resolved{}, err // checked by Parse
	}
	out := resolved{
		parallelism: int(values.Int("parallelism.default")), zone: zone,
		idleTimeout: values.Duration("table.exec.source.idle-timeout"),
		batchRows:   int(values.Int("table.exec.batch-size")),
		recovery:    newRecovery(values),
	}
	if out.parallelism == 0 {
		out.parallelism = runtime.GOMAXPROCS(0)
	}
	return out, nil
}
