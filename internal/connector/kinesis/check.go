package kinesis

import (
	"slices"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// check looks at a table when it is declared. It asks nothing of the machine it runs on, neither
// environment nor files, so that a script is right or wrong everywhere; that there are a region and
// credentials is found out when the table is opened.
func check(table connector.Table) error {
	v := table.Options
	for _, err := range []error{
		checkTarget(v),
		checkCredentials(v),
		checkStart(v),
		checkMetadata(table),
		checkSink(table),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkTarget(v *option.Values) error {
	target, err := parseStream(v.String("stream"))
	if err != nil { // the table of options has reported it
		return diag.Errorf(diag.Option, v.Span("stream"), "%w", err)
	}
	region := v.String("aws.region")
	if target.region != "" && region != "" && target.region != region {
		return diag.Errorf(diag.Option, v.Span("aws.region"), "option \"aws.region\" is %s, but the stream is in %s", region, target.region).
			WithHint("leave 'aws.region' out: the ARN says it")
	}
	return nil
}

func checkStart(v *option.Values) error {
	const key = "scan.stream.initpos-timestamp"
	if v.String("scan.stream.initpos") != initposAtTimestamp {
		for _, key := range []string{key, key + "-format"} {
			if v.IsSet(key) {
				return diag.Errorf(diag.Option, v.Span(key), "option %q has no effect without AT_TIMESTAMP", key).
					WithHint("add 'scan.stream.initpos' = 'AT_TIMESTAMP'")
			}
		}
		return nil
	}
	if !v.IsSet(key) {
		return diag.Errorf(diag.Option, v.Span("scan.stream.initpos"), "AT_TIMESTAMP needs the option %q", key).
			WithHint("add '%s' = '2026-01-01T00:00:00.000Z', or seconds since 1970", key)
	}
	_, err := startMoment(v, time.UTC)
	return err
}

// startMoment returns the moment that AT_TIMESTAMP means.
func startMoment(v *option.Values, zone *time.Location) (time.Time, error) {
	const key = "scan.stream.initpos-timestamp"
	t, err := parseMoment(v.String(key), v.String("scan.stream.initpos-timestamp-format"), zone)
	if err != nil {
		return t, diag.Errorf(diag.Option, v.Span(key), "option %q: bad value %q: %w", key, v.String(key), err).
			WithHint("use a value such as '2026-01-01T00:00:00.000Z' or '1767225600'")
	}
	return t, nil
}

// checkMetadata finds metadata columns of types that the metadata cannot be delivered in.
func checkMetadata(table connector.Table) error {
	for _, column := range table.Columns {
		switch column.Metadata {
		case "":
		case metadataTimestamp:
			if !column.Type.Kind.IsTimestamp() {
				return metadataTypeError(column, "TIMESTAMP_LTZ(3) or TIMESTAMP(3)")
			}
		default:
			if !column.Type.Kind.IsText() {
				return metadataTypeError(column, "STRING")
			}
		}
	}
	return nil
}

func metadataTypeError(column connector.Column, want string) error {
	return diag.Errorf(diag.Semantic, diag.Span{}, "metadata %q cannot be a column of type %s", column.Metadata, column.Type.Nullable()).
		WithHint("declare column %q as %s", column.Name, want)
}

// keyKinds are the types that a partition key can be made of.
var keyKinds = []types.Kind{
	types.Char, types.Varchar, types.Boolean, types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Float, types.Double,
}

func checkSink(table connector.Table) error {
	v := table.Options
	if len(table.PartitionedBy) > 0 && v.IsSet("sink.partitioner") {
		return diag.Errorf(diag.Option, v.Span("sink.partitioner"), "option \"sink.partitioner\" cannot be set for a table with PARTITIONED BY").
			WithHint("remove one of the two: PARTITIONED BY makes the partition key from columns")
	}
	for i, name := range table.PartitionedBy {
		if slices.Contains(table.PartitionedBy[:i], name) {
			return diag.Errorf(diag.Semantic, diag.Span{}, "PARTITIONED BY names column %q twice", name)
		}
		at := slices.IndexFunc(table.Columns, func(c connector.Column) bool { return strings.EqualFold(c.Name, name) })
		if at < 0 || table.Columns[at].Metadata != "" {
			return diag.Errorf(diag.Semantic, diag.Span{}, "PARTITIONED BY names %q, which is not a physical column of the table", name)
		}
		if kind := table.Columns[at].Type.Kind; !slices.Contains(keyKinds, kind) {
			return diag.Errorf(diag.Semantic, diag.Span{}, "column %q of type %s cannot be part of a partition key", name, kind).
				WithHint("use a column of a character, integer, floating-point or BOOLEAN type")
		}
	}
	if batch, buffered := v.Int("sink.batch.max-size"), v.Int("sink.requests.max-buffered"); buffered <= batch {
		return diag.Errorf(diag.Option, v.Span("sink.requests.max-buffered"),
			"option \"sink.requests.max-buffered\" must be greater than \"sink.batch.max-size\", which is %d", batch)
	}
	return nil
}

// checkRole refuses to open a table for what its option 'type' excludes.
func checkRole(table connector.Table, role, verb string) error {
	declared := table.Options.String("type")
	if declared == "" || declared == role {
		return nil
	}
	return diag.Errorf(diag.Option, table.Options.Span("type"), "table %q cannot be %s: its option \"type\" is '%s'", table.Name, verb, declared).
		WithHint("remove 'type' to read and write the same table")
}
