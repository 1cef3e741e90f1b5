package kinesis

import (
	"strings"
	"testing"
	"time"
)

const anotherARN = "arn:aws:kinesis:us-east-1:000000000000:stream/other/consumer/app:1"

func TestFanOutOptionsThatAreRefused(t *testing.T) {
	arn := streamARN + "/consumer/app:1"
	for _, test := range []struct {
		options []string
		want    string
	}{
		{[]string{"scan.stream.recordpublisher", "PUSH"}, `option "scan.stream.recordpublisher" of table "clicks": bad value "PUSH": not one of POLLING, EFO`},
		{[]string{"scan.stream.efo.registration", "SOON"}, `option "scan.stream.efo.registration" of table "clicks": bad value "SOON": not one of LAZY, EAGER, NONE`},
		{[]string{"source.reader.type", "EFO"}, `enhanced fan-out needs the option "scan.stream.efo.consumername"`},
		{[]string{"source.reader.type", "EFO", "scan.stream.efo.consumername", ""}, `option "scan.stream.efo.consumername" of table "clicks": bad value "": not the name of a consumer`},
		{[]string{"source.reader.type", "EFO", "scan.stream.efo.registration", "NONE"}, `enhanced fan-out with the registration NONE needs the option "scan.stream.efo.consumerarn"`},
		{[]string{"source.reader.type", "EFO", "source.efo.lifecycle", "SELF_MANAGED"}, `enhanced fan-out with the registration NONE needs the option "scan.stream.efo.consumerarn"`},
		{[]string{"scan.stream.efo.registration", "NONE", "source.efo.lifecycle", "JOB_MANAGED"}, `options "source.efo.lifecycle" = 'JOB_MANAGED' and "scan.stream.efo.registration" = 'NONE' contradict each other`},
		{[]string{"scan.stream.efo.registration", "EAGER", "source.efo.lifecycle", "SELF_MANAGED"}, `options "source.efo.lifecycle" = 'SELF_MANAGED' and "scan.stream.efo.registration" = 'EAGER' contradict each other`},
		{withPushed("scan.stream.efo.consumerarn", arn), `the ARN of a consumer has no effect with the registration LAZY`},
		{withPushed("scan.stream.efo.registration", "NONE", "scan.stream.efo.consumerarn", "10000"), `option "scan.stream.efo.consumerarn" of table "clicks": bad value "10000": not the ARN of a consumer`},
		{withPushed("scan.stream.efo.registration", "NONE", "scan.stream.efo.consumerarn", streamARN), `option "scan.stream.efo.consumerarn" of table "clicks": bad value`},
		{withPushed("scan.stream.efo.registration", "NONE", "scan.stream.efo.consumerarn", anotherARN), `option "scan.stream.efo.consumerarn": bad value "` + anotherARN + `": the consumer belongs to another stream than the table, "clicks"`},
		{withPushed("scan.stream.efo.registration", "NONE", "scan.stream.efo.consumerarn.other", anotherARN), `option "scan.stream.efo.consumerarn.other" is about stream "other", but the table reads "clicks"`},
		{withPushed("scan.stream.efo.registration", "NONE", "scan.stream.efo.consumername", "me", "scan.stream.efo.consumerarn.clicks", arn), `option "scan.stream.efo.consumerarn.clicks": bad value "` + arn + `": the name of the consumer differs`},
		{withPushed("scan.stream.efo.registration", "NONE", "scan.stream.efo.consumerarn", streamARN+"/consumer/app:2", "scan.stream.efo.consumerarn.clicks", arn), `options "scan.stream.efo.consumerarn" and "scan.stream.efo.consumerarn.clicks" name different consumers`},
		{[]string{"scan.stream.describestreamconsumer.maxretries", "5", "source.efo.describe.retry-strategy.attempts.max", "5"}, `options "source.efo.describe.retry-strategy.attempts.max" and "scan.stream.describestreamconsumer.maxretries" say different things`},
		{[]string{"scan.shard.subscribetoshard.timeout", "0"}, `option "scan.shard.subscribetoshard.timeout" of table "clicks": bad value "0": not a number of seconds above 0`},
		{[]string{"source.efo.subscription.timeout", "soon"}, `option "source.efo.subscription.timeout" of table "clicks": bad value "soon": not a number of seconds above 0`},
		{[]string{"scan.stream.efo.http-client.max-concurrency", "0"}, `option "scan.stream.efo.http-client.max-concurrency" of table "clicks": bad value "0": must be between 1 and 1000000`},
		{[]string{"scan.shard.subscribetoshard.maxretries", "-1"}, `option "scan.shard.subscribetoshard.maxretries" of table "clicks": bad value "-1": must be between 0 and 1000000`},
	} {
		table, err := declare(lastOfEach(test.options)...)
		if err == nil {
			err = check(table)
		}
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q:\ngot  %v\nwant %s", test.options, err, test.want)
		}
	}
}

