package kinesis

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
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
	parts, err := arn.Parse(text)
	name, ok := strings.CutPrefix(parts.Resource, "stream/")
	if err != nil || !ok || parts.Service != "kinesis" || parts.Region == "" || parts.AccountID == "" || !namePattern.MatchString(name) {
		return stream{}, errors.New("not the ARN of a stream, such as arn:aws:kinesis:us-east-1:123456789012:stream/clicks")
	}
	return stream{name: name, arn: text, region: parts.Region}, nil
}

// address returns what requests call the stream: its ARN if that is known, else its name.
func (s stream) address() (name, arn *string) {
	if s.arn != "" {
		return nil, &s.arn
	}
	return &s.name, nil
}
