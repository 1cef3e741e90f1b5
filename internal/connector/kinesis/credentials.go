package kinesis

import (
	"context"
	"errors"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// credentialKind is a value of aws.credentials.provider, or what stands for none.
func credentialKind(v *option.Values) string {
	if kind := v.String("aws.credentials.provider"); kind != "" {
		return kind
	}
	if v.IsSet("aws.credentials.basic.accesskeyid") && v.IsSet("aws.credentials.basic.secretkey") {
		return credentialsBasic
	}
	return credentialsAuto
}

// checkCredentials finds options of one way to get credentials beside another way.
func checkCredentials(v *option.Values) error {
	kind := credentialKind(v)
	belongs := []struct{ key, kind string }{
		{"aws.credentials.basic.accesskeyid", credentialsBasic},
		{"aws.credentials.basic.secretkey", credentialsBasic},
		{"aws.credentials.basic.sessiontoken", credentialsBasic},
		{"aws.credentials.profile.name", credentialsProfile},
		{"aws.credentials.profile.path", credentialsProfile},
	}
	for _, option := range belongs {
		if v.IsSet(option.key) && option.kind != kind {
			return diag.Errorf(diag.Option, v.Span(option.key), "option %q has no effect with the credentials provider %s", option.key, kind).
				WithHint("add 'aws.credentials.provider' = '%s' and what belongs to it", option.kind)
		}
	}
	if kind == credentialsBasic && (v.String("aws.credentials.basic.accesskeyid") == "" || v.String("aws.credentials.basic.secretkey") == "") {
		return diag.Errorf(diag.Option, v.Span("aws.credentials.provider"), "the credentials provider BASIC needs two keys").
			WithHint("set 'aws.credentials.basic.accesskeyid' and 'aws.credentials.basic.secretkey'")
	}
	return nil
}

// credentialOptions returns the provider that the options ask for, nil to leave it to the SDK's
// chain, and what the chain has to be told.
func credentialOptions(v *option.Values, load []func(*config.LoadOptions) error) (aws.CredentialsProvider, []func(*config.LoadOptions) error) {
	static := credentials.NewStaticCredentialsProvider(
		v.String("aws.credentials.basic.accesskeyid"), v.String("aws.credentials.basic.secretkey"), v.String("aws.credentials.basic.sessiontoken"))
	profile := cmpString(v.String("aws.credentials.profile.name"), os.Getenv("AWS_PROFILE"), "default")
	path := v.String("aws.credentials.profile.path")
	switch credentialKind(v) {
	case credentialsBasic:
		return static, load
	case credentialsEnvironment:
		return environmentCredentials{}, load
	case credentialsProfile:
		load = append(load, config.WithSharedConfigProfile(profile))
		if path != "" {
			load = append(load, config.WithSharedCredentialsFiles([]string{path}))
		}
	}
	return nil, load
}

// environmentCredentials reads the environment and nothing else.
type environmentCredentials struct{}

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

// resolveCredentials returns where requests get their credentials from: the chosen provider, else the
// chain. It asks once, so that a job without credentials fails before it begins. A server on this
// machine gets made-up ones if there are no others: it is no AWS.
func resolveCredentials(ctx context.Context, chain, chosen aws.CredentialsProvider, local bool) (aws.CredentialsProvider, error) {
	provider := chain
	if chosen != nil {
		provider = aws.NewCredentialsCache(chosen)
	}
	_, err := provider.Retrieve(ctx)
	switch {
	case err == nil:
		return provider, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case local && chosen == nil:
		return credentials.NewStaticCredentialsProvider("penstock", "penstock", ""), nil
	}
	return nil, &diag.Error{
		Kind: diag.Denied, Msg: "no AWS credentials found", Err: err,
		Hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile with AWS_PROFILE, or set 'aws.credentials.provider'",
	}
}

// configError explains why the AWS configuration could not be read.
func configError(err error) error {
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return diag.Errorf(diag.Denied, diag.Span{}, "there is no AWS profile %q", missing.Profile).
			WithHint("aws configure list-profiles shows the profiles there are")
	}
	return diag.Errorf(diag.Denied, diag.Span{}, "read AWS configuration: %w", err)
}
