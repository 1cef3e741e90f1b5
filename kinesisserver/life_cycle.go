package kinesisserver

import "time"

// streamStatus is where a stream or a consumer is in its life, in AWS's spelling.
type streamStatus string

const (
	statusCreating streamStatus = "CREATING"
	statusActive   streamStatus = "ACTIVE"
	statusUpdating streamStatus = "UPDATING"
	statusDeleting streamStatus = "DELETING"
)

// lifeCycle is the status of a stream or a consumer and what comes of it; it is guarded by the
// stream's lock. There are no goroutines behind it: a change of status is written down with the time
// it is due and happens when somebody looks (complete).
type lifeCycle struct {
	delay   time.Duration // how long a change takes
	change  *statusChange // nil: ACTIVE, unless deleted
	deleted bool          // for good: whoever still has it must not use it
}

// statusChange is a status that lasts for a while and what comes of it.
type statusChange struct {
	status streamStatus
	until  time.Time
	finish func(at time.Time) // called with the stream's lock held; may be nil
}

// status returns the current status; what has been deleted stays DELETING.
func (l *lifeCycle) status() streamStatus {
	switch {
	case l.deleted:
		return statusDeleting
	case l.change != nil:
		return l.change.status
	}
	return statusActive
}

// begin enters a status for the usual time. With no such time, it is over at once.
func (l *lifeCycle) begin(status streamStatus, now time.Time, finish func(at time.Time)) {
	l.change = &statusChange{status: status, until: now.Add(l.delay), finish: finish}
	l.complete(now)
}

// isDue reports whether there is something to complete.
func (l *lifeCycle) isDue(now time.Time) bool { return l.change != nil && !now.Before(l.change.until) }

// complete ends a change whose time has come.
func (l *lifeCycle) complete(now time.Time) {
	if !l.isDue(now) {
		return
	}
	done := l.change
	l.change, l.deleted = nil, done.status == statusDeleting
	if done.finish != nil {
		done.finish(done.until)
	}
}
