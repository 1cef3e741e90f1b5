package kinesisserver

import "time"

// DecreaseStreamRetentionPeriod
//
// Behaviour: down to 24 hours; "decreasing" to the present value succeeds. Records that this puts
// past their retention are gone at once. The stream is UPDATING for Config.StreamDelay.

func decreaseStreamRetentionPeriod(c *call, in *retentionPeriodRequest) (any, error) {
	return setRetention(c, in, func(st *stream, hours int) error {
		if time.Duration(hours)*time.Hour > st.retention {
			return errInvalidArgument("Requested retention period (%d hours) for stream %s can not be longer than "+
				"existing retention period (%d hours). Use IncreaseRetentionPeriod API.", hours, st.name, st.retentionHours())
		}
		return nil
	})
}
