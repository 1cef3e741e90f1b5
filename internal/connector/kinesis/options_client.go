package kinesis

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// clientPrefix begins the properties of Java's client (ClientConfiguration), which Flink's first
// consumer passes on.
const clientPrefix = "aws.clientconfig."

// The properties that act.
const (
	clientConnectTimeout = "connectionTimeout"
	clientSocketTimeout  = "socketTimeout"
	clientRequestTimeout = "requestTimeout"
	clientMaxConnections = "maxConnections"
	clientMaxIdle        = "connectionMaxIdleMillis"
	clientKeepAlive      = "useTcpKeepAlive"
	clientProxyHost      = "proxyHost"
	clientProxyPort      = "proxyPort"
	clientProxyProtocol  = "proxyProtocol"
	clientProxyUser      = "proxyUsername"
	clientNoProxy        = "nonProxyHosts"
	clientAgentPrefix    = "userAgentPrefix"
	clientAgentSuffix    = "userAgentSuffix"

	// keyProxyPassword is a row of its own, because it is a secret.
	keyProxyPassword = clientPrefix + "proxyPassword"
)

// clientProperties are the properties that act. Those in place of an option of ours act where that is
// not set.
var clientProperties = []struct {
	name, instead string
	check         func(string) error
	doc           string
}{
	{clientConnectTimeout, "", checkMillis, "longest time, in milliseconds, to open a connection"},
	{clientSocketTimeout, "", checkMillis, "longest time, in milliseconds, until an answer begins"},
	{clientRequestTimeout, keyReadTimeout, checkMillis, ""},
	{clientMaxConnections, keyConnections, option.Range(1, 1_000_000), ""},
	{clientMaxIdle, "", checkMillis, "after how many milliseconds an unused connection is closed"},
	{clientKeepAlive, "", checkBoolean, "whether connections are kept alive; they are without it"},
	{clientProxyHost, "", nil, "a proxy for all calls; without it: HTTPS_PROXY and NO_PROXY"},
	{clientProxyPort, "", option.Range(1, 65535), "its port"},
	{clientProxyProtocol, "", checkProxyProtocol, "how it is spoken to, http or https"},
	{clientProxyUser, "", nil, "who asks it, with 'aws.clientconfig.proxyPassword'"},
	{clientNoProxy, "", nil, "hosts that are reached without it, separated by |, with * for any text"},
	{clientAgentPrefix, "", nil, "text before the User-Agent of calls"},
	{clientAgentSuffix, "", nil, "text after it"},
}

// clientOnlyJava are properties that tune what only Java's client has. They change no result, so they
// are ignored with a warning.
var clientOnlyJava = []string{
	"cacheResponseMetadata", "connectionTTL", "disableSocketProxy", "maxConsecutiveRetriesBeforeThrottling", "preemptiveBasicProxyAuth",
	"responseMetadataCacheSize", "socketReceiveBufferSizeHint", "socketSendBufferSizeHint", "useExpectContinue", "useGzip", "useReaper",
	"useThrottleRetries", "validateAfterInactivityMillis",
}

// clientElsewhere says what to set instead of properties that other options stand for.
var clientElsewhere = map[string]string{
	"clientexecutiontimeout": "the time for a call is '" + keyReadTimeout + "', and how often it is made again '" + getRecordsPrefix + "maxretries' and the like",
	"maxerrorretry":          "how often calls are made again is '" + getRecordsPrefix + "maxretries' and the like, for each kind of call",
	"protocol":               "write http:// or https:// in '" + keyEndpoint + "'",
}

// clientOptions are about the client, in Java's words.
var clientOptions = option.Table{
	{
		Key: clientPrefix, Prefix: true,
		Doc: "Properties of Java's client, as Flink's first consumer takes them. These act: " + docClientProperties() +
			" What only Java has is ignored with a warning; others are errors.",
	},
	{
		Key: keyProxyPassword, Secret: true,
		Doc: "Password of 'aws.clientconfig.proxyUsername'.",
	},
}

func docClientProperties() string {
	parts := make([]string, len(clientProperties))
	for i, p := range clientProperties {
		if p.instead != "" {
			parts[i] = p.name + " is '" + p.instead + "'"
		} else {
			parts[i] = p.name + " (" + p.doc + ")"
		}
	}
	return strings.Join(parts, ", ") + "."
}

func checkMillis(text string) error {
	if _, err := option.ParseDuration(text); err != nil {
		return err
	}
	return checkPositiveTime(text)
}

func checkBoolean(text string) error {
	if !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false") {
		return errors.New("must be true or false")
	}
	return nil
}

func checkProxyProtocol(text string) error {
	if !strings.EqualFold(text, "http") && !strings.EqualFold(text, "https") {
		return errors.New("must be http or https")
	}
	return nil
}

// checkClient looks at the properties of Java's client.
func checkClient(v *option.Values) error {
	given := v.WithPrefix(clientPrefix)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if err := checkClientProperty(name, given[name]); err != nil {
			err.Span = v.Span(clientPrefix + name)
			return err
		}
	}
	_, hasHost := clientProperty(v, clientProxyHost)
	for _, name := range []string{clientProxyPort, clientProxyProtocol, clientProxyUser, clientNoProxy} {
		if spelt, ok := spelling(given, name); ok && !hasHost {
			return diag.Errorf(diag.Option, v.Span(clientPrefix+spelt), "option %q has no effect without %q", clientPrefix+spelt, clientPrefix+clientProxyHost)
		}
	}
	if _, hasUser := clientProperty(v, clientProxyUser); v.IsSet(keyProxyPassword) && !hasUser {
		return diag.Errorf(diag.Option, v.Span(keyProxyPassword), "option %q has no effect without %q", keyProxyPassword, clientPrefix+clientProxyUser)
	}
	return nil
}

func checkClientProperty(name, value string) *diag.Error {
	names := slices.Clone(clientOnlyJava)
	for _, p := range clientProperties {
		if !strings.EqualFold(p.name, name) {
			names = append(names, p.name)
			continue
		}
		if p.check == nil {
			return nil
		}
		if err := p.check(value); err != nil {
			return diag.Errorf(diag.Option, diag.Span{}, "option %q: bad value %q: %w", clientPrefix+name, value, err)
		}
		return nil
	}
	if slices.ContainsFunc(clientOnlyJava, func(known string) bool { return strings.EqualFold(known, name) }) {
		return nil
	}
	err := diag.Errorf(diag.Option, diag.Span{}, "option %q is not supported: there is no such property of the client here", clientPrefix+name)
	if err.Hint = clientElsewhere[strings.ToLower(name)]; err.Hint == "" {
		err.Hint = diag.DidYouMean(name, names)
	}
	return err
}

// clientProperty returns a property of Java's client, in whatever case it is written.
func clientProperty(v *option.Values, name string) (text string, ok bool) {
	given := v.WithPrefix(clientPrefix)
	spelt, ok := spelling(given, name)
	return given[spelt], ok
}

// clientTime returns a property that is a time; false if it is not set.
func clientTime(v *option.Values, name string) (d time.Duration, ok bool) {
	text, ok := clientProperty(v, name)
	d, _ = option.ParseDuration(text) // checked by checkClient
	return d, ok
}
