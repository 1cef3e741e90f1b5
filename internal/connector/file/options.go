package file

import (
	"errors"
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

const (
	optionPath        = "path"
	optionDefaultName = "partition.default-name"
	optionFileSize    = "sink.rolling-policy.file-size"
	optionRollover    = "sink.rolling-policy.rollover-interval"
	optionInactivity  = "sink.rolling-policy.inactivity-interval"
	optionCheck       = "sink.rolling-policy.check-interval"
	optionCompression = "sink.compression"
	optionCompaction  = "auto-compaction"
	optionShuffle     = "sink.shuffle-by-partition.enable"
	optionCommit      = "sink.partition-commit."
)

// The values of sink.compression.
const (
	compressionNone = "none"
	compressionGzip = "gzip"
)

var options = option.Table{
	{
		Key: optionPath, Type: option.String, Required: true,
		Doc: "The file, or a directory whose files are read; files that begin with '.' or '_' are left out. " +
			"A sink takes a directory, and makes it. 'file://' may stand in front.",
	},
	{
		Key: optionDefaultName, Type: option.String, Default: "__DEFAULT_PARTITION__", Check: pathName,
		Doc: "Name of the partition of rows whose partition column is NULL or an empty text.",
	},
	{
		Key: optionFileSize, Type: option.Size, Default: "128 mb", Check: positiveSize,
		Doc: "A file of a sink is complete when it has about this size.",
	},
	{
		Key: optionRollover, Type: option.Duration, Default: "30 min", Check: positiveTime,
		Doc: "A file of a sink is complete when its first row is this old.",
	},
	{
		Key: optionInactivity, Type: option.Duration, Default: "30 min", Check: positiveTime,
		Doc: "A file of a sink is complete when no row has come for this time.",
	},
	{
		Key: optionCheck, Type: option.Duration, Default: "1 min", Check: positiveTime,
		Doc: "How often the two intervals are looked at.",
	},
	{
		Key: optionCompression, Type: option.Enum, Default: compressionNone, Enum: []string{compressionNone, compressionGzip},
		Doc: "How a sink compresses files. The names of gzip files end in .gz, and they can be read back. Penstock's own.",
	},
	{
		Key: optionCompaction, Type: option.Bool, Default: "false",
		Doc: "Must be false: small files are not put together.",
	},
	{
		Key: optionShuffle, Type: option.Bool, Default: "false",
		Doc: "Must be false: each task writes files of its own in every partition that it has rows of.",
	},
	{
		Key: optionCommit, Prefix: true,
		Doc: "As in 'sink.partition-commit.policy.kind'. Refused: partitions are not marked as complete. Files become visible with checkpoints.",
	},
}

func positiveTime(text string) error {
	if d, err := option.ParseDuration(text); err == nil && d <= 0 {
		return errors.New("must be more than 0")
	}
	return nil
}

func positiveSize(text string) error {
	if n, err := option.ParseSize(text); err == nil && n <= 0 {
		return errors.New("must be more than 0")
	}
	return nil
}

func pathName(text string) error {
	if text == "" || strings.ContainsAny(text, "/\x00") {
		return errors.New("not the name of a directory")
	}
	return nil
}

// check looks at a table when it is created.
func check(table connector.Table) error {
	v := table.Options
	for rest := range v.WithPrefix(optionCommit) {
		return diag.Errorf(diag.Unsupported, diag.Span{}, "option %q is not supported: partitions are not marked as complete", optionCommit+rest).
			WithHint("remove it: files become visible with checkpoints")
	}
	if v.Bool(optionCompaction) {
		return diag.Errorf(diag.Unsupported, v.Span(optionCompaction), "option %q is not supported: small files are not put together", optionCompaction).
			WithHint("choose a larger '%s' and '%s'", optionFileSize, optionRollover)
	}
	if v.Bool(optionShuffle) {
		return diag.Errorf(diag.Unsupported, v.Span(optionShuffle), "option %q is not supported: each task writes files of its own in every partition that it has rows of", optionShuffle).
			WithHint("remove it, or set 'parallelism.default' to 1 for one file at a time in each partition")
	}
	if scheme, _, ok := strings.Cut(v.String(optionPath), "://"); ok && scheme != "file" {
		return diag.Errorf(diag.Unsupported, v.Span(optionPath), "files in %s:// cannot be read or written", scheme).
			WithHint("give a path, or file:///path")
	}
	for _, column := range table.Columns {
		if slices.Contains(table.PartitionedBy, column.Name) && column.Type.Kind.IsNested() {
			return diag.Errorf(diag.Unsupported, diag.Span{}, "table %q cannot be partitioned by column %q of type %s", table.Name, column.Name, column.Type.Nullable())
		}
	}
	if n := len(table.PartitionedBy); n > 0 && n == len(table.Columns) {
		return diag.Errorf(diag.Semantic, diag.Span{}, "table %q has no column beside those of PARTITIONED BY", table.Name).
			WithHint("the values of partition columns are in the names of directories: nothing would be left for the files")
	}
	return nil
}

// directory returns the path of a table.
func directory(v *option.Values) string { return strings.TrimPrefix(v.String(optionPath), "file://") }
