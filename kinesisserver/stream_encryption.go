package kinesisserver

import "time"

const (
	encryptionKMS = "KMS"
	// maxKeyIDLength is from the service's model.
	maxKeyIDLength = 2048
	// Changes of encryption in 24 hours (AWS limit).
	maxEncryptionChanges = 25
)

type streamEncryptionRequest struct {
	streamAddress
	EncryptionType *string
	KeyId          *string
}

// setEncryption does what starting and stopping encryption have in common; keyID is what the stream
// has once it is done.
func setEncryption(c *call, in *streamEncryptionRequest, keyID func() string) (any, error) {
	var ck checks
	ck.requiredEnum("encryptionType", in.EncryptionType, "NONE", encryptionKMS)
	if ck.required("keyId", in.KeyId != nil) {
		ck.text("keyId", *in.KeyId, 1, maxKeyIDLength)
	}
	in.check(&ck)
	if err := ck.err(); err != nil {
		return nil, err
	}
	if *in.EncryptionType != encryptionKMS {
		return nil, errInvalidArgument("EncryptionType must be KMS.")
	}
	st, err := c.activeStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	if err := c.countPerDay(st, "encryption", maxEncryptionChanges); err != nil {
		return nil, err
	}
	st.begin(statusUpdating, c.now, func(time.Time) { st.keyID = keyID() })
	return nil, nil
}
