package kinesis

import (
	"slices"
	"strings"
)

// fault says what is at fault when the service refuses something for good.
type fault uint8

const (
	noFault     fault = iota // it passes
	accessFault              // who asks, or the key that encrypts the stream
	streamFault              // the stream
	recordFault              // something in the request: for PutRecords, one of its records
)

// serviceError is what a code of the service means: what to do about it, and why.
type serviceError struct {
	code   string
	do     outcome
	fault  fault
	reason string
}

// Reasons that several codes share.
const (
	reasonBusy        = "the service or the shard takes no more for now"
	reasonDown        = "the service has a fault of its own"
	reasonCredentials = "the credentials are not accepted"
	reasonKey         = "the key that encrypts the stream cannot be used"
)

// serviceErrors are the codes of the service. What is permanent is never tried again: it would hold
// up everything behind it for ever. A code that is not here counts by its HTTP status: 500 and above
// passes, anything else is permanent.
var serviceErrors = []serviceError{
	{"ProvisionedThroughputExceededException", throttled, noFault, reasonBusy},
	{"KMSThrottlingException", throttled, noFault, reasonBusy},
	{"LimitExceededException", throttled, noFault, reasonBusy},
	{"ThrottlingException", throttled, noFault, reasonBusy},

	{"InternalFailure", transient, noFault, reasonDown}, // of one record
	{"InternalFailureException", transient, noFault, reasonDown},
	{"ServiceUnavailable", transient, noFault, reasonDown},
	{"ResourceInUseException", transient, noFault, "the stream is being created"},

	{"AccessDeniedException", permanent, accessFault, "the identity may not do that"},
	{"NotAuthorized", permanent, accessFault, "the identity may not do that"},
	{"KMSAccessDeniedException", permanent, accessFault, reasonKey},
	{"KMSDisabledException", permanent, accessFault, reasonKey},
	{"KMSInvalidStateException", permanent, accessFault, reasonKey},
	{"KMSNotFoundException", permanent, accessFault, reasonKey},
	{"KMSOptInRequired", permanent, accessFault, reasonKey},
	{"UnrecognizedClientException", permanent, accessFault, reasonCredentials},
	{"InvalidClientTokenId", permanent, accessFault, reasonCredentials},
	{"InvalidSignatureException", permanent, accessFault, reasonCredentials},
	{"SignatureDoesNotMatch", permanent, accessFault, reasonCredentials},
	{"IncompleteSignatureException", permanent, accessFault, reasonCredentials},
	{"MissingAuthenticationTokenException", permanent, accessFault, reasonCredentials},
	{"ExpiredTokenException", permanent, accessFault, reasonCredentials},
	{"ExpiredToken", permanent, accessFault, reasonCredentials},

	{"ResourceNotFoundException", permanent, streamFault, "there is no such stream, or it was deleted"},

	{"InvalidArgumentException", permanent, recordFault, "the service does not take what is in the request"},
	{"ValidationException", permanent, recordFault, "the service does not take what is in the request"},
	{"SerializationException", permanent, recordFault, "the service cannot read the request"},
}

// lookupServiceError returns what a code means; false if it is not known.
func lookupServiceError(code string) (serviceError, bool) {
	i := slices.IndexFunc(serviceErrors, func(e serviceError) bool { return e.code == code })
	if i < 0 {
		return serviceError{do: permanent}, false
	}
	return serviceErrors[i], true
}

// faultOf returns what is at fault when the service answers with a code.
func faultOf(code string) fault {
	e, _ := lookupServiceError(code)
	return e.fault
}

// Denies reports whether the service answers with a code when it does not let a request through:
// because of who asks, or because of the key that encrypts the stream.
func Denies(code string) bool { return faultOf(code) == accessFault }

// docFinalErrors lists the codes that end a job, for the reference documentation.
func docFinalErrors() string { return docServiceErrors(accessFault, streamFault) }

// docBadRecordErrors lists the codes that are about a record.
func docBadRecordErrors() string { return docServiceErrors(recordFault) }

func docServiceErrors(faults ...fault) string {
	var parts []string
	for i, e := range serviceErrors {
		if !slices.Contains(faults, e.fault) {
			continue
		}
		text := e.code
		if i+1 == len(serviceErrors) || serviceErrors[i+1].reason != e.reason {
			text += " (" + e.reason + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ") + "."
}
