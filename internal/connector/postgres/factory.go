// Package postgres is the connectors postgres and jdbc: a sink that writes rows into a table of a
// PostgreSQL database, exactly once.
//
// It owns connections, the check of the table in the database against the declared one, the text of
// values for COPY, and the classes of errors.
//
// Rows must be durable before a checkpoint is complete and visible only afterwards, and the process
// may be killed between any two steps. PostgreSQL's two-phase commit would do that, but it is off
// unless max_prepared_transactions is set, a transaction that is forgotten holds its locks for ever,
// and it cannot be used through most connection poolers. An open transaction per checkpoint does not
// survive the process. So writers copy rows into a staging table that belongs to the job's sink, in
// chunks that have a number. What a writer prepares is the numbers of its chunks, and they go into
// the checkpoint. To commit is one transaction that deletes the rows of these chunks from the staging
// table and puts them into the target: done again, it finds nothing to move. To recover is to commit
// what the checkpoint has and to make the staging table anew, without what came after it.
//
// A chunk that was sent and not acknowledged may have been stored or may be stored later. It is given
// up: its rows are sent again under another number, and the first ones are never moved. Sessions that
// a killed process has left on the server are ended before recovery, so that none of them holds a
// lock.
//
// All transactions wait for the disk, also where synchronous_commit is off. The staging table is
// dropped when the job ends. A job that keeps no state needs none: it writes directly, and a row may
// then be written twice when the connection is lost at the wrong moment.
package postgres

import (
	"context"

	"github.com/penstock-io/penstock/internal/connector"
)

const doc = "A table of a PostgreSQL database that is written: rows are added, or with a PRIMARY KEY take the place of the row with the same key. " +
	"Columns are found by name, and are checked against those in the database when a job starts. " +
	"Together with checkpoints every row is written exactly once: rows wait in a staging table beside the target, and become visible when a checkpoint is complete."

// Factory returns the connector.
func Factory() *connector.Factory { return factory("postgres", doc) }

// JDBC returns the connector under the name that it has in Flink.
func JDBC() *connector.Factory {
	return factory("jdbc", "The connector [postgres](connector-postgres.md) under the name that it has in Flink. Other databases are not supported. "+doc)
}

func factory(name, doc string) *connector.Factory {
	return &connector.Factory{
		Name: name, Doc: doc, Options: options,
		Check:   check,
		Promise: func(connector.Table) connector.Promise { return connector.ExactlyOnce },
		NewSink: func(ctx context.Context, request connector.SinkRequest) (connector.Sink, error) {
			return newSink(ctx, request)
		},
	}
}
