package kinesis

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/option"
)

// Limits of the service (Kinesis Data Streams quotas and the API reference of PutRecords and GetRecords).
const (
	maxRecordsPerGet    = 10_000
	maxRecordsPerPut    = 500
	maxBytesPerPut      = 10 << 20
	maxBytesPerRecord   = 1 << 20 // data and partition key; what a stream allows unless it was raised
	maxPartitionKey     = 256     // characters
	iteratorLifetime    = 5 * time.Minute
	readsPerSecond      = 5       // of a shard
	readBytesPerSecond  = 2 << 20 // of a shard
	streamNameCharacter = `[a-zA-Z0-9_.-]`
)

// Keys that are used in more than one place.
const (
	keyStream      = "stream"
	keyRole        = "type"
	keyRegion      = "aws.region"
	keyEndpoint    = "aws.endpoint"
	keyTrustAll    = "aws.trust.all.certificates"
	keyTrustForce  = "aws.trust.all.certificates.force"
	keyHTTPVersion = "aws.http.protocol.version"
	keyConnections = "aws.http-client.max-concurrency"
	keyReadTimeout = "aws.http-client.read-timeout"
	keyStart       = "scan.stream.initpos"
	keyStartTime   = "scan.stream.initpos-timestamp"
	keyStartFormat = "scan.stream.initpos-timestamp-format"
	keyBounded     = "scan.bounded.mode"
)

// Values of options that the code compares with.
const (
	initposLatest      = "LATEST"
	initposTrimHorizon = "TRIM_HORIZON"
	initposAtTimestamp = "AT_TIMESTAMP"
	initposEarliest    = "EARLIEST"

	quotaAWS    = "aws"
	quotaNone   = "none"
	boundLatest = "latest"
	boundNone   = "unbounded"
	roleSource  = "source"
	roleSink    = "sink"
)

// options are the options of the connector. There is one row for each thing that can be set; the
// spellings of other Flink connector generations and of Laminar are aliases of it.
var options = slices.Concat(streamOptions, credentialOptions, readOptions, retryOptions, clientOptions, sinkOptions, watermarkOptions, fanOutOptions, deadLetterOptions)

// streamOptions are about reaching, reading and writing the stream.
var streamOptions = option.Table{
	{
		Key: keyStream, Aliases: []string{"stream.arn", "stream_name", "streamName"}, Required: true, Check: checkStream,
		Doc: "Name or ARN of the data stream. The region of an ARN is used unless 'aws.region' is set.",
	},
	{
		Key: keyRole, Type: option.Enum, Enum: []string{roleSource, roleSink},
		Doc: "Limits the table to reading ('source') or writing ('sink'). Both are possible without it.",
	},
	{
		Key: keyRegion, Aliases: []string{"aws_region", "awsRegion"}, Check: checkRegion,
		Doc: "AWS region of the stream. Without it: the region of a stream ARN, AWS_REGION, the AWS profile, and with 'aws.endpoint' us-east-1.",
	},
	{
		Key: keyEndpoint, Check: checkEndpoint,
		Doc: "URL of the Kinesis endpoint, such as http://localhost:4567. Without it: AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL, the AWS profile, the endpoint of the region.",
	},
	{
		Key: keyTrustAll, Type: option.Bool, Default: "false",
		Doc: "Accepts any TLS certificate of the endpoint. For tests only.",
	},

	{
		Key: keyStart, Aliases: []string{"source.init.position", "source.offset", "type.offset"}, Type: option.Enum, Default: initposLatest,
		Enum: []string{initposLatest, initposTrimHorizon, initposAtTimestamp, initposEarliest},
		Doc:  "Where reading begins: with what arrives after the start (LATEST), the oldest record kept (TRIM_HORIZON, EARLIEST), or a moment (AT_TIMESTAMP).",
	},
	{
		Key: keyStartTime, Aliases: []string{"source.init.timestamp"},
		Doc: "The moment of AT_TIMESTAMP: in the format of 'scan.stream.initpos-timestamp-format', or seconds since the epoch, such as 1459799926.480.",
	},
	{
		Key: keyStartFormat, Aliases: []string{"source.init.timestamp.format"}, Default: defaultTimestampFormat, Check: checkTimestampFormat,
		Doc: "Format of 'scan.stream.initpos-timestamp', a pattern of Java's SimpleDateFormat with the letters y M d H m s S X Z and quoted text. A pattern without a zone means the session time zone.",
	},
	{
		Key: keyBounded, Type: option.Enum, Enum: []string{boundNone, boundLatest}, Default: boundNone,
		Doc: "'latest': reads what the stream holds when the query starts, then ends.",
	},
	{
		Key: "scan.shard.discovery.intervalmillis", Aliases: []string{"source.shard.discovery.interval"}, Type: option.Milliseconds, Default: "10000", Check: checkPositiveTime,
		Doc: "How often to look for new shards. The children of a shard that has been read to its end are found at once.",
	},
	{
		Key: "scan.shard.getrecords.maxrecordcount", Aliases: []string{"source.shard.get-records.max-record-count"}, Type: option.Int, Default: "10000", Check: option.Range(1, maxRecordsPerGet),
		Doc: "Most records to ask for at a time.",
	},
	{
		Key: "scan.shard.getrecords.intervalmillis", Aliases: []string{"source.reader.empty-records-fetch-interval"}, Type: option.Milliseconds, Default: "200", Check: checkInterval,
		Doc: "Pause between two reads of a shard that has nothing more at the moment. While there is more, it is read without a pause, as far as 'scan.shard.getrecords.quota' allows.",
	},
	{
		Key: "scan.shard.getrecords.quota", Type: option.Enum, Enum: []string{quotaAWS, quotaNone}, Default: quotaAWS,
		Doc: "'aws' keeps within what a shard allows, 5 reads and 2 MiB a second; AWS throttles whoever asks for more. 'none' reads as fast as it can: for servers without that limit.",
	},
}

var (
	// As in Flink's AWS connectors, with regions numbered past 9.
	regionPattern = regexp.MustCompile(`^[a-z]+-([a-z]+-?[a-z]+-([0-9]+|global)|global)$`)
	namePattern   = regexp.MustCompile(`^` + streamNameCharacter + `{1,128}$`)
)

func checkStream(text string) error {
	_, err := parseStream(text)
	return err
}

func checkRegion(text string) error {
	if !regionPattern.MatchString(text) {
		return errors.New("not an AWS region, such as us-east-1")
	}
	return nil
}

func checkEndpoint(text string) error {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return errors.New("not a URL that begins with http:// or https://")
	}
	return nil
}

func checkTimestampFormat(text string) error {
	_, err := parseFormat(text)
	return err
}

func checkInterval(text string) error {
	d, _ := option.ParseDuration(text) // well-formed: the table's type has been checked
	if d < 0 || d >= iteratorLifetime {
		return fmt.Errorf("must be below %d milliseconds, when a shard iterator expires", iteratorLifetime.Milliseconds())
	}
	return nil
}

func checkTime(text string) error {
	if d, _ := option.ParseDuration(text); d < 0 {
		return errors.New("must not be negative")
	}
	return nil
}

func checkPositiveTime(text string) error {
	if d, _ := option.ParseDuration(text); d < time.Millisecond {
		return errors.New("must be 1 millisecond or more")
	}
	return nil
}

var checkCount = option.Range(0, 1_000_000)

func checkExponent(text string) error {
	if f, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64); err != nil || !(f >= 1 && f <= 100) {
		return errors.New("must be between 1 and 100")
	}
	return nil
}
