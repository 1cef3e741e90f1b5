package kinesisserver

import "time"

// UpdateStreamWarmThroughput
//
// Behaviour: on-demand streams of accounts with On-demand Advantage; up to 10 GiB/s. After
// Config.StreamDelay of UPDATING the current value is the target.
//
// Deliberately missing: shards are not added for it (see Server.Reshard).

// maxWarmMiBps is the AWS limit, 10 GiB/s.
const maxWarmMiBps = 10 << 10

type updateStreamWarmThroughputRequest struct {
	streamAddress
	WarmThroughputMiBps *int64
}

type warmThroughput struct{ CurrentMiBps, TargetMiBps int }

// warmFromNow is what a stream gets together with its mode: all of it at once, and none if none was
// asked for.
func warmFromNow(value *int64) warmThroughput {
	if value == nil {
		return warmThroughput{}
	}
	return warmThroughput{CurrentMiBps: int(*value), TargetMiBps: int(*value)}
}

type updateStreamWarmThroughputResult struct {
	StreamARN      string
	StreamName     string
	WarmThroughput warmThroughput
}

func updateStreamWarmThroughput(c *call, in *updateStreamWarmThroughputRequest) (any, error) {
	var ck checks
	in.check(&ck)
	ck.required("warmThroughputMiBps", in.WarmThroughputMiBps != nil)
	checkWarmThroughput(&ck, in.WarmThroughputMiBps)
	if err := ck.err(); err != nil {
		return nil, err
	}
	target := int(*in.WarmThroughputMiBps)
	st, err := c.activeStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	if err := st.realm.allowsWarmThroughput(in.WarmThroughputMiBps, st.mode); err != nil {
		return nil, err
	}
	st.warm.TargetMiBps = target
	out := updateStreamWarmThroughputResult{StreamARN: st.arn, StreamName: st.name, WarmThroughput: st.warm}
	st.begin(statusUpdating, c.now, func(time.Time) { st.warm.CurrentMiBps = target })
	return out, nil
}

// allowsWarmThroughput refuses a warm throughput, of whatever size, that a stream of that mode cannot
// have in the realm.
func (r *realm) allowsWarmThroughput(value *int64, mode string) error {
	switch {
	case value == nil:
		return nil
	case mode != modeOnDemand:
		return errInvalidArgument("WarmThroughputMiBps is only valid for streams in ON_DEMAND mode.")
	case !r.advantage():
		return errInvalidArgument("Warm throughput needs On-demand Advantage: " +
			"enable the minimum throughput billing commitment by UpdateAccountSettings.")
	}
	return nil
}

func checkWarmThroughput(ck *checks, value *int64) {
	ck.number("warmThroughputMiBps", value, 0, maxWarmMiBps)
}
