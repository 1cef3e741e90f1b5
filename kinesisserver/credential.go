package kinesisserver

import (
	"net/http"
	"strings"
)

// authorize finds the account and region a request speaks for. The signature itself is not verified.
func (s *Server) authorize(r *http.Request) (realmKey, error) {
	scope := realmKey{s.cfg.AccountID, s.cfg.Region}
	header := r.Header.Get("Authorization")
	query := r.URL.Query()
	credential := query.Get("X-Amz-Credential")
	switch {
	case header != "" && query.Has("X-Amz-Algorithm"):
		return scope, errorf(codeInvalidSignature,
			"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
	case header != "":
		var err error
		if credential, err = authorizationCredential(r, header); err != nil {
			return scope, err
		}
	case credential == "" && s.cfg.RequireSignature:
		return scope, errorf(codeMissingToken, "Missing Authentication Token")
	}
	return scope.narrowedBy(credential), nil
}

// narrowedBy takes region and account out of a credential, key/date/region/service/aws4_request. An
// access key id of 12 digits is an account: the convention by which one server serves several.
func (k realmKey) narrowedBy(credential string) realmKey {
	parts := strings.Split(credential, "/")
	if isAccountID(parts[0]) {
		k.account = parts[0]
	}
	if len(parts) == 5 && isName(parts[2]) {
		k.region = parts[2]
	}
	return k
}

// authorizationCredential returns the Credential of an Authorization header, which must be complete.
func authorizationCredential(r *http.Request, header string) (string, error) {
	fields := map[string]string{}
	for field := range strings.FieldsFuncSeq(header, func(c rune) bool { return c == ' ' || c == ',' }) {
		if name, value, ok := strings.Cut(field, "="); ok {
			fields[name] = value
		}
	}
	var problems strings.Builder
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[name] == "" {
			problems.WriteString("Authorization header requires '" + name + "' parameter. ")
		}
	}
	if r.Header.Get("X-Amz-Date") == "" && r.Header.Get("Date") == "" {
		problems.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	if problems.Len() > 0 {
		return "", errorf(codeIncompleteSignature, "%sAuthorization=%s", problems.String(), header)
	}
	return fields["Credential"], nil
}
