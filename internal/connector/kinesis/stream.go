package kinesis

import (
	"errors"
	"strings"
)

// stream names a data stream, by name or by ARN.
type stream struct {
	name   string
	arn    string // empty unless the user gave one
	region string // of the ARN
}

// parseStream reads what a user wrote for a stream.
func parseStream(text string) (stream, error) {
	if !strings.HasPrefix(text, "arn:") {
		if !namePattern.MatchString(text) {
			return stream{}, errors.New("not a stream name: 1 to 128 letters, digits, '_', '.' and '-'")
		}
		return stream{name: text}, nil
	}
	// arn:aws:kinesis:us-east-1:123456789012:stream/clicks
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[2] != "kinesis" || parts[3] == "" || parts[4] == "" {
		return stream{}, errors.New("not the ARN of a stream, such as arn:aws:kinesis:us-east-1:123456789012:stream/clicks")
	}
	name, ok := strings.CutPrefix(parts[5], "stream/")
	if !ok || !namePattern.MatchString(name) {
		return stream{}, errors.New("not the ARN of a stream, such as arn:aws:kinesis:us-east-1:123456789012:stream/clicks")
	}
	return stream{name: name, arn: text, region: parts[3]}, nil
}

// address returns what requests call the stream: its ARN if that is known, else its name.
func (s stream) address() (name, arn *string) {
	if s.arn != "" {
		return nil, &s.arn
	}
	return &s.name, nil
}
