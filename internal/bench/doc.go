// Package bench measures whole queries, from the bytes of records to result rows, beside a plain
// implementation of the same query in the same run.
//
// Figures are ratios within a run and time per core (-cpu 1): machines differ.
package bench
