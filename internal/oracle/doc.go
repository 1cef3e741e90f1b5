// Package oracle compares Penstock with DuckDB: over bounded input, the rows of a streaming query equal
// the answer of a database to its batch form.
//
// It generates random typed queries over random rows, writes each in both dialects, and runs both. Where
// a word means different things in the two dialects, the table of operations has a translation; what has
// none is in Exclusions, with the reason. Differences are made as small as they get and printed as a
// golden case.
//
//	make oracle N=1000 SEED=7
package oracle
