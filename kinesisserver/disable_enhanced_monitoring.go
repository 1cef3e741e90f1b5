package kinesisserver

import "slices"

// DisableEnhancedMonitoring
//
// Behaviour: forgets metrics that EnableEnhancedMonitoring has remembered.

func disableEnhancedMonitoring(c *call, in *enhancedMonitoringRequest) (any, error) {
	return setMetrics(c, in, func(present, named []string) []string {
		return slices.DeleteFunc(slices.Clone(present), func(name string) bool { return slices.Contains(named, name) })
	})
}
