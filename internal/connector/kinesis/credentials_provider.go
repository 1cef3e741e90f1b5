package kinesis

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// loadOptions adds what the SDK's chain has to be told.
func (c *credentialSettings) loadOptions(load []func(*config.LoadOptions) error) []func(*config.LoadOptions) error {
	if c.kind != credentialsProfile {
		return load
	}
	profile := cmp.Or(c.values["profile.name"], os.Getenv("AWS_PROFILE"), "default")
	load = append(slices.Clip(load), config.WithSharedConfigProfile(profile))
	if path := c.values["profile.path"]; path != "" {
		load = append(load, config.WithSharedCredentialsFiles([]string{path}))
	}
	return load
}

// credentialLoader makes providers out of settings.
type credentialLoader struct {
	program  Config
	settings aws.Config                        // with the credentials of the chain
	load     []func(*config.LoadOptions) error // what the settings were loaded with
	sts      *awshttp.BuildableClient          // verifies certificates, whatever Kinesis's client does
}

// provider returns the provider that the settings ask for, nil to leave it to the SDK's chain. The
// chain of the outermost provider has been told about the profile.
func (l credentialLoader) provider(ctx context.Context, c *credentialSettings, outermost bool) (aws.CredentialsProvider, error) {
	switch c.kind {
	case credentialsBasic:
		return credentials.NewStaticCredentialsProvider(c.values["basic.accesskeyid"], c.values["basic.secretkey"], c.values["basic.sessiontoken"]), nil
	case credentialsEnvironment:
		return environmentCredentials{}, nil
	case credentialsProperties:
		return propertyCredentials(l.program.SystemProperties), nil
	case credentialsRole:
		return l.role(ctx, c)
	case credentialsIdentity:
		return l.identity(c)
	case credentialsCustom:
		return processcreds.NewProvider(c.values["custom.process"]), nil
	case credentialsProfile:
		if outermost {
			return nil, nil
		}
		settings, err := config.LoadDefaultConfig(ctx, c.loadOptions(l.load)...)
		if err != nil {
			return nil, awsclient.ConfigError(err)
		}
		return settings.Credentials, nil
	}
	// As in Java's chain, the properties come after the environment.
	if p := propertyCredentials(l.program.SystemProperties); p.present() && !(environmentCredentials{}).present() {
		return p, nil
	}
	return nil, nil
}

// role returns credentials of a role that is taken with the credentials of another provider.
func (l credentialLoader) role(ctx context.Context, c *credentialSettings) (aws.CredentialsProvider, error) {
	base, err := l.provider(ctx, c.base, false)
	if err != nil {
		return nil, err
	}
	settings := l.settings.Copy()
	if base != nil {
		settings.Credentials = aws.NewCredentialsCache(base)
	}
	return stscreds.NewAssumeRoleProvider(l.stsClient(settings, c), c.values["role.arn"], func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = cmp.Or(c.values["role.sessionName"], defaultSession)
		if id := c.values["role.externalId"]; id != "" {
			o.ExternalID = &id
		}
	}), nil
}

// defaultSession is the name of sessions in roles.
const defaultSession = "penstock"

// identity returns credentials of a role that a token gives the right to.
func (l credentialLoader) identity(c *credentialSettings) (aws.CredentialsProvider, error) {
	arn := cmp.Or(c.values["role.arn"], os.Getenv("AWS_ROLE_ARN"))
	file := cmp.Or(c.values["webIdentityToken.file"], os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"))
	if arn == "" || file == "" {
		return nil, diag.Errorf(diag.Denied, diag.Span{}, "the credentials provider WEB_IDENTITY_TOKEN needs a role and a file with a token").
			WithHint("set '%[1]srole.arn' and '%[1]swebIdentityToken.file', or AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE", c.prefix)
	}
	session := cmp.Or(c.values["role.sessionName"], os.Getenv("AWS_ROLE_SESSION_NAME"), defaultSession)
	client := l.stsClient(l.settings.Copy(), c)
	return stscreds.NewWebIdentityRoleProvider(client, arn, stscreds.IdentityTokenFile(file), func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName = session
	}), nil
}

