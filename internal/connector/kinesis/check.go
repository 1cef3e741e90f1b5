package kinesis

import (
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
		checkClient(v),
		checkCredentials(v),
		checkStart(v),
		checkRecoverable(v),
		checkFanOut(v),
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
	target, err := parseStream(v.String(keyStream))
	if err != nil { // the table of options has reported it
		return diag.Errorf(diag.Option, v.Span(keyStream), "%w", err)
	}
	region := v.String(keyRegion)
	if target.region != "" && region != "" && target.region != region {
		return diag.Errorf(diag.Option, v.Span(keyRegion), "option \"aws.region\" is %s, but the stream is in %s", region, target.region).
			WithHint("leave 'aws.region' out: the ARN says it")
	}
	return nil
}

func checkStart(v *option.Values) error {
	if v.String(keyStart) != initposAtTimestamp {
		for _, key := range []string{keyStartTime, keyStartFormat} {
			if v.IsSet(key) {
				return diag.Errorf(diag.Option, v.Span(key), "option %q has no effect without AT_TIMESTAMP", key).
					WithHint("add 'scan.stream.initpos' = 'AT_TIMESTAMP'")
			}
		}
		return nil
	}
	if !v.IsSet(keyStartTime) {
		return diag.Errorf(diag.Option, v.Span(keyStart), "AT_TIMESTAMP needs the option %q", keyStartTime).
			WithHint("add '%s' = '2026-01-01T00:00:00.000Z', or seconds since 1970", keyStartTime)
	}
	_, err := startMoment(v, time.UTC)
	return err
}

// startMoment returns the moment that AT_TIMESTAMP means.
func startMoment(v *option.Values, zone *time.Location) (time.Time, error) {
	t, err := parseMoment(v.String(keyStartTime), v.String(keyStartFormat), zone)
	if err != nil {
		return t, diag.Errorf(diag.Option, v.Span(keyStartTime), "option %q: bad value %q: %w", keyStartTime, v.String(keyStartTime), err).
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
		case metadataSubSequenceNumber, metadataLag:
			if column.Type.Kind != types.BigInt {
				return metadataTypeError(column, "BIGINT")
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

// checkRole refuses to open a table for what its option 'type' excludes.
func checkRole(table connector.Table, role, verb string) error {
	declared := table.Options.String(keyRole)
	if declared == "" || declared == role {
		return nil
	}
	return diag.Errorf(diag.Option, diag.Span{}, "table %q cannot be %s: its option \"type\" is '%s'", table.Name, verb, declared).
		WithHint("remove 'type' to read and write the same table")
}
