package kinesisserver

// StartStreamEncryption
//
// Behaviour: after Config.StreamDelay of UPDATING, records that are written say EncryptionType KMS,
// when written and when read; older ones do not.
//
// Deliberately missing: nothing is encrypted, and keys are not looked at. The KMS errors come from
// faults.

func startStreamEncryption(c *call, in *streamEncryptionRequest) (any, error) {
	return setEncryption(c, in, func() string { return *in.KeyId })
}
