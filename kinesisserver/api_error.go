package kinesisserver

import (
	"fmt"
	"net/http"
)

// apiError is an error as a client sees it.
type apiError struct {
	status  int
	code    string
	message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// Error codes of the service.
const (
	codeAccessDenied            = "AccessDeniedException"
	codeDryRun                  = "DryRunOperationException"
	codeExpiredIterator         = "ExpiredIteratorException"
	codeExpiredNextToken        = "ExpiredNextTokenException"
	codeIncompleteSignature     = "IncompleteSignatureException"
	codeInternalFailure         = "InternalFailureException"
	codeInvalidArgument         = "InvalidArgumentException"
	codeInvalidSignature        = "InvalidSignatureException"
	codeLimitExceeded           = "LimitExceededException"
	codeMissingToken            = "MissingAuthenticationTokenException"
	codeProvisionedThroughput   = "ProvisionedThroughputExceededException"
	codeRecordFailure           = "InternalFailure" // of a single record in PutRecords
	codeResourceInUse           = "ResourceInUseException"
	codeResourceNotFound        = "ResourceNotFoundException"
	codeSerialization           = "SerializationException"
	codeUnknownOperation        = "UnknownOperationException"
	codeUnsupportedByThisServer = "UnsupportedOperationException"
	codeValidation              = "ValidationException"
)

// errorf makes a client error (HTTP 400).
func errorf(code, format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

// newAPIError makes an error of a code that is not known beforehand.
func newAPIError(code, message string) *apiError {
	status := http.StatusBadRequest
	if code == codeInternalFailure || code == codeRecordFailure {
		status = http.StatusInternalServerError
	}
	return &apiError{status: status, code: code, message: message}
}

func errInvalidArgument(format string, args ...any) *apiError {
	return errorf(codeInvalidArgument, format, args...)
}

func errResourceInUse(format string, args ...any) *apiError {
	return errorf(codeResourceInUse, format, args...)
}

func errResourceNotFound(format string, args ...any) *apiError {
	return errorf(codeResourceNotFound, format, args...)
}

func errValidation(format string, args ...any) *apiError {
	return errorf(codeValidation, format, args...)
}

func errSerialization(format string, args ...any) *apiError {
	return errorf(codeSerialization, format, args...)
}

func errLimitExceeded(format string, args ...any) *apiError {
	return errorf(codeLimitExceeded, format, args...)
}

func errInternalFailure() *apiError {
	return newAPIError(codeInternalFailure, "Internal Service Failure")
}

func errStreamNotFound(name, account string) *apiError {
	return errResourceNotFound("Stream %s under account %s not found.", name, account)
}

// errShardNotFound is the answer where a shard is named to be changed or listed.
func errShardNotFound(id, name, account string) *apiError {
	return errResourceNotFound("Could not find shard %s in stream %s under account %s.", id, name, account)
}

// errNoSuchShard is the answer where a shard is named to be read.
func errNoSuchShard(id, name, account string) *apiError {
	return errResourceNotFound("Shard %s in stream %s under account %s does not exist", id, name, account)
}

func errShardLimit(account, region string, open, limit, additional int) *apiError {
	return errLimitExceeded("This request would exceed the shard limit for the account %s in %s. "+
		"Current shard count for the account: %d. Limit: %d. "+
		"Number of additional shards that would have resulted from this request: %d. "+
		"Refer to the AWS Service Limits page "+
		"(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) "+
		"for current limits and how to request higher limits.", account, region, open, limit, additional)
}
