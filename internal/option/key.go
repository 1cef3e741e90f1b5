package option

import (
	"slices"
	"strings"
)

// Redact returns value, or stars if key is a secret of one of the tables.
func Redact(key, value string, tables ...Table) string {
	if row := find(key, tables); row != nil && row.Secret {
		return Redacted
	}
	return value
}

// Canonical returns the canonical spelling of a key, in lower case; of one that no row has, or that
// only a prefix stands for, the key itself.
func Canonical(key string, tables ...Table) string {
	if row := find(key, tables); row != nil && !row.Prefix {
		key = row.Key
	}
	return strings.ToLower(key)
}

// find returns the row that a key belongs to, or nil.
func find(key string, tables []Table) *Row {
	for _, prefix := range []bool{false, true} {
		for _, table := range tables {
			for i := range table {
				if row := &table[i]; row.Prefix == prefix && row.named(key) {
					return row
				}
			}
		}
	}
	return nil
}

// named reports whether key is one of the spellings of the row.
func (r *Row) named(key string) bool {
	return strings.EqualFold(r.Key, key) || r.Prefix && hasPrefixFold(key, r.Key) ||
		slices.ContainsFunc(r.Aliases, func(alias string) bool { return strings.EqualFold(alias, key) })
}
