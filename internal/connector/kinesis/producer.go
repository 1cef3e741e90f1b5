package kinesis

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// producerPrefix begins the options of the Kinesis Producer Library (KPL).
const producerPrefix = "sink.producer."

// Keys after the prefix that act.
const (
	producerBufferedTime = "record-max-buffered-time"
	producerMaxSize      = "collection-max-size"
	producerMaxCount     = "collection-max-count"
	producerFailOnError  = "fail-on-error"
	producerVerify       = "verify-certificate"
	producerHost         = "kinesis-endpoint"
	producerPort         = "kinesis-port"
)

// producerKeys are the options of the KPL that act, with the meaning that the KPL gives them: each
// in place of an option of ours, which wins if both are set.
var producerKeys = []struct {
	key, instead string
	check        func(string) error
	doc          string
}{
	{producerBufferedTime, keyFlushTimeout, checkMillis, "milliseconds"},
	{producerMaxSize, keyFlushSize, checkProducerSize, "bytes; from 10 MiB on, 10 MiB"},
	{producerMaxCount, keyBatchSize, option.Range(1, maxRecordsPerPut), "records"},
	{producerFailOnError, keyFailOnError, checkBoolean, ""},
	{producerVerify, keyTrustAll, checkBoolean, "the opposite"},
	{producerHost, keyEndpoint, nil, "a host, always with https"},
	{producerPort, keyEndpoint, option.Range(1, 65535), "the port of kinesis-endpoint"},
}

func docProducerKeys() string {
	var parts []string
	for _, p := range producerKeys {
		text := p.key + " is '" + p.instead + "'"
		if p.doc != "" {
			text += " (" + p.doc + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ") + "."
}

// producerOption returns an option of the KPL that acts: nothing if ours is set.
func producerOption(v *option.Values, key string) (text string, ok bool) {
	for _, p := range producerKeys {
		if p.key == key && v.IsSet(p.instead) {
			return "", false
		}
	}
	given := v.WithPrefix(producerPrefix)
	name, ok := spelling(given, key)
	return given[name], ok
}

// spelling returns the key as it was given, in whatever case.
func spelling(given map[string]string, key string) (name string, ok bool) {
	for name := range given {
		if strings.EqualFold(name, key) {
			return name, true
		}
	}
	return "", false
}

// fromProducer fills in what the options of the KPL say; check has looked at them.
func (s *sinkSettings) fromProducer(v *option.Values) {
	if text, ok := producerOption(v, producerBufferedTime); ok {
		s.flushAfter, _ = option.ParseDuration(text)
	}
	if text, ok := producerOption(v, producerMaxSize); ok {
		size, _ := option.ParseSize(text)
		s.batchBytes = int(min(size, maxBytesPerPut))
	}
	if text, ok := producerOption(v, producerMaxCount); ok {
		s.batchRecords, _ = strconv.Atoi(text)
	}
	if text, ok := producerOption(v, producerFailOnError); ok {
		s.failOnError = strings.EqualFold(text, "true")
	}
}

// tableEndpoint returns the endpoint that a table asks for, "" for none.
func tableEndpoint(v *option.Values) string {
	host, ok := producerOption(v, producerHost)
	if !ok {
		return v.String(keyEndpoint)
	}
	if port, ok := producerOption(v, producerPort); ok {
		host += ":" + port
	}
	return "https://" + host
}

// trustsAll reports whether a table accepts any certificate.
func trustsAll(v *option.Values) bool {
	if verify, ok := producerOption(v, producerVerify); ok {
		return strings.EqualFold(verify, "false")
	}
	return v.Bool(keyTrustAll)
}

// checkProducer looks at the options of the KPL that act.
func checkProducer(v *option.Values) error {
	given := v.WithPrefix(producerPrefix)
	for _, key := range slices.Sorted(maps.Keys(given)) {
		for _, p := range producerKeys {
			if p.check == nil || !strings.EqualFold(p.key, key) {
				continue
			}
			if err := p.check(given[key]); err != nil {
				return diag.Errorf(diag.Option, v.Span(producerPrefix+key), "option %q: bad value %q: %w", producerPrefix+key, given[key], err)
			}
		}
	}
	port, hasPort := spelling(given, producerPort)
	if _, hasHost := spelling(given, producerHost); hasPort && !hasHost {
		return diag.Errorf(diag.Option, v.Span(producerPrefix+port), "option %q has no effect without %q", producerPrefix+port, producerPrefix+producerHost).
			WithHint("add the host, or use '%s' = 'https://host:port' instead of both", keyEndpoint)
	}
	if _, ok := producerOption(v, producerHost); ok {
		if err := checkEndpoint(tableEndpoint(v)); err != nil {
			return diag.Errorf(diag.Option, v.Span(producerPrefix+producerHost), "option %q must be the name of a host, such as kinesis.us-east-1.amazonaws.com", producerPrefix+producerHost)
		}
	}
	return nil
}

// warnOfProducer logs the options of the KPL that have no effect, each once.
func warnOfProducer(ctx context.Context, v *option.Values, table string, logger *slog.Logger) {
	for _, key := range slices.Sorted(maps.Keys(v.WithPrefix(producerPrefix))) {
		acts := false
		for _, p := range producerKeys {
			acts = acts || strings.EqualFold(p.key, key)
		}
		if !acts {
			logger.WarnContext(ctx, "option has no effect: there is no Kinesis Producer Library", slog.String("table", table), slog.String("option", producerPrefix+key))
		}
	}
}

func checkProducerSize(text string) error {
	n, err := option.ParseSize(text)
	if err == nil && n < 1 {
		err = errors.New("must be 1 byte or more")
	}
	return err
}
