package kinesis

// UserRecords returns the payloads in a record: those of its user records if it is an aggregate of the
// KPL, else its own. They share its memory.
func UserRecords(data []byte) [][]byte {
	message, ok := aggregateMessage(data)
	var a aggregate
	if !ok || !a.parse(message) || a.check() != nil {
		return [][]byte{data}
	}
	payloads := make([][]byte, len(a.users))
	for i, user := range a.users {
		payloads[i] = user.data
	}
	return payloads
}
