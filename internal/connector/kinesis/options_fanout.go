package kinesis

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// Values of options that the code compares with.
const (
	publisherPolling = "POLLING"
	publisherFanOut  = "EFO"

	registrationLazy  = "LAZY"
	registrationEager = "EAGER"
	registrationNone  = "NONE"

	lifecycleJob  = "JOB_MANAGED"
	lifecycleSelf = "SELF_MANAGED"
)

// Keys that are used in more than one place.
const (
	keyPublisher        = "scan.stream.recordpublisher"
	keyConsumerName     = "scan.stream.efo.consumername"
	keyRegistration     = "scan.stream.efo.registration"
	keyLifecycle        = "source.efo.lifecycle"
	keyConsumerARN      = "scan.stream.efo.consumerarn"
	keyDescribeRetries  = describeConsumerPrefix + "maxretries"
	keyDescribeAttempts = "source.efo.describe.retry-strategy.attempts.max"
)

// fanOutOptions are about enhanced fan-out. They have no effect while a table is read by polling, so
// that one option switches between the two.
var fanOutOptions = option.Table{
	{
		Key: keyPublisher, Aliases: []string{"source.reader.type"}, Type: option.Enum, Enum: []string{publisherPolling, publisherFanOut}, Default: publisherPolling,
		Doc: "How records are read: with GetRecords, which all readers of a shard share (POLLING), or by enhanced fan-out, where AWS pushes them to a consumer that has 2 MB a second of each shard for itself, and a price (EFO). Positions are the same, so a job may change over. Subscriptions use HTTP/2 unless 'aws.http.protocol.version' is set to HTTP1_1.",
	},
	{
		Key: keyConsumerName, Aliases: []string{"source.efo.consumer.name"}, Check: checkConsumerName,
		Doc: "Name of the enhanced fan-out consumer. Of the readers that use one consumer at the same time, each shard feeds only the latest: choose a name for each job.",
	},
	{
		Key: keyRegistration, Type: option.Enum, Enum: []string{registrationLazy, registrationEager, registrationNone}, Default: registrationLazy,
		Doc: "When the consumer is registered if it does not exist: when reading starts (LAZY), when the table is opened (EAGER), never (NONE). What a job has registered, LAZY or EAGER, it deregisters when it ends; a consumer that was there before stays.",
	},
	{
		Key: keyLifecycle, Type: option.Enum, Enum: []string{lifecycleJob, lifecycleSelf},
		Doc: "Another way to say 'scan.stream.efo.registration': JOB_MANAGED is LAZY or EAGER, SELF_MANAGED is NONE.",
	},
	{
		Key: keyConsumerARN, Check: checkConsumerARN,
		Doc: "ARN of the consumer, with the registration NONE. Instead of the ARN, the name is enough if the job may call DescribeStreamConsumer.",
	},
	{
		Key: keyConsumerARN + ".", Prefix: true, Check: checkConsumerARN,
		Doc: "The same, with the name of the stream at the end of the key, as Flink wants it.",
	},
	{
		Key: "scan.stream.efo.http-client.max-concurrency", Type: option.Int, Default: "10000", Check: option.Range(1, 1_000_000),
		Doc: "Most shards that are subscribed to at a time. Further ones wait until a subscription ends, which takes up to five minutes.",
	},
	{
		Key: "scan.stream.efo.http-client.read-timeout", Type: option.Milliseconds, Default: "35000", Check: checkPositiveTime,
		Doc: "How long a subscription may be silent before it is replaced. AWS sends something every five seconds.",
	},
	{
		Key: "scan.shard.subscribetoshard.timeout", Aliases: []string{"source.efo.subscription.timeout"}, Default: "60", Check: checkSeconds,
		Doc: "How long a subscription may take to be accepted: seconds, or a duration such as '60 s'.",
	},
	{
		Key: "scan.stream.registerstreamconsumer.timeout", Default: "60", Check: checkSeconds,
		Doc: "How long a consumer may take to become active: seconds, or a duration.",
	},
	{
		Key: "scan.stream.deregisterstreamconsumer.timeout", Aliases: []string{"source.efo.deregister.timeout"}, Default: "60", Check: checkSeconds,
		Doc: "How long a job that ends may take to deregister its consumer: seconds, or a duration.",
	},
}

func checkConsumerName(text string) error {
	if !namePattern.MatchString(text) {
		return errors.New("not the name of a consumer: 1 to 128 letters, digits, '_', '.' and '-'")
	}
	return nil
}

func checkConsumerARN(text string) error {
	_, _, err := parseConsumerARN(text)
	return err
}

// parseConsumerARN reads the ARN of a consumer, which begins with that of its stream:
//
//	arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/app:1767225600
func parseConsumerARN(text string) (of stream, name string, err error) {
	bad := errors.New("not the ARN of a consumer, such as arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/app:1767225600")
	arn, rest, found := strings.Cut(text, "/consumer/")
	name, created, dated := strings.Cut(rest, ":")
	if !found || !dated || !namePattern.MatchString(name) || created == "" || strings.Trim(created, "0123456789") != "" {
		return stream{}, "", bad
	}
	if of, err = parseStream(arn); err != nil || of.arn == "" {
		return stream{}, "", bad
	}
	return of, name, nil
}

