package kinesisserver

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// checks collects the violations of a request's value constraints; AWS reports all of them in one
// ValidationException. Member names are AWS's, in lower camel case.
type checks struct{ violations []string }

// Value constraints of the service's model.
const (
	maxNameLength         = 128
	maxARNLength          = 2048
	maxPartitionKeyLength = 256
	maxRecordsPerPut      = 500
	maxRecordsPerGet      = 10_000
	maxIteratorLength     = 512
	maxNextTokenLength    = 1 << 20
	maxDataBytes          = 10 << 20

	patternName     = "[a-zA-Z0-9_.-]+"
	patternHashKey  = `0|([1-9]\d{0,38})`
	patternSequence = `0|([1-9]\d{0,128})`
	patternARN      = `arn:aws.*:kinesis:.*:\d{12}:stream/\S+`
)

func (c *checks) add(value, member, constraint string) {
	c.violations = append(c.violations,
		fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: Member must %s", value, member, constraint))
}

// err returns the ValidationException for what was found, nil for nothing.
func (c *checks) err() error {
	switch n := len(c.violations); n {
	case 0:
		return nil
	case 1:
		return errValidation("1 validation error detected: %s", c.violations[0])
	default:
		return errValidation("%d validation errors detected: %s", n, strings.Join(c.violations, "; "))
	}
}

func quoted(value string) string { return "'" + value + "'" }

// required reports whether a member is present, and complains if not.
func (c *checks) required(member string, present bool) bool {
	if !present {
		c.add("null", member, "not be null")
	}
	return present
}

// text checks the length in characters of a value, at least min (if min > 0) and at most max.
func (c *checks) text(member, value string, minLength, maxLength int) {
	if n := utf8.RuneCountInString(value); n < minLength {
		c.add(quoted(value), member, "have length greater than or equal to "+strconv.Itoa(minLength))
	} else if n > maxLength {
		c.add(quoted(value), member, "have length less than or equal to "+strconv.Itoa(maxLength))
	}
}

// name checks an optional stream, shard or consumer name.
func (c *checks) name(member string, value *string) {
	if value == nil {
		return
	}
	if !isName(*value) {
		c.add(quoted(*value), member, "satisfy regular expression pattern: "+patternName)
	}
	c.text(member, *value, 1, maxNameLength)
}

// requiredName checks a name that must be there.
func (c *checks) requiredName(member string, value *string) {
	if c.required(member, value != nil) {
		c.name(member, value)
	}
}

func isName(value string) bool {
	for i := range len(value) {
		switch b := value[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '_', b == '.', b == '-':
		default:
			return false
		}
	}
	return value != ""
}

// number checks an optional integer against a range; max < min means no upper end.
func (c *checks) number(member string, value *int64, minimum, maximum int64) {
	if value == nil {
		return
	}
	text := quoted(strconv.FormatInt(*value, 10))
	if *value < minimum {
		c.add(text, member, "have value greater than or equal to "+strconv.FormatInt(minimum, 10))
	} else if *value > maximum && maximum >= minimum {
		c.add(text, member, "have value less than or equal to "+strconv.FormatInt(maximum, 10))
	}
}

// enum checks an optional value against the values AWS knows, in AWS's order.
func (c *checks) enum(member string, value *string, known ...string) {
	if value == nil {
		return
	}
	if slices.Contains(known, *value) {
		return
	}
	c.add(quoted(*value), member, "satisfy enum value set: ["+strings.Join(known, ", ")+"]")
}

// requiredEnum checks an enum that must be there.
func (c *checks) requiredEnum(member string, value *string, known ...string) {
	if c.required(member, value != nil) {
		c.enum(member, value, known...)
	}
}

// digits checks an optional decimal number of at most maxDigits digits, without leading zeros.
func (c *checks) digits(member string, value *string, pattern string, maxDigits int) {
	if value != nil && !isDecimal([]byte(*value), maxDigits) {
		c.add(quoted(*value), member, "satisfy regular expression pattern: "+pattern)
	}
}

func (c *checks) sequenceNumber(member string, value *string) {
	c.digits(member, value, patternSequence, 129)
}

func (c *checks) hashKey(member string, value *string) {
	c.digits(member, value, patternHashKey, 39)
}

func isDecimal(text []byte, maxDigits int) bool {
	if len(text) == 0 || len(text) > maxDigits || (text[0] == '0' && len(text) > 1) {
		return false
	}
	for _, b := range text {
		if b < '0' || b > '9' {
			return false
		}
	}
	return true
}
