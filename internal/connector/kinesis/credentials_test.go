package kinesis

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-io/penstock/internal/diag"
)

// tokenService is a stand-in for AWS's Security Token Service. It gives out credentials that are named
// after the role, to everybody but "nobody".
type tokenService struct {
	*httptest.Server
	mu       sync.Mutex
	requests []url.Values // what was asked for, with the access key id of who asked as "key"
}

func newTokenService(t *testing.T) *tokenService {
	t.Helper()
	s := &tokenService{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *tokenService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // an empty form fails the test as well
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	r.Form.Set("key", strings.Split(credential, "/")[0])
	s.mu.Lock()
	s.requests = append(s.requests, r.Form)
	s.mu.Unlock()
	action, role := r.Form.Get("Action"), r.Form.Get("RoleArn")
	w.Header().Set("Content-Type", "text/xml")
	if r.Form.Get("key") == "nobody" {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>nobody may take %s</Message></Error></ErrorResponse>`, role)
		return
	}
	name := role[strings.LastIndexByte(role, '/')+1:]
	fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials><AccessKeyId>AKID-%[2]s</AccessKeyId>`+
		`<SecretAccessKey>secret-%[2]s</SecretAccessKey><SessionToken>token-%[2]s</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>`+
		`<AssumedRoleUser><Arn>%[3]s</Arn><AssumedRoleId>x:y</AssumedRoleId></AssumedRoleUser></%[1]sResult></%[1]sResponse>`, action, name, role)
}

// retrieve opens a table with options and returns what its requests are signed with.
func retrieve(t *testing.T, config Config, options ...string) (string, error) {
	t.Helper()
	src, err := openWith(t, config, append([]string{"stream", "clicks", "aws.region", "us-east-1"}, options...)...)
	if err != nil {
		return "", err
	}
	defer src.Close()
	got, err := src.(*source).Options().Credentials.Retrieve(t.Context())
	return got.AccessKeyID + " " + got.SecretAccessKey + " " + got.SessionToken, err
}

func wantCredentials(t *testing.T, want string, config Config, options ...string) {
	t.Helper()
	if got, err := retrieve(t, config, options...); err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestRoleIsTakenWithTheKeysOfTheOptions(t *testing.T) {
	for _, prefix := range []string{"aws.credentials.", "aws.credentials.provider."} {
		noAWS(t)
		sts := newTokenService(t)
		wantCredentials(t, "AKID-reader secret-reader token-reader", Config{},
			"aws.credentials.provider", "assume_role", prefix+"role.arn", "arn:aws:iam::123456789012:role/reader", prefix+"role.sessionName", "etl",
			prefix+"role.externalId", "partner", prefix+"role.stsEndpoint", sts.URL, prefix+"role.provider", "BASIC",
			prefix+"role.provider.basic.accesskeyid", "AKIDBASE", prefix+"role.provider.basic.secretkey", "hush")
		r := sts.requests[0]
		if len(sts.requests) != 1 || r.Get("Action") != "AssumeRole" || r.Get("RoleSessionName") != "etl" || r.Get("ExternalId") != "partner" || r.Get("key") != "AKIDBASE" {
			t.Errorf("asked for %v", sts.requests)
		}
	}
}

// A role that is taken with a role that is taken with a profile.
func TestRolesNest(t *testing.T) {
	noAWS(t)
	sts := newTokenService(t)
	wantCredentials(t, "AKID-inner secret-inner token-inner", Config{},
		"aws.credentials.provider", "ASSUME_ROLE", "aws.credentials.role.arn", "arn:aws:iam::1:role/inner", "aws.credentials.role.stsEndpoint", sts.URL,
		"aws.credentials.role.provider", "ASSUME_ROLE",
		"aws.credentials.role.provider.role.arn", "arn:aws:iam::1:role/outer", "aws.credentials.role.provider.role.stsendpoint", sts.URL,
		"aws.credentials.role.provider.role.provider", "PROFILE", "aws.credentials.role.provider.role.provider.profile.name", "dev",
		"aws.credentials.provider.role.provider.role.provider.profile.path", "testdata/credentials")
	if len(sts.requests) != 2 || sts.requests[0].Get("key") != "AKIDDEV" || sts.requests[1].Get("key") != "AKID-outer" || sts.requests[1].Get("RoleSessionName") != "penstock" {
		t.Errorf("asked for %v", sts.requests)
	}
}

func TestRoleIsTakenWithTheChainByDefault(t *testing.T) {
	noAWS(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "y")
	sts := newTokenService(t)
	t.Setenv("AWS_ENDPOINT_URL_STS", sts.URL)
	wantCredentials(t, "AKID-reader secret-reader token-reader", Config{},
		"aws.credentials.provider", "ASSUME_ROLE", "aws.credentials.role.arn", "arn:aws:iam::1:role/reader")
	if len(sts.requests) != 1 || sts.requests[0].Get("key") != "AKIDENV" {
		t.Errorf("asked for %v", sts.requests)
	}
}

func TestRoleIsTakenWithAWebIdentityToken(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("eyJ.web.token"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env     map[string]string
		options []string
		session string
	}{
		"options": {nil, []string{
			"aws.credentials.role.arn", "arn:aws:iam::1:role/web", "aws.credentials.webIdentityToken.file", token, "aws.credentials.role.sessionName", "mine",
		}, "mine"},
		"environment": {map[string]string{"AWS_ROLE_ARN": "arn:aws:iam::1:role/web", "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_SESSION_NAME": "theirs"}, nil, "theirs"},
	} {
		t.Run(name, func(t *testing.T) {
			noAWS(t)
			for key, value := range test.env {
				t.Setenv(key, value)
			}
			sts := newTokenService(t)
			options := append([]string{"aws.credentials.provider", "WEB_IDENTITY_TOKEN", "aws.credentials.role.stsEndpoint", sts.URL}, test.options...)
			wantCredentials(t, "AKID-web secret-web token-web", Config{}, options...)
			r := sts.requests[0]
			if r.Get("Action") != "AssumeRoleWithWebIdentity" || r.Get("WebIdentityToken") != "eyJ.web.token" || r.Get("RoleSessionName") != test.session || r.Get("key") != "" {
				t.Errorf("asked for %v", r)
			}
		})
	}
	noAWS(t)
	_, err := retrieve(t, Config{}, "aws.credentials.provider", "WEB_IDENTITY_TOKEN")
	wantError(t, err, `
error: the credentials provider WEB_IDENTITY_TOKEN needs a role and a file with a token
  hint: set 'aws.credentials.role.arn' and 'aws.credentials.webIdentityToken.file', or AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE`)
}

func TestSystemPropertiesHaveCredentials(t *testing.T) {
	noAWS(t)
	second := Config{SystemProperties: map[string]string{"aws.accessKeyId": "p", "aws.secretAccessKey": "q", "aws.sessionToken": "r"}}
	first := Config{SystemProperties: map[string]string{"aws.accessKeyId": "p", "aws.secretKey": "q"}}
	wantCredentials(t, "p q r", second, "aws.credentials.provider", "SYS_PROP")
	wantCredentials(t, "p q ", first, "aws.credentials.provider", "SYS_PROP")
	wantCredentials(t, "p q ", first) // the chain looks there as well
	_, err := retrieve(t, Config{}, "aws.credentials.provider", "SYS_PROP")
	wantError(t, err, `
error: no AWS credentials found: the properties aws.accessKeyId and aws.secretAccessKey are not set
  hint: give them with -D aws.accessKeyId=... -D aws.secretAccessKey=...`)
	t.Setenv("AWS_ACCESS_KEY_ID", "x")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "y")
	wantCredentials(t, "x y ", first) // but only after the environment
	wantCredentials(t, "p q ", first, "aws.credentials.provider", "SYS_PROP")
}

func TestCommandPrintsCredentials(t *testing.T) {
	noAWS(t)
	wantCredentials(t, "AKIDCMD s t", Config{}, "aws.credentials.provider", "CUSTOM",
		"aws.credentials.custom.process", `echo '{"Version":1,"AccessKeyId":"AKIDCMD","SecretAccessKey":"s","SessionToken":"t"}'`)
	_, err := retrieve(t, Config{}, "aws.credentials.provider", "CUSTOM", "aws.credentials.custom.process", "exit 3 # password=hush")
	if err == nil || !strings.HasPrefix(err.Error(), "the command of the credentials provider CUSTOM failed: ") || strings.Contains(diag.Render(err), "hush") {
		t.Errorf("got %v", err)
	}
}

func TestRefusedRoleIsExplained(t *testing.T) {
	noAWS(t)
	sts := newTokenService(t)
	_, err := retrieve(t, Config{}, "aws.credentials.provider", "ASSUME_ROLE", "aws.credentials.role.arn", "arn:aws:iam::1:role/reader", "aws.credentials.role.stsEndpoint", sts.URL,
		"aws.credentials.role.provider.basic.accesskeyid", "nobody", "aws.credentials.role.provider.basic.secretkey", "hush")
	wantError(t, err, `
error: cannot take the role arn:aws:iam::1:role/reader: nobody may take arn:aws:iam::1:role/reader
  hint: the role has to trust whoever takes it; aws sts assume-role shows the same error`)
	if diag.KindOf(err) != diag.Denied {
		t.Errorf("kind %v", diag.KindOf(err))
	}
}

func TestCredentialOptionsAreChecked(t *testing.T) {
	const role = "aws.credentials.provider=ASSUME_ROLE aws.credentials.role.arn=arn:aws:iam::1:role/r "
	for _, test := range []struct{ options, want string }{
		{"aws.credentials.provider=ASSUME_ROLE", `the credentials provider ASSUME_ROLE needs a role`},
		{"aws.credentials.provider=CUSTOM", `the credentials provider CUSTOM needs a command`},
		{
			"aws.credentials.provider=CUSTOM aws.credentials.custom.class=com.example.Mine",
			`option "aws.credentials.custom.class" names a Java class, which cannot be loaded here`,
		},
		{"aws.credentials.role.arn=x", `option "aws.credentials.role.arn" has no effect with the credentials provider AUTO`},
		{
			"aws.credentials.provider=BASIC aws.credentials.basic.accesskeyid=a aws.credentials.basic.secretkey=b aws.credentials.role.provider.basic.accesskeyid=c",
			`option "aws.credentials.role.provider.basic.accesskeyid" has no effect with the credentials provider BASIC`,
		},
		{role + "aws.credentials.role.stsEndpoint=sts.local", `option "aws.credentials.role.stsEndpoint": bad value "sts.local": not a URL that begins with http:// or https://`},
		{role + "aws.credentials.role.provider=BASIC", `the credentials provider BASIC needs two keys`},
		{role + "aws.credentials.role.provider=MAGIC", `option "aws.credentials.role.provider" of table "clicks": bad value "MAGIC"`},
		{role + "aws.credentials.role.provider.provider=MAGIC", `there is no credentials provider "MAGIC"`},
		{role + "aws.credentials.role.provider.basic.key=x", `unknown option "aws.credentials.role.provider.basic.key"`},
		{
			role + "aws.credentials.role.provider.basic.accesskeyid=a aws.credentials.provider.role.provider.basic.accesskeyid=b",
			`option "aws.credentials.role.provider.basic.accesskeyid" is set twice, with different values`,
		},
		{
			role + "aws.credentials.role.provider=PROFILE aws.credentials.role.provider.basic.secretkey=hush",
			`option "aws.credentials.role.provider.basic.secretkey" has no effect with the credentials provider PROFILE`,
		},
		{
			role + "aws.credentials.role.provider=ASSUME_ROLE",
			`the credentials provider ASSUME_ROLE needs a role`,
		},
	} {
		var pairs []string
		for pair := range strings.FieldsSeq(test.options) {
			key, value, _ := strings.Cut(pair, "=")
			pairs = append(pairs, key, value)
		}
		table, err := declare(pairs...)
		if err == nil {
			err = check(table)
		}
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(diag.Render(err), "hush") {
			t.Errorf("%s\ngot  %v\nwant %s", test.options, err, test.want)
		}
	}
}

// Options that hold a secret are marked, whichever way they are spelt.
func TestCredentialsAreSecret(t *testing.T) {
	secret := regexp.MustCompile(`secretkey$|sessiontoken$|custom\.process$|role\.provider\.$|[pP]assword$`)
	var marked []string
	for _, row := range options {
		if row.Secret {
			marked = append(marked, row.Key)
		}
		if row.Secret != secret.MatchString(row.Key) {
			t.Errorf("option %q: secret is %t", row.Key, row.Secret)
		}
	}
	if len(marked) != 6 {
		t.Errorf("the secrets are %q", marked)
	}
}