// checkSeconds checks what seconds reads.
func checkSeconds(text string) error {
	if d, err := seconds(text); err != nil || d < time.Millisecond {
		return errors.New("not a number of seconds above 0, nor a duration such as '60 s'")
	}
	return nil
}

// seconds reads a number of seconds, as Flink's first connector has it, or a duration, as its later
// one has.
func seconds(text string) (time.Duration, error) {
	if strings.Trim(text, "0123456789") == "" {
		text += " s"
	}
	return option.ParseDuration(text)
}

// checkFanOut looks at the options of a table as a whole. Those of enhanced fan-out mean nothing
// while the table is polled, so then they may be incomplete.
func checkFanOut(v *option.Values) error {
	registration, err := registrationOf(v)
	if err != nil {
		return err
	}
	attempts := v.Int(keyDescribeAttempts)
	if v.IsSet(keyDescribeAttempts) && v.IsSet(keyDescribeRetries) && attempts != v.Int(keyDescribeRetries)+1 {
		return diag.Errorf(diag.Option, v.Span(keyDescribeAttempts), "options %q and %q say different things", keyDescribeAttempts, keyDescribeRetries).
			WithHint("keep one of the two; attempts are one more than retries")
	}
	if v.String(keyPublisher) != publisherFanOut {
		return nil
	}
	arn, err := givenConsumerARN(v)
	switch {
	case err != nil:
		return err
	case registration != registrationNone && arn != "":
		return diag.Errorf(diag.Option, v.Span(keyConsumerARN), "the ARN of a consumer has no effect with the registration %s", registration).
			WithHint("add '%s' = 'NONE' to use a consumer that exists, or remove the ARN", keyRegistration)
	case registration == registrationNone && arn == "" && !v.IsSet(keyConsumerName):
		return diag.Errorf(diag.Option, v.Span(keyRegistration), "enhanced fan-out with the registration NONE needs the option %q", keyConsumerARN).
			WithHint("add '%s' = 'arn:aws:kinesis:...' or '%s' = '...'", keyConsumerARN, keyConsumerName)
	case registration != registrationNone && !v.IsSet(keyConsumerName):
		return diag.Errorf(diag.Option, v.Span(keyPublisher), "enhanced fan-out needs the option %q", keyConsumerName).
			WithHint("add '%s' = '...', a name that no other job uses", keyConsumerName)
	}
	return nil
}

// registrationOf returns LAZY, EAGER or NONE, from either of the options that say it.
func registrationOf(v *option.Values) (string, error) {
	registration, lifecycle := v.String(keyRegistration), v.String(keyLifecycle)
	if lifecycle == "" {
		return registration, nil
	}
	if !v.IsSet(keyRegistration) {
		if lifecycle == lifecycleSelf {
			return registrationNone, nil
		}
		return registrationLazy, nil
	}
	if (registration == registrationNone) != (lifecycle == lifecycleSelf) {
		return "", diag.Errorf(diag.Option, v.Span(keyLifecycle), "options %q = '%s' and %q = '%s' contradict each other", keyLifecycle, lifecycle, keyRegistration, registration).
			WithHint("keep one of the two: JOB_MANAGED is LAZY or EAGER, SELF_MANAGED is NONE")
	}
	return registration, nil
}

// givenConsumerARN returns the ARN of the consumer, "" if there is none in the options.
func givenConsumerARN(v *option.Values) (string, error) {
	target, err := parseStream(v.String(keyStream))
	if err != nil { // the table of options has reported it
		return "", err
	}
	arn, key := v.String(keyConsumerARN), keyConsumerARN
	for name, value := range v.WithPrefix(keyConsumerARN + ".") {
		full := keyConsumerARN + "." + name
		if name != target.name {
			return "", diag.Errorf(diag.Option, v.Span(full), "option %q is about stream %q, but the table reads %q", full, name, target.name)
		}
		if arn != "" && arn != value {
			return "", diag.Errorf(diag.Option, v.Span(full), "options %q and %q name different consumers", keyConsumerARN, full).WithHint("keep one of the two")
		}
		arn, key = value, full
	}
	if arn == "" {
		return "", nil
	}
	of, name, err := parseConsumerARN(arn)
	switch {
	case err != nil:
	case of.name != target.name || target.arn != "" && of.arn != target.arn:
		err = fmt.Errorf("the consumer belongs to another stream than the table, %q", target.name)
	case v.IsSet(keyConsumerName) && v.String(keyConsumerName) != name:
		err = fmt.Errorf("the name of the consumer differs from %q, which is %q", keyConsumerName, v.String(keyConsumerName))
	}
	if err != nil {
		return "", diag.Errorf(diag.Option, v.Span(key), "option %q: bad value %q: %w", key, arn, err)
	}
	return arn, nil
}
