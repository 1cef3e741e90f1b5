package kinesisserver

import "time"

type retentionPeriodRequest struct {
	streamAddress
	RetentionPeriodHours *int64
}

// setRetention does what increasing and decreasing the retention period have in common.
func setRetention(c *call, in *retentionPeriodRequest, allowed func(st *stream, hours int) error) (any, error) {
	var ck checks
	in.check(&ck)
	if ck.required("retentionPeriodHours", in.RetentionPeriodHours != nil) {
		ck.number("retentionPeriodHours", in.RetentionPeriodHours, 1, -1)
	}
	if err := ck.err(); err != nil {
		return nil, err
	}
	hours := int(min(*in.RetentionPeriodHours, 1<<30))
	switch {
	case hours < minRetentionHours:
		return nil, errInvalidArgument("Minimum allowed retention period is %d hours. "+
			"Requested retention period (%d hours) is too short.", minRetentionHours, hours)
	case hours > maxRetentionHours:
		return nil, errInvalidArgument("Maximum allowed retention period is %d hours. "+
			"Requested retention period (%d hours) is too long.", maxRetentionHours, hours)
	}
	st, err := c.activeStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	if err := allowed(st, hours); err != nil {
		return nil, err
	}
	if retention := time.Duration(hours) * time.Hour; retention != st.retention {
		st.retention = retention
		for _, sh := range st.shards {
			sh.expire(st.horizon(c.now))
		}
		st.begin(statusUpdating, c.now, nil)
	}
	return nil, nil
}