func (l credentialLoader) stsClient(settings aws.Config, c *credentialSettings) *sts.Client {
	settings.HTTPClient = l.sts
	return sts.NewFromConfig(settings, func(o *sts.Options) {
		if endpoint := c.values["role.stsEndpoint"]; endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})
}

// environmentCredentials reads the environment and nothing else.
type environmentCredentials struct{}

func (environmentCredentials) present() bool {
	env, err := config.NewEnvConfig()
	return err == nil && env.Credentials.HasKeys()
}

// Retrieve returns the credentials in the environment.
func (environmentCredentials) Retrieve(context.Context) (aws.Credentials, error) {
	env, err := config.NewEnvConfig()
	if err != nil {
		return aws.Credentials{}, err
	}
	if !env.Credentials.HasKeys() {
		return aws.Credentials{}, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
	}
	return env.Credentials, nil
}

// CredentialProperties are the system properties that may hold credentials.
var CredentialProperties = []string{"aws.accessKeyId", "aws.secretAccessKey", "aws.secretKey", "aws.sessionToken"}

// propertyCredentials reads system properties, by the names of both generations of Java's SDK.
type propertyCredentials map[string]string

func (p propertyCredentials) present() bool { return p["aws.accessKeyId"] != "" && p.secret() != "" }

func (p propertyCredentials) secret() string {
	return cmp.Or(p["aws.secretAccessKey"], p["aws.secretKey"])
}

// Retrieve returns the credentials in the properties.
func (p propertyCredentials) Retrieve(context.Context) (aws.Credentials, error) {
	if !p.present() {
		return aws.Credentials{}, errors.New("the properties aws.accessKeyId and aws.secretAccessKey are not set")
	}
	return aws.Credentials{
		AccessKeyID: p["aws.accessKeyId"], SecretAccessKey: p.secret(), SessionToken: p["aws.sessionToken"], Source: "system properties",
	}, nil
}

// resolve returns where requests get their credentials from: the chosen provider, else the
// chain. It asks once, so that a job without credentials fails before it begins. A server on this
// machine gets made-up ones if there are no others: it is no AWS.
func (l credentialLoader) resolve(ctx context.Context, c *credentialSettings, local bool) (aws.CredentialsProvider, error) {
	chosen, err := l.provider(ctx, c, true)
	if err != nil {
		return nil, err
	}
	provider := l.settings.Credentials
	if chosen != nil {
		provider = aws.NewCredentialsCache(chosen)
	}
	_, err = provider.Retrieve(ctx)
	switch {
	case err == nil:
		return provider, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case local && c.kind == credentialsAuto:
		return awsclient.LocalCredentials(), nil
	}
	return nil, c.noCredentials(err)
}

// noCredentials says that a provider has none.
func (c *credentialSettings) noCredentials(err error) error {
	reason := serviceText(err)
	for _, secret := range c.secrets() {
		reason = strings.ReplaceAll(reason, secret, option.Redacted)
	}
	fail := func(message, hint string) error {
		return &diag.Error{Kind: diag.Denied, Msg: message, Hint: hint, Err: errors.New(reason)}
	}
	switch c.kind {
	case credentialsRole, credentialsIdentity:
		return fail("cannot take the role "+cmp.Or(c.values["role.arn"], os.Getenv("AWS_ROLE_ARN"))+": "+reason,
			"the role has to trust whoever takes it; aws sts assume-role shows the same error")
	case credentialsCustom:
		return fail("the command of the credentials provider CUSTOM failed: "+reason,
			"run it by hand: it has to print a JSON object with Version, AccessKeyId and SecretAccessKey")
	case credentialsProperties:
		return fail("no AWS credentials found: "+reason, "give them with -D aws.accessKeyId=... -D aws.secretAccessKey=...")
	}
	return fail("no AWS credentials found", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile with AWS_PROFILE, or set 'aws.credentials.provider'")
}
