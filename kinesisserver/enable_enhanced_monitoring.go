package kinesisserver

import "slices"

// EnableEnhancedMonitoring
//
// Behaviour: remembers the metrics and shows them in DescribeStream and DescribeStreamSummary.
//
// Deliberately missing: nothing is measured.

func enableEnhancedMonitoring(c *call, in *enhancedMonitoringRequest) (any, error) {
	return setMetrics(c, in, func(present, named []string) []string {
		all := slices.Concat(present, named)
		slices.Sort(all)
		return slices.Compact(all)
	})
}
