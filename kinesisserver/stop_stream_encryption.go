package kinesisserver

// StopStreamEncryption
//
// Behaviour: after Config.StreamDelay of UPDATING, records that are written are unencrypted again.

func stopStreamEncryption(c *call, in *streamEncryptionRequest) (any, error) {
	return setEncryption(c, in, func() string { return "" })
}
