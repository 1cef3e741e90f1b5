// Package postgres is the connector postgres: a sink that writes rows into a table of a PostgreSQL
// database, exactly once.
//
// Writers copy rows into a staging table beside the target. When the checkpoint that holds them is
// complete, one transaction moves them from there into the target. It can be tried again until it
// has succeeded, because what was moved is gone from the staging table.
package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

const (
	optionURL      = "url"
	optionTable    = "table-name"
	optionUsername = "username"
	optionPassword = "password"
	optionTimeout  = "connection.max-retry-timeout"
)

// Factory returns the connector.
func Factory() *connector.Factory {
	return &connector.Factory{
		Name: "postgres",
		Doc: "A table of a PostgreSQL database. Rows are added to it; with a PRIMARY KEY, a row takes the place of the one with its key. " +
			"The table must exist; the declared key needs a unique constraint there.",
		Options: option.Table{
			{
				Key: optionURL, Type: option.String, Required: true, Check: checkURL,
				Doc: "The database: postgres://host:5432/database. 'jdbc:' may stand in front.",
			},
			{
				Key: optionTable, Type: option.String,
				Doc: "The table in the database, such as public.delays. The name of the declared table unless set.",
			},
			{Key: optionUsername, Type: option.String, Doc: "The user, unless the URL names one."},
			{Key: optionPassword, Type: option.String, Secret: true, Doc: "The password of the user. Without it PGPASSWORD and ~/.pgpass are looked at."},
			{
				Key: optionTimeout, Type: option.Duration, Default: "60 s",
				Doc: "How long a statement that the database could not carry out for a reason that may pass is tried again.",
			},
		},
		Promise: func(connector.Table) connector.Promise { return connector.ExactlyOnce },
		Check:   check,
		NewSink: func(ctx context.Context, request connector.SinkRequest) (connector.Sink, error) {
			return newSink(ctx, request)
		},
	}
}

func checkURL(text string) error {
	_, err := pgx.ParseConfig(strings.TrimPrefix(text, "jdbc:"))
	if err != nil {
		return fmt.Errorf("not the URL of a PostgreSQL database")
	}
	if !strings.HasPrefix(strings.TrimPrefix(text, "jdbc:"), "postgres") {
		return fmt.Errorf("it begins with postgres:// or postgresql://")
	}
	return nil
}

// check refuses columns for which PostgreSQL has no type that takes their text.
func check(table connector.Table) error {
	for _, column := range table.Columns {
		switch column.Type.Kind { //nolint:exhaustive // the others have such types
		case types.Map, types.Multiset, types.Row, types.Array:
			return diag.Errorf(diag.Unsupported, diag.Span{}, "column %q of table %q is %s, which connector %q cannot write", column.Name, table.Name, column.Type, "postgres").
				WithHint("write it as JSON text: JSON_STRING(%s)", column.Name)
		}
	}
	for _, key := range table.PrimaryKey {
		if !slices.ContainsFunc(table.Columns, func(c connector.Column) bool { return strings.EqualFold(c.Name, key) }) {
			return diag.Errorf(diag.Semantic, diag.Span{}, "column %q of the primary key of table %q is computed", key, table.Name)
		}
	}
	return nil
}
