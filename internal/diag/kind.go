package diag

// Kind classifies an error by what the user has to do about it.
type Kind uint8

// The kinds. Their names, exit codes and HTTP statuses are in the table below and are stable.
const (
	Internal    Kind = iota // a defect of Penstock
	Usage                   // wrong flags or arguments
	Syntax                  // the SQL text does not parse
	Semantic                // the SQL parses but does not mean anything: unknown column, wrong type
	Unsupported             // meaningful, but Penstock cannot do it
	Option                  // a table or session option is unknown, missing or malformed
	BadData                 // a record or a file cannot be decoded
	NotFound                // a stream, file or other outside thing does not exist
	Unreachable             // an endpoint does not answer
	Denied                  // no credentials, or not permitted
	Throttled               // the service refuses for now
	Interrupted             // the user or a signal stopped the work
	Exhausted               // a limit of memory, size or time was reached
)

var kinds = [...]struct {
	name string
	exit int
	http int
}{
	Internal:    {"internal", 1, 500},
	Usage:       {"usage", 2, 400},
	Syntax:      {"syntax", 3, 400},
	Semantic:    {"semantic", 3, 400},
	Unsupported: {"unsupported", 3, 501},
	Option:      {"option", 3, 400},
	BadData:     {"bad-data", 4, 422},
	NotFound:    {"not-found", 5, 404},
	Unreachable: {"unreachable", 6, 502},
	Denied:      {"denied", 7, 403},
	Throttled:   {"throttled", 8, 429},
	Exhausted:   {"exhausted", 9, 507},
	Interrupted: {"interrupted", 130, 499},
}

// String returns the stable name of the kind, as it stands in JSON output.
func (k Kind) String() string { return kinds[k].name }

// ExitCode returns the exit code of a command that ends with an error of this kind.
func (k Kind) ExitCode() int { return kinds[k].exit }

// HTTPStatus returns the status of an HTTP answer that reports an error of this kind.
func (k Kind) HTTPStatus() int { return kinds[k].http }

// Kinds returns every kind, for the table in the reference documentation.
func Kinds() []Kind {
	all := make([]Kind, len(kinds))
	for i := range kinds {
		all[i] = Kind(i)
	}
	return all
}
