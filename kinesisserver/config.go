package kinesisserver

import (
	"crypto/tls"
	"log/slog"
	"time"
)

// Config sets a server up. The zero value is a working configuration.
type Config struct {
	// AccountID owns the streams when a request does not say otherwise; "" is "000000000000".
	// A request says so by a StreamARN, or by signing with a 12-digit access key id.
	AccountID string
	// Region is used when a request names none, neither by a StreamARN nor by its signature's
	// credential scope; "" is "us-east-1".
	Region string
	// Now is the clock that stamps records and ages iterators; nil is time.Now, which works inside
	// testing/synctest. Server.AdvanceClock moves it ahead. Waiting (AnswerDelay, faults, heartbeats)
	// always uses package time.
	Now func() time.Time
	// AnswerDelay is the least time between reading a GetRecords request of the AWS SDK for Go v2, or
	// any other with a large answer, and answering it: < 0 is none, 0 is DefaultAnswerDelay. It is four
	// times as long if the request, too, was large. Other clients do not need it and do not wait.
	AnswerDelay time.Duration
	// StreamDelay is how long a stream stays CREATING, UPDATING or DELETING; 0 is not at all.
	StreamDelay time.Duration
	// ArrivalJitter is by how much ApproximateArrivalTimestamps may be too early, at random: AWS lets
	// them be out of order within a shard. 0 is not at all.
	ArrivalJitter time.Duration
	// SubscriptionLifetime ends SubscribeToShard; 0 is DefaultSubscriptionLifetime.
	SubscriptionLifetime time.Duration
	// Retention is how long the records of new streams are kept; 0 is DefaultRetention. It may be
	// shorter than the 24 hours below which the API's operations do not go, and is whole hours there,
	// rounded up.
	Retention time.Duration
	// ShardLimit is the number of open shards one account may have in a region; 0 is
	// DefaultShardLimit.
	ShardLimit int
	// Limits says which throughput and request limits are enforced; "" is LimitsNone. Limits of size
	// always are.
	Limits Limits
	// ControlAPI serves, under /_penstock/ of every listener, what Server's methods do to faults, time
	// and shards. It is off unless asked for: whoever reaches the server may use it.
	ControlAPI bool
	// HeaderTimeout is how long a client may take to send a request's header, and a new connection to
	// say anything: 0 is DefaultHeaderTimeout, < 0 is no limit.
	HeaderTimeout time.Duration
	// BodyTimeout is how long a client may take to send a request's body, and to take in an answer or
	// one event of SubscribeToShard: 0 is DefaultBodyTimeout, < 0 is no limit.
	BodyTimeout time.Duration
	// IdleTimeout is how long a connection may be kept without a request: 0 is DefaultIdleTimeout, < 0
	// is no limit.
	IdleTimeout time.Duration
	// RequireSignature refuses requests that carry no AWS signature, as AWS does. Signatures are
	// never verified: the server knows no secret keys.
	RequireSignature bool
	// TLSHosts are names and addresses that the generated certificate is for, besides localhost,
	// 127.0.0.1 and ::1.
	TLSHosts []string
	// Certificate is used by ServeTLS and StartTLS instead of a generated one.
	Certificate *tls.Certificate
	// Seed makes request ids, iterators and random faults repeatable.
	Seed uint64
	// Logger receives one debug line per request and one error line per internal failure; nil
	// discards them.
	Logger *slog.Logger
}

// Limits is a set of throughput and request limits.
type Limits string

// The sets there are.
const (
	// LimitsNone lets everything through as fast as it comes.
	LimitsNone Limits = "none"
	// LimitsAWS are those of AWS: per shard 1000 records/s and 1 MiB/s of writes (large records draw
	// on a bucket of 10 MiB), 5 reads/s and 2 MiB/s of reads; the control plane's calls per second;
	// five streams, and five consumers of a stream, being created at a time; changes per day.
	LimitsAWS Limits = "aws"
)

const (
	// DefaultAccountID is the account of requests that name none.
	DefaultAccountID = "000000000000"
	// DefaultRegion is the region of requests that name none.
	DefaultRegion = "us-east-1"
	// DefaultAnswerDelay spares stock Go clients a race: while they still finish sending a request,
	// an answer that came too soon makes smithy-go break the connection under it. 100 us were
	// enough on an idle machine.
	DefaultAnswerDelay = 500 * time.Microsecond
	// DefaultRetention is how long AWS keeps records unless told otherwise.
	DefaultRetention = 24 * time.Hour
	// DefaultHeaderTimeout is generous: clients send the header in one packet.
	DefaultHeaderTimeout = 10 * time.Second
	// DefaultBodyTimeout suffices for 10 MiB over 2 Mbit/s.
	DefaultBodyTimeout = time.Minute
	// DefaultIdleTimeout is longer than the SDKs keep connections themselves, so that none sends a
	// request into one that is being closed.
	DefaultIdleTimeout = 5 * time.Minute
	// DefaultShardLimit is the AWS quota in us-east-1, us-west-2 and eu-west-1.
	DefaultShardLimit = 20_000
)

func (c Config) withDefaults() Config {
	if c.AccountID == "" {
		c.AccountID = DefaultAccountID
	}
	if c.Region == "" {
		c.Region = DefaultRegion
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	for _, setting := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{
		{&c.AnswerDelay, DefaultAnswerDelay},
		{&c.SubscriptionLifetime, DefaultSubscriptionLifetime},
		{&c.Retention, DefaultRetention},
		{&c.HeaderTimeout, DefaultHeaderTimeout},
		{&c.BodyTimeout, DefaultBodyTimeout},
		{&c.IdleTimeout, DefaultIdleTimeout},
	} {
		if *setting.value == 0 {
			*setting.value = setting.otherwise
		}
	}
	if c.ShardLimit == 0 {
		c.ShardLimit = DefaultShardLimit
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
