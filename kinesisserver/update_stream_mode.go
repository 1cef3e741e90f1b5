package kinesisserver

import "time"

// UpdateStreamMode
//
// Behaviour: after Config.StreamDelay of UPDATING the stream has the mode; its shards stay as they
// are. WarmThroughputMiBps is for the change to on-demand only.

// maxModeChanges is the AWS limit of changes in 24 hours.
const maxModeChanges = 2

type updateStreamModeRequest struct {
	StreamARN           *string
	StreamModeDetails   *streamModeDetails
	WarmThroughputMiBps *int64
}

func updateStreamMode(c *call, in *updateStreamModeRequest) (any, error) {
	var ck checks
	requiredStreamARN(&ck, in.StreamARN)
	if ck.required("streamModeDetails", in.StreamModeDetails != nil) {
		ck.requiredEnum("streamModeDetails.streamMode", in.StreamModeDetails.StreamMode, modeProvisioned, modeOnDemand)
	}
	checkWarmThroughput(&ck, in.WarmThroughputMiBps)
	if err := ck.err(); err != nil {
		return nil, err
	}
	mode := *in.StreamModeDetails.StreamMode
	st, err := c.activeStream(streamAddress{StreamARN: in.StreamARN})
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	if err := st.realm.allowsWarmThroughput(in.WarmThroughputMiBps, mode); err != nil {
		return nil, err
	}
	if mode == modeProvisioned && st.strategy == strategyAuto {
		return nil, errInvalidArgument("Stream %s under account %s has the record distribution strategy AUTO, which needs the ON_DEMAND mode.",
			st.name, st.realm.account)
	}
	if err := c.countPerDay(st, "mode", maxModeChanges); err != nil {
		return nil, err
	}
	st.begin(statusUpdating, c.now, func(time.Time) {
		st.mode = mode
		st.warm = warmFromNow(in.WarmThroughputMiBps)
	})
	return nil, nil
}
