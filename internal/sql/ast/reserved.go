package ast

import (
	"maps"
	"slices"
	"strings"
)

// reserved are the words that never stand for a name unless they are quoted. A word is here only if
// taking it for a name would make a correct script ambiguous (VALUES, CASE) or would turn a common
// slip, such as a comma before FROM, into a message about something else. Names of types and
// functions are not reserved, nor are words that have a meaning only in one place.
var reserved = map[string]bool{
	// They start or end a part of a query.
	"SELECT": true, "FROM": true, "WHERE": true, "GROUP": true, "HAVING": true, "ORDER": true,
	"WITH": true, "VALUES": true, "TABLE": true, "LATERAL": true, "DISTINCT": true, "ALL": true,
	"UNION": true, "INTERSECT": true, "EXCEPT": true, "JOIN": true, "ON": true, "AS": true,
	// They join expressions or are expressions.
	"AND": true, "OR": true, "NOT": true, "IN": true, "IS": true, "LIKE": true, "BETWEEN": true,
	"CASE": true, "WHEN": true, "THEN": true, "ELSE": true, "END": true,
	"NULL": true, "TRUE": true, "FALSE": true,
}

// Reserved reports whether the word, in any case, must be quoted to be a name.
func Reserved(word string) bool { return reserved[strings.ToUpper(word)] }

// ReservedWords returns the reserved words, sorted.
func ReservedWords() []string { return slices.Sorted(maps.Keys(reserved)) }
