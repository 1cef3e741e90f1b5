package kinesisserver

import "time"

// UpdateAccountSettings
//
// Behaviour: switches On-demand Advantage on, and off again after 24 hours. With it, on-demand
// streams may have 50 consumers and a warm throughput.

type updateAccountSettingsRequest struct {
	MinimumThroughputBillingCommitment *struct{ Status *string }
}

func updateAccountSettings(c *call, in *updateAccountSettingsRequest) (any, error) {
	var ck checks
	if ck.required("minimumThroughputBillingCommitment", in.MinimumThroughputBillingCommitment != nil) {
		ck.requiredEnum("minimumThroughputBillingCommitment.status", in.MinimumThroughputBillingCommitment.Status, "ENABLED", "DISABLED")
	}
	if err := ck.err(); err != nil {
		return nil, err
	}
	s := &c.realm.settings
	s.mu.Lock()
	defer s.mu.Unlock()
	switch enable := *in.MinimumThroughputBillingCommitment.Status == "ENABLED"; {
	case enable == s.enabled():
	case enable:
		s.started, s.ended = c.now, time.Time{}
	case c.now.Sub(s.started) < commitmentTerm:
		return nil, errInvalidArgument("The minimum throughput billing commitment cannot be disabled within 24 hours of its start.")
	default:
		s.ended = c.now
	}
	return s.view(), nil
}
