package kinesisserver

// UpdateMaxRecordSize
//
// Behaviour: 1024 to 10240 KiB, counts at once; the stream is UPDATING for Config.StreamDelay.

type updateMaxRecordSizeRequest struct {
	MaxRecordSizeInKiB *int64
	StreamARN          *string
}

func updateMaxRecordSize(c *call, in *updateMaxRecordSizeRequest) (any, error) {
	var ck checks
	if ck.required("maxRecordSizeInKiB", in.MaxRecordSizeInKiB != nil) {
		ck.number("maxRecordSizeInKiB", in.MaxRecordSizeInKiB, defaultMaxRecordKiB, maxMaxRecordKiB)
	}
	requiredStreamARN(&ck, in.StreamARN)
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.activeStream(streamAddress{StreamARN: in.StreamARN})
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	st.maxRecordKiB = int(*in.MaxRecordSizeInKiB)
	st.begin(statusUpdating, c.now, nil)
	return nil, nil
}
