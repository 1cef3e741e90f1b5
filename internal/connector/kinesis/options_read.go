package kinesis

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/penstock-io/penstock/internal/option"
)

// Values of the option aws.protocol.
const (
	protocolJSON = "json"
	protocolCBOR = "cbor"
)

const keyAssigner = "scan.shard-assigner"

// readOptions are about reading from shards, and about the client that does.
var readOptions = option.Table{
	{
		Key: keyTrustForce, Type: option.Bool, Default: "false",
		Doc: "Lets 'aws.trust.all.certificates' act on endpoints that are not on this machine as well.",
	},
	{
		Key: "aws.protocol", Type: option.Enum, Enum: []string{protocolJSON, protocolCBOR}, Default: protocolJSON,
		Doc: "How records are asked for and answered: 'json', or 'cbor', which is faster. AWS offers CBOR to its Java clients and promises it to nobody else.",
	},
	{
		Key: keyHTTPVersion, Type: option.Enum, Enum: []string{protocolHTTP1, protocolHTTP2}, Default: protocolHTTP1,
		Doc: "HTTP version of a source. HTTP1_1 reads each shard over a connection of its own, HTTP2 all over one. An endpoint that begins with http:// is always spoken to in HTTP/1.1.",
	},
	{
		Key: keyConnections, Type: option.Int, Default: "10000", Check: option.Range(1, 1_000_000),
		Doc: "Most connections of a source; further calls wait for one.",
	},
	{
		Key: keyReadTimeout, Type: option.Milliseconds, Default: "60000", Check: checkPositiveTime,
		Doc: "Longest time that a call of a source may take before it is made again.",
	},
	{
		Key: "scan.kpl.deaggregation", Type: option.Bool, Default: "true",
		Doc: "Takes the records of the Kinesis Producer Library apart, so that each of their user records is a row. 'false' gives such a record to the format as it is.",
	},
	{
		Key: "scan.shard.adaptivereads", Type: option.Bool, Default: "false",
		Doc: "Adapts the number of records to ask for to their size, so that each call brings as much as a shard gives between two calls. 'scan.shard.getrecords.maxrecordcount' then is for the first call only.",
	},
	{
		Key: keyAssigner, Aliases: []string{"source.shard-assigner"}, Check: checkAssigner,
		Doc: "Which task of Flink reads which shard: 'default' or 'uniform'. Here each shard has a reader of its own, which is as even as can be, so there is nothing to assign.",
	},
	{
		Key: keyRecoverable, Prefix: true,
		Doc: "As in 'scan.shard.consumer.error.recoverable[0].exception': the Java class of an error after which a call is made again for as long as it takes.",
	},
	{
		Key: keyRecoverableDocs, Prefix: true,
		Doc: "The same as 'scan.shard.consumer.error.recoverable[', as Flink's documentation writes it.",
	},
}

func checkAssigner(text string) error {
	if strings.EqualFold(text, "default") || strings.EqualFold(text, "uniform") {
		return nil
	}
	return errors.New("not 'default' or 'uniform'; a Java class cannot be loaded here")
}

// noteAssigner says that an assigner has nothing to do.
func noteAssigner(ctx context.Context, v *option.Values, logger *slog.Logger) {
	if v.IsSet(keyAssigner) {
		logger.InfoContext(ctx, "option has no effect: each shard has a reader of its own", slog.String("option", keyAssigner), slog.String("value", v.String(keyAssigner)))
	}
}
