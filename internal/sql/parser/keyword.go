package parser

import "slices"

// Words that are keywords only in some place. Words that are never names are in ast.Reserved.

// aliasStops are words that end an item of SELECT or FROM although they may be names elsewhere: an
// alias spelled like one needs AS. What is here follows an item in some correct script, or begins
// the next statement when a semicolon was forgotten.
var aliasStops = []string{
	"LIMIT", "OFFSET", "FETCH", "WINDOW", "QUALIFY", "MINUS",
	"INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "SEMI", "ANTI", "USING", "FOR",
	"OVER", "MATCH_RECOGNIZE",
	"CREATE", "INSERT", "DROP", "EXECUTE", "EXPLAIN", "DESCRIBE",
}

// clauseWords are the suggestions when a query goes on with a misspelled clause.
var clauseWords = []string{
	"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY", "ORDER", "LIMIT", "OFFSET", "FETCH",
	"UNION", "INTERSECT", "EXCEPT", "JOIN", "VALUES", "SELECT", "PARTITION", "WITH", "COMMENT",
}

// statementWords are the words that a statement may begin with.
var statementWords = []string{
	"SELECT", "WITH", "VALUES", "CREATE", "DROP", "INSERT", "EXECUTE", "BEGIN", "EXPLAIN",
	"DESCRIBE", "DESC", "SHOW", "SET", "RESET", "USE", "ALTER", "STOP",
}

// foreignWords begin statements of other dialects, which get a message of their own.
var foreignWords = []string{
	"ANALYZE", "CALL", "COMPILE", "DELETE", "LOAD", "MERGE", "TRUNCATE", "UNLOAD", "UPDATE",
}

// bareFunctions are called without parentheses.
var bareFunctions = []string{
	"CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIMESTAMP", "LOCALTIME",
}

// intervalUnits are the units of INTERVAL; a plural S is accepted.
var intervalUnits = []string{"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"}

// oneOf reports whether text is one of the upper-case keywords, in any case.
func oneOf(text string, keywords []string) bool { return slices.Contains(keywords, upper(text)) }

func isClauseWord(text string) bool { return oneOf(text, clauseWords) }
