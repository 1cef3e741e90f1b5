package kinesisserver

import (
	"sync"
	"time"
)

// DescribeAccountSettings
//
// Behaviour: whether the account has On-demand Advantage in the region, since when, and from when on
// it can be given up.

// accountSettings is the commitment that makes On-demand Advantage. It has a lock of its own because
// it is looked at with a stream locked.
type accountSettings struct {
	mu             sync.Mutex
	started, ended time.Time // zero: never
}

// commitmentTerm is the least time a commitment lasts (AWS).
const commitmentTerm = 24 * time.Hour

type commitmentView struct {
	EarliestAllowedEndAt *timestamp `json:",omitempty"`
	EndedAt              *timestamp `json:",omitempty"`
	StartedAt            *timestamp `json:",omitempty"`
	Status               string
}

type accountSettingsResult struct{ MinimumThroughputBillingCommitment commitmentView }

type describeAccountSettingsRequest struct{}

func describeAccountSettings(c *call, _ *describeAccountSettingsRequest) (any, error) {
	s := &c.realm.settings
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(), nil
}

func (s *accountSettings) enabled() bool { return !s.started.IsZero() && s.ended.IsZero() }

func (s *accountSettings) view() accountSettingsResult {
	v := commitmentView{Status: "DISABLED"}
	if !s.started.IsZero() {
		at := timestamp(s.started)
		v.StartedAt = &at
	}
	if s.enabled() {
		v.Status = "ENABLED"
		at := timestamp(s.started.Add(commitmentTerm))
		v.EarliestAllowedEndAt = &at
	}
	if !s.ended.IsZero() {
		at := timestamp(s.ended)
		v.EndedAt = &at
	}
	return accountSettingsResult{v}
}

// advantage reports whether the realm has On-demand Advantage.
func (r *realm) advantage() bool {
	r.settings.mu.Lock()
	defer r.settings.mu.Unlock()
	return r.settings.enabled()
}
