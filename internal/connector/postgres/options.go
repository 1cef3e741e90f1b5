package postgres

import (
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

const (
	optionURL        = "url"
	optionTable      = "table-name"
	optionUsername   = "username"
	optionPassword   = "password"
	optionDriver     = "driver"
	optionTimeout    = "connection.max-retry-timeout"
	optionMaxRows    = "sink.buffer-flush.max-rows"
	optionInterval   = "sink.buffer-flush.interval"
	optionMaxRetries = "sink.max-retries"
	optionCreate     = "sink.create-table"
	optionStaging    = "sink.staging-schema"
)

var options = option.Table{
	{
		Key: optionURL, Type: option.String, Required: true, Secret: true, Check: checkURL,
		Doc: "The database, such as 'postgresql://host:5432/database?sslmode=verify-full', with all parameters of libpq; 'jdbc:' may stand in front. " +
			"What it leaves out comes from PGHOST, PGUSER, PGPASSWORD, PGSSLMODE and the like, and from ~/.pgpass. It is never shown, since a password may be in it.",
	},
	{
		Key: optionTable, Type: option.String,
		Doc: "The table in the database, such as 'public.orders', written as in SQL. The name of the declared table unless set.",
	},
	{Key: optionUsername, Type: option.String, Doc: "The user, if not the one in the URL."},
	{Key: optionPassword, Type: option.String, Secret: true, Doc: "The password, if not the one in the URL."},
	{
		Key: optionDriver, Type: option.String, Check: checkDriver,
		Doc: "Class of Java's driver. It may be set, to 'org.postgresql.Driver', and changes nothing.",
	},
	{
		Key: optionTimeout, Type: option.Duration, Default: "60 s", Check: positiveTime,
		Doc: "How long to wait for a connection.",
	},
	{
		Key: optionMaxRows, Type: option.Int, Default: "5000", Check: option.Range(0, math.MaxInt32),
		Doc: "Rows that are sent together. 0: as many as 8 MB hold. Flink's default is 100.",
	},
	{
		Key: optionInterval, Type: option.Duration, Default: "1 s",
		Doc: "The longest time that a row waits for others. 0: until there are enough, or a checkpoint is taken.",
	},
	{
		Key: optionMaxRetries, Type: option.Int, Default: "3", Check: option.Range(0, math.MaxInt32),
		Doc: "How many times something is tried again that failed for a reason that may pass, such as a lost connection. After that the job starts again from its checkpoint.",
	},
	{
		Key: optionCreate, Type: option.Bool, Default: "false",
		Doc: "Create the table in the database if it is not there, with the declared columns and primary key. Penstock's own.",
	},
	{
		Key: optionStaging, Type: option.String,
		Doc: "The schema for the staging table, in which the user may create tables. That of the target unless set. Penstock's own.",
	},
}

func positiveTime(text string) error {
	if d, err := option.ParseDuration(text); err == nil && d <= 0 {
		return errors.New("must be more than 0")
	}
	return nil
}

func checkDriver(text string) error {
	if text != "org.postgresql.Driver" {
		return errors.New("there is only org.postgresql.Driver")
	}
	return nil
}

func checkURL(text string) error {
	_, err := parseURL(text)
	return err
}

// settings are the options of a table that are about writing.
type settings struct {
	maxRows    int // 0: no limit
	interval   time.Duration
	maxRetries int
	create     bool
	staging    string // schema; empty: that of the target
}

func newSettings(v *option.Values) settings {
	_ = v.String(optionDriver) // it has one value
	return settings{
		maxRows: int(v.Int(optionMaxRows)), interval: v.Duration(optionInterval), maxRetries: int(v.Int(optionMaxRetries)),
		create: v.Bool(optionCreate), staging: v.String(optionStaging),
	}
}

// check looks at a table when it is created.
func check(table connector.Table) error {
	var faults []error
	for _, column := range table.Columns {
		if typeName(column.Type) == "" {
			faults = append(faults, diag.Errorf(diag.Unsupported, diag.Span{}, "column %q of table %q is %s, which PostgreSQL has no type for",
				column.Name, table.Name, column.Type.Nullable()).WithHint("declare it STRING or JSON, and write JSON_STRING(%s)", column.Name))
		}
	}
	for _, key := range table.PrimaryKey {
		if !slices.ContainsFunc(table.Columns, func(c connector.Column) bool { return strings.EqualFold(c.Name, key) }) {
			faults = append(faults, diag.Errorf(diag.Semantic, diag.Span{}, "column %q of the PRIMARY KEY of table %q is computed, and so not written", key, table.Name))
		}
	}
	if len(table.PartitionedBy) > 0 {
		faults = append(faults, diag.Errorf(diag.Unsupported, diag.Span{}, "table %q cannot be PARTITIONED BY", table.Name).
			WithHint("partition the table in the database"))
	}
	return errors.Join(faults...)
}
