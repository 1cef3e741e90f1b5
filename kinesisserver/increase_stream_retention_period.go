package kinesisserver

import "time"

// IncreaseStreamRetentionPeriod
//
// Behaviour: up to 8760 hours. Increasing to the present value succeeds, because Terraform does that
// with every stream it creates. The new period counts at once, and the stream is UPDATING for
// Config.StreamDelay.

func increaseStreamRetentionPeriod(c *call, in *retentionPeriodRequest) (any, error) {
	return setRetention(c, in, func(st *stream, hours int) error {
		if time.Duration(hours)*time.Hour < st.retention {
			return errInvalidArgument("Requested retention period (%d hours) for stream %s can not be shorter than "+
				"existing retention period (%d hours). Use DecreaseRetentionPeriod API.", hours, st.name, st.retentionHours())
		}
		return nil
	})
}
