package format

import (
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// parquetMaxSize bounds what the pages of a file may become when they are decompressed.
const parquetMaxSize = "parquet.max-size"

// parquetUTC says what TIMESTAMP means for INT96, as Flink has the option for files.
const parquetUTC = "parquet.utc-timezone"

var parquetFormat = Format{
	Name:   "parquet",
	binary: true,
	Doc: "Each record is a whole Parquet file, and its rows are rows of the table. Columns are found by name; those that the table lacks are not even decompressed, and " +
		"columns that the file lacks are NULL. Nested columns cannot be read, and nothing can be written: a row for each file would be a waste.",
	Options: option.Table{
		{Key: parquetMaxSize, Type: option.Size, Default: "256 mb", Doc: "How large the data of a file may be, decompressed, by its own account; a larger one is a bad record."},
		{
			Key: parquetUTC, Type: option.Bool, Default: "false",
			Doc: "Timestamps of the old type INT96 are UTC, as Spark writes them; otherwise they are read on the clock of the session time zone, as Flink does.",
		},
	},
	newDecoder: newParquetDecoder,
	check:      func(config Config) error { return checkParquet(config.Record) },
}

// checkParquet reports columns that no Parquet column can be read as.
func checkParquet(record types.Schema) error {
	for _, field := range record {
		if kind := field.Type.Kind; kind.IsNested() || kind.IsInterval() || kind == types.Null {
			return diag.Errorf(diag.Unsupported, diag.Span{}, "format parquet cannot read column %q of type %s", field.Name, field.Type).
				WithHint("leave the column out: it is skipped")
		}
	}
	return nil
}
