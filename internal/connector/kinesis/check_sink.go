package kinesis

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// keyKinds are the types that a partition key can be made of.
var keyKinds = []types.Kind{
	types.Char, types.Varchar, types.Boolean, types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Decimal, types.Float, types.Double,
}

// checkSink looks at what only a sink needs.
func checkSink(table connector.Table) error {
	v := table.Options
	if err := checkProducer(v); err != nil {
		return err
	}
	if err := checkPartitionedBy(table); err != nil {
		return err
	}
	if err := checkBadRows(v); err != nil {
		return err
	}
	if s := newSinkSettings(v); s.maxBuffered <= s.batchRecords {
		return diag.Errorf(diag.Option, v.Span(keyMaxBuffered), "option %q must be greater than %q, which is %d", keyMaxBuffered, keyBatchSize, s.batchRecords)
	}
	if v.String(keyPartitioner) == spreadMetadata && columnOf(table.Columns, metadataPartitionKey) < 0 {
		return diag.Errorf(diag.Option, v.Span(keyPartitioner), "option %q is '%s', but no column is METADATA FROM '%s'", keyPartitioner, spreadMetadata, metadataPartitionKey).
			WithHint("add a column such as: pk STRING METADATA FROM '%s'", metadataPartitionKey)
	}
	return nil
}

// checkBadRows reports options about dead letters that make no sense together.
func checkBadRows(v *option.Values) error {
	keeps := v.String(keySinkBadRecords) == badRowsDeadLetter
	if keeps && !v.IsSet(keySinkBadPath) {
		return diag.Errorf(diag.Option, v.Span(keySinkBadRecords), "'%s' = '%s' has no place for dead letters", keySinkBadRecords, badRowsDeadLetter).
			WithHint("add '%s' = 'dead-letters.ndjson'", keySinkBadPath)
	}
	for _, key := range []string{keySinkBadPath, keySinkBadMaxSize} {
		if !keeps && v.IsSet(key) {
			return diag.Errorf(diag.Option, v.Span(key), "option %q has no effect without '%s' = '%s'", key, keySinkBadRecords, badRowsDeadLetter).
				WithHint("add it, or remove '%s'", key)
		}
	}
	return nil
}

func checkPartitionedBy(table connector.Table) error {
	v := table.Options
	if len(table.PartitionedBy) > 0 && v.IsSet(keyPartitioner) {
		return diag.Errorf(diag.Option, v.Span(keyPartitioner), "option %q cannot be set for a table with PARTITIONED BY", keyPartitioner).
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
	return nil
}

// columnOf returns the position of the column with the metadata, -1 if there is none.
func columnOf(columns []connector.Column, metadata string) int {
	return slices.IndexFunc(columns, func(c connector.Column) bool { return c.Metadata == metadata })
}

// writableMetadata is what a sink can write besides the record's own fields.
var writableMetadata = []string{metadataPartitionKey, metadataExplicitHashKey}

// checkWritten looks at the columns that a sink is to write. Whether metadata is VIRTUAL, and so not
// written, is not known before. Its errors have no place: the text that declares the table may be
// another one than that which is being run.
func checkWritten(request connector.SinkRequest) error {
	for i, column := range request.Columns {
		switch {
		case column.Metadata == "":
		case !slices.Contains(writableMetadata, column.Metadata):
			return diag.Errorf(diag.Semantic, diag.Span{}, "column %q of table %q cannot be written: its metadata %q comes from the service", column.Name, request.Table.Name, column.Metadata).
				WithHint("declare it VIRTUAL; what can be written is %s", strings.Join(writableMetadata, " and "))
		case columnOf(request.Columns, column.Metadata) != i:
			return diag.Errorf(diag.Semantic, diag.Span{}, "table %q writes metadata %q twice", request.Table.Name, column.Metadata).
				WithHint("declare one of the columns VIRTUAL")
		}
	}
	chosen := request.Table.Options.String(keyPartitioner)
	hasKey := columnOf(request.Columns, metadataPartitionKey) >= 0
	switch {
	case hasKey && len(request.Table.PartitionedBy) > 0:
		return diag.Errorf(diag.Semantic, diag.Span{}, "table %q has two partition keys: PARTITIONED BY and a column with metadata %q", request.Table.Name, metadataPartitionKey).
			WithHint("remove PARTITIONED BY, or declare the column VIRTUAL")
	case hasKey && chosen != "" && chosen != spreadMetadata:
		return diag.Errorf(diag.Option, diag.Span{}, "option %q is '%s', but table %q writes the partition key from a column", keyPartitioner, chosen, request.Table.Name).
			WithHint("remove the option, or declare the column VIRTUAL")
	case !hasKey && chosen == spreadMetadata:
		return diag.Errorf(diag.Option, diag.Span{}, "option %q is '%s', but the column with the partition key is VIRTUAL", keyPartitioner, chosen).
			WithHint("remove VIRTUAL, so that INSERT writes the column")
	}
	return nil
}
