package connector

import (
	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/format"
)

// NewPolicy returns what happens to the bad records of a table that is read. keeper takes dead letters;
// nil: the file that the table's options name. The source closes the policy.
func NewPolicy(request ScanRequest, keeper deadletter.Keeper) (*format.Policy, error) {
	return format.NewPolicy(format.PolicyConfig{
		Table: request.Table.Name, Format: request.Table.Format.Name, Options: request.Table.Options, Logger: request.Logger,
		Count: &request.Meter.BadRecords, Causes: &request.Meter.BadCauses, Keeper: keeper,
	})
}