// lastOfEach leaves out options that are given again.
func lastOfEach(pairs []string) (kept []string) {
	for i := 0; i < len(pairs); i += 2 {
		again := false
		for j := i + 2; j < len(pairs); j += 2 {
			again = again || pairs[j] == pairs[i]
		}
		if !again {
			kept = append(kept, pairs[i], pairs[i+1])
		}
	}
	return kept
}

// What the older and the newer of Flink's connectors call the same sets the same.
func TestFanOutSettings(t *testing.T) {
	older := []string{
		"scan.stream.recordpublisher", "EFO", "scan.stream.efo.consumername", "app", "scan.stream.efo.registration", "NONE",
		"scan.shard.subscribetoshard.timeout", "7", "scan.stream.deregisterstreamconsumer.timeout", "8",
		"scan.stream.describestreamconsumer.maxretries", "9", "scan.stream.describestreamconsumer.backoff.base", "10", "scan.stream.describestreamconsumer.backoff.max", "11000",
	}
	newer := []string{
		"source.reader.type", "efo", "source.efo.consumer.name", "app", "source.efo.lifecycle", "self_managed",
		"source.efo.subscription.timeout", "7 s", "source.efo.deregister.timeout", "PT8S",
		"source.efo.describe.retry-strategy.attempts.max", "10", "source.efo.describe.retry-strategy.delay.min", "10 ms", "source.efo.describe.retry-strategy.delay.max", "11 s",
	}
	want := defaultFanOut()
	want.enabled, want.registration, want.consumerName = true, registrationNone, "app"
	want.subscribeTimeout, want.deregisterTimeout = 7*time.Second, 8*time.Second
	want.describeConsumer = retryPolicy{retries: 9, base: 10 * time.Millisecond, max: 11 * time.Second, exponent: 1.5}
	byARN := defaultFanOut()
	byARN.enabled, byARN.registration, byARN.consumerName, byARN.consumerARN = true, registrationNone, "app", streamARN+"/consumer/app:1"
	for _, test := range []struct {
		options []string
		want    fanOutSettings
	}{
		{nil, defaultFanOut()},
		{older, want},
		{newer, want},
		{[]string{"source.reader.type", "EFO", "source.efo.lifecycle", "SELF_MANAGED", "scan.stream.efo.consumerarn.clicks", byARN.consumerARN}, byARN},
	} {
		table, err := declare(test.options...)
		if err == nil {
			err = check(table)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := newSourceSettings(table.Options).fanOut; got != test.want {
			t.Errorf("%q:\ngot  %+v\nwant %+v", test.options, got, test.want)
		}
	}
}

// defaultFanOut are the settings of a table without any of the options: Flink's.
func defaultFanOut() fanOutSettings {
	policy := func(retries int, base, most time.Duration) retryPolicy {
		return retryPolicy{retries: retries, base: base, max: most, exponent: 1.5}
	}
	return fanOutSettings{
		registration: registrationLazy, maxSubscriptions: 10_000, silence: 35 * time.Second,
		subscribeTimeout: time.Minute, registerTimeout: time.Minute, deregisterTimeout: time.Minute,
		subscribe:        policy(10, time.Second, 2*time.Second),
		describeStream:   policy(50, 2*time.Second, 5*time.Second),
		describeConsumer: policy(50, 2*time.Second, 5*time.Second),
		register:         policy(10, 500*time.Millisecond, 2*time.Second),
		deregister:       policy(10, 500*time.Millisecond, 2*time.Second),
	}
}
