package kinesis

import "math"

// allowance is how many records a writer may have on their way: it grows a little with each request
// that succeeds and shrinks a little with each that does not, so that it stays near what the shards
// take. The numbers are those of Flink's sink, which found that shrinking by half costs throughput.
type allowance struct {
	records int
	ceiling int
}

const (
	allowanceGrowth    = 10
	allowanceShrinkage = 0.99
)

// newAllowance begins with one full request.
func newAllowance(batchRecords, maxInFlight int) allowance {
	return allowance{records: batchRecords, ceiling: batchRecords * maxInFlight}
}

func (a *allowance) grow() { a.records = min(a.records+allowanceGrowth, a.ceiling) }

func (a *allowance) shrink() {
	a.records = max(1, int(math.Round(float64(a.records)*allowanceShrinkage)))
}
