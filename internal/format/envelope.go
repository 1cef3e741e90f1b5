package format

import (
	"bytes"
	"encoding/json"
	"slices"
)

// The values of the option envelope.
const (
	envelope            = "envelope"
	envelopeNone        = "none"
	envelopeLogs        = "cloudwatch-logs"
	envelopeLogsMessage = "cloudwatch-logs-message"
)

// logsEnvelope is what CloudWatch Logs sends to a stream: several log events and where they come from.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
type logsEnvelope struct {
	MessageType         string            `json:"messageType"`
	Owner               json.RawMessage   `json:"owner,omitempty"`
	LogGroup            json.RawMessage   `json:"logGroup,omitempty"`
	LogStream           json.RawMessage   `json:"logStream,omitempty"`
	SubscriptionFilters json.RawMessage   `json:"subscriptionFilters,omitempty"`
	PolicyLevel         json.RawMessage   `json:"policyLevel,omitempty"`
	LogEvents           []json.RawMessage `json:"logEvents"`
}

// parseLogsEnvelope reads an envelope. One without events, with which the service tests whether it can
// write, has none.
func parseLogsEnvelope(record []byte) (e logsEnvelope, err error) {
	if err := json.Unmarshal(record, &e); err != nil {
		return e, badData("not an envelope of CloudWatch Logs: %v", err)
	}
	switch e.MessageType {
	case "DATA_MESSAGE":
		return e, nil
	case "CONTROL_MESSAGE":
		e.LogEvents = nil
		return e, nil
	}
	return e, badData("not an envelope of CloudWatch Logs: its messageType is %q", e.MessageType)
}

// appendEvent appends an event as one object with the fields of its envelope.
func (e *logsEnvelope) appendEvent(dst []byte, event json.RawMessage) ([]byte, error) {
	event = bytes.TrimSpace(event)
	if len(event) == 0 || event[0] != '{' {
		return dst, badData("not an envelope of CloudWatch Logs: an event is %s", shorten(event))
	}
	dst = append(dst, '{')
	for _, member := range []struct {
		name  string
		value json.RawMessage
	}{{"owner", e.Owner}, {"logGroup", e.LogGroup}, {"logStream", e.LogStream}, {"subscriptionFilters", e.SubscriptionFilters}, {"policyLevel", e.PolicyLevel}} {
		if member.value != nil {
			dst = append(append(append(append(append(dst, '"'), member.name...), '"', ':'), member.value...), ',')
		}
	}
	rest := bytes.TrimSpace(event[1:])
	if rest[0] == '}' {
		dst = bytes.TrimSuffix(dst, []byte{','})
	}
	return append(dst, rest...), nil
}

// appendMessage appends the message of an event.
func (e *logsEnvelope) appendMessage(dst []byte, event json.RawMessage) ([]byte, error) {
	var fields struct {
		Message *string `json:"message"`
	}
	if err := json.Unmarshal(event, &fields); err != nil || fields.Message == nil {
		return dst, badData("not an envelope of CloudWatch Logs: an event has no message: %s", shorten(event))
	}
	return append(dst, *fields.Message...), nil
}

// alone returns an envelope with one event of e only. A message that is not nil takes the place of the
// event's own.
func (e *logsEnvelope) alone(event json.RawMessage, message []byte) []byte {
	single := *e
	if message != nil {
		var fields map[string]json.RawMessage
		if json.Unmarshal(event, &fields) == nil {
			fields["message"], _ = json.Marshal(string(message)) // a string always has a form
			if replaced, err := json.Marshal(fields); err == nil {
				event = replaced
			}
		}
	}
	single.LogEvents = []json.RawMessage{event}
	data, err := json.Marshal(&single)
	if err != nil {
		return slices.Clone(event)
	}
	return data
}
