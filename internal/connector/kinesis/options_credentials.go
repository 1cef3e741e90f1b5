package kinesis

import "github.com/penstock-io/penstock/internal/option"

// Keys of credential options begin with one of these: in SQL, and in Flink's programs.
const (
	credentialsPrefix        = "aws.credentials."
	credentialsProgramPrefix = "aws.credentials.provider."
)

const (
	nestedProvider = "role.provider." // what the keys of a role's own provider begin with
	customClass    = "custom.class"
)

// credentialOptions are about credentials. A role's own provider is set by the same keys behind
// 'aws.credentials.role.provider', and so on for the provider of that provider.
var credentialOptions = option.Table{
	{
		Key: credentialsPrefix + "provider", Type: option.Enum, Enum: credentialKinds,
		Doc: "Where AWS credentials come from: the SDK's default chain (AUTO), the keys below (BASIC), environment variables only (ENV_VAR), the properties aws.accessKeyId and aws.secretAccessKey given with -D (SYS_PROP), " +
			"a profile (PROFILE), a role (ASSUME_ROLE), a role by the token of an identity provider (WEB_IDENTITY_TOKEN), a command (CUSTOM). Default: BASIC if the keys are set, else AUTO. " +
			"With AUTO and an endpoint on this machine, no credentials are needed.",
	},
	credentialRow("basic.accesskeyid", false, "AWS access key id of the BASIC provider."),
	credentialRow("basic.secretkey", true, "AWS secret access key of the BASIC provider."),
	credentialRow("basic.sessiontoken", true, "AWS session token of the BASIC provider, for temporary credentials."),
	credentialRow("profile.name", false, "Profile of the PROFILE provider. Default: AWS_PROFILE, else \"default\"."),
	credentialRow("profile.path", false, "Credentials file of the PROFILE provider. Default: the SDK's."),
	credentialRow("role.arn", false, "Role of the providers ASSUME_ROLE and WEB_IDENTITY_TOKEN. WEB_IDENTITY_TOKEN without it: AWS_ROLE_ARN."),
	credentialRow("role.sessionName", false, "Name of the session in the role, which AWS's logs show. Default: \"penstock\", and for WEB_IDENTITY_TOKEN AWS_ROLE_SESSION_NAME before that."),
	credentialRow("role.externalId", false, "External id that the owner of the role of ASSUME_ROLE asks for."),
	credentialRow("role.stsEndpoint", false, "URL of the Security Token Service. Without it: AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, the AWS profile, the endpoint of the region."),
	{
		Key: credentialsPrefix + "role.provider", Aliases: []string{credentialsProgramPrefix + "role.provider"}, Type: option.Enum, Enum: credentialKinds,
		Doc: "Where the credentials come from that ASSUME_ROLE takes the role with. It has options of its own: 'aws.credentials.role.provider.basic.accesskeyid', 'aws.credentials.role.provider.role.arn' and so on.",
	},
	{
		Key: credentialsPrefix + nestedProvider, Prefix: true, Secret: true,
		Doc: "An option of the provider in 'aws.credentials.role.provider': the same as those of 'aws.credentials.provider'.",
	},
	{
		Key: credentialsProgramPrefix + nestedProvider, Prefix: true, Secret: true,
		Doc: "The same as 'aws.credentials.role.provider.', as Flink's programs write it.",
	},
	credentialRow("webIdentityToken.file", false, "File with the token of the WEB_IDENTITY_TOKEN provider. Default: AWS_WEB_IDENTITY_TOKEN_FILE."),
	credentialRow("custom.process", true, "Command of the CUSTOM provider. It prints credentials as JSON, as the setting credential_process of an AWS profile wants it."),
	credentialRow(customClass, false, "Not possible: names a Java class. Use 'aws.credentials.custom.process'."),
}

func credentialRow(name string, secret bool, doc string) option.Row {
	return option.Row{Key: credentialsPrefix + name, Aliases: []string{credentialsProgramPrefix + name}, Secret: secret, Doc: doc}
}
