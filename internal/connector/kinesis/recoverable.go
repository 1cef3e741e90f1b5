package kinesis

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// Keys of the list of exceptions that are always recovered from, as Flink takes it and as Flink's
// documentation writes it: what begins with the key goes on with 0].exception.
const (
	keyRecoverable     = "scan.shard.consumer.error.recoverable["
	keyRecoverableDocs = "shard.consumer.error.recoverable["
)

// errorClass is a kind of errors that has a Java class.
type errorClass struct {
	names   []string // of the classes
	matches func(err error) bool
}

// errorClasses are the Java classes of errors that calls of the service end with. Each code of the
// service is a class besides.
var errorClasses = []errorClass{
	{
		[]string{
			"java.net.SocketTimeoutException", "java.util.concurrent.TimeoutException", "io.netty.handler.timeout.ReadTimeoutException",
			"software.amazon.awssdk.core.exception.ApiCallTimeoutException", "software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException",
		},
		isTimeout,
	},
	{
		[]string{
			"java.io.IOException", "java.io.EOFException", "java.net.SocketException", "java.net.ConnectException", "java.net.UnknownHostException",
			"java.net.NoRouteToHostException", "com.amazonaws.SdkClientException", "com.amazonaws.AmazonClientException",
			"software.amazon.awssdk.core.exception.SdkClientException",
		},
		func(err error) bool { return errorCode(err) == "" },
	},
	{
		[]string{
			"com.amazonaws.AmazonServiceException", "com.amazonaws.services.kinesis.model.AmazonKinesisException",
			"software.amazon.awssdk.core.exception.SdkServiceException", "software.amazon.awssdk.awscore.exception.AwsServiceException",
			"software.amazon.awssdk.services.kinesis.model.KinesisException",
		},
		func(err error) bool { return errorCode(err) != "" },
	},
	{
		[]string{"java.lang.Throwable", "java.lang.Exception", "java.lang.RuntimeException", "com.amazonaws.SdkBaseException", "software.amazon.awssdk.core.exception.SdkException"},
		func(error) bool { return true },
	},
}

// packagesOfCodes are the packages in which each code of the service is a class.
var packagesOfCodes = []string{"com.amazonaws.services.kinesis.model.", "software.amazon.awssdk.services.kinesis.model."}

func isTimeout(err error) bool {
	if network, ok := errors.AsType[net.Error](err); ok && network.Timeout() {
		return true
	}
	return errors.Is(err, errCallTimeout)
}

// recoverables are the errors after which a call is made again for as long as it takes.
type recoverables []func(err error) bool

func (r recoverables) match(err error) bool {
	return slices.ContainsFunc(r, func(matches func(error) bool) bool { return matches(err) })
}

// newRecoverables reads the list of exceptions.
func newRecoverables(v *option.Values) (recoverables, error) {
	classes := map[string]string{} // by what stands behind the key
	for _, prefix := range []string{keyRecoverable, keyRecoverableDocs} {
		for rest, class := range v.WithPrefix(prefix) {
			if before, ok := classes[rest]; ok && before != class {
				return nil, diag.Errorf(diag.Option, diag.Span{}, "option %q is set twice, with different values", keyRecoverable+rest)
			}
			classes[rest] = class
		}
	}
	var out recoverables
	for n := range len(classes) {
		rest := fmt.Sprintf("%d].exception", n)
		class, ok := classes[rest]
		if !ok {
			return nil, diag.Errorf(diag.Option, diag.Span{}, "the list of recoverable exceptions has %d entries, but no option %q", len(classes), keyRecoverable+rest).
				WithHint("number them from 0, without a gap")
		}
		matches, err := recoverableClass(class)
		if err != nil {
			return nil, diag.Errorf(diag.Option, v.Span(keyRecoverable+rest), "option %q: %w", keyRecoverable+rest, err).
				WithHint("use the class of an error of the service, such as %sProvisionedThroughputExceededException, or one of %s",
					packagesOfCodes[1], strings.Join(errorClasses[0].names[:2], ", ")+", "+errorClasses[1].names[0])
		}
		out = append(out, matches)
	}
	return out, nil
}

// recoverableClass returns which errors a Java class stands for.
func recoverableClass(class string) (func(err error) bool, error) {
	for _, known := range errorClasses {
		if slices.Contains(known.names, class) {
			return known.matches, nil
		}
	}
	for _, prefix := range packagesOfCodes {
		code, ok := strings.CutPrefix(class, prefix)
		if _, known := lookupServiceError(code); ok && (known || code == "ExpiredIteratorException") {
			return func(err error) bool { return errorCode(err) == code }, nil
		}
	}
	return nil, fmt.Errorf("the exception class %q is not known here, because there is no Java here", class)
}

// checkRecoverable checks the list of exceptions.
func checkRecoverable(v *option.Values) error {
	_, err := newRecoverables(v)
	return err
}
