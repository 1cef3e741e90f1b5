package kinesis

import (
	"maps"
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// Values of aws.credentials.provider.
const (
	credentialsAuto        = "AUTO"
	credentialsBasic       = "BASIC"
	credentialsEnvironment = "ENV_VAR"
	credentialsProperties  = "SYS_PROP"
	credentialsProfile     = "PROFILE"
	credentialsRole        = "ASSUME_ROLE"
	credentialsIdentity    = "WEB_IDENTITY_TOKEN"
	credentialsCustom      = "CUSTOM"
)

var credentialKinds = []string{
	credentialsAuto, credentialsBasic, credentialsEnvironment, credentialsProperties, credentialsProfile, credentialsRole,
	credentialsIdentity, credentialsCustom,
}

// kindsOf says with which providers a credential option has an effect.
var kindsOf = map[string][]string{
	"basic.accesskeyid":     {credentialsBasic},
	"basic.secretkey":       {credentialsBasic},
	"basic.sessiontoken":    {credentialsBasic},
	"profile.name":          {credentialsProfile},
	"profile.path":          {credentialsProfile},
	"role.arn":              {credentialsRole, credentialsIdentity},
	"role.sessionName":      {credentialsRole, credentialsIdentity},
	"role.externalId":       {credentialsRole},
	"role.stsEndpoint":      {credentialsRole, credentialsIdentity},
	"role.provider":         {credentialsRole},
	"webIdentityToken.file": {credentialsIdentity},
	"custom.process":        {credentialsCustom},
	customClass:             {credentialsCustom},
}

// credentialSettings are the options of one provider.
type credentialSettings struct {
	prefix string // of the keys, for messages
	kind   string
	values map[string]string // by the names in kindsOf
	base   *credentialSettings
	spans  func(key string) diag.Span
}

// newCredentialSettings reads the credential options. They are checked for what can be wrong with
// them without looking at the machine.
func newCredentialSettings(v *option.Values) (credentialSettings, error) {
	given := map[string]string{}
	for name := range kindsOf {
		if key := credentialsPrefix + name; v.IsSet(key) {
			given[name] = v.String(key)
		}
	}
	if kind := v.String(credentialsPrefix + "provider"); kind != "" {
		given["provider"] = kind
	}
	for _, prefix := range []string{credentialsPrefix, credentialsProgramPrefix} {
		for name, value := range v.WithPrefix(prefix + nestedProvider) {
			if before, ok := given[nestedProvider+name]; ok && before != value {
				return credentialSettings{}, diag.Errorf(diag.Option, diag.Span{}, "option %q is set twice, with different values", credentialsPrefix+nestedProvider+name).
					WithHint("keep one of the two")
			}
			given[nestedProvider+name] = value
		}
	}
	return parseCredentials(credentialsPrefix, given, v.Span)
}

// parseCredentials reads the options of one provider, by their names behind the prefix.
func parseCredentials(prefix string, given map[string]string, spans func(string) diag.Span) (credentialSettings, error) {
	c := credentialSettings{prefix: prefix, values: map[string]string{}, spans: spans}
	nested := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if name, ok := cutPrefixFold(key, nestedProvider); ok {
			nested[name] = given[key]
			continue
		}
		name, err := c.known(key)
		if err != nil {
			return c, err
		}
		c.values[name] = given[key]
	}
	if err := c.chooseKind(); err != nil {
		return c, err
	}
	if c.kind == credentialsRole {
		if kind := c.values["role.provider"]; kind != "" {
			nested["provider"] = kind
		}
		base, err := parseCredentials(prefix+nestedProvider, nested, spans)
		if err != nil {
			return c, err
		}
		c.base = &base
	} else if len(nested) > 0 {
		return c, c.withoutEffect(nestedProvider + slices.Sorted(maps.Keys(nested))[0])
	}
	return c, c.check()
}

func cutPrefixFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// known returns the name of an option in our spelling.
func (c *credentialSettings) known(key string) (string, error) {
	if strings.EqualFold(key, "provider") {
		return "provider", nil
	}
	for name := range kindsOf {
		if strings.EqualFold(key, name) {
			return name, nil
		}
	}
	err := diag.Errorf(diag.Option, diag.Span{}, "unknown option %q", c.prefix+key)
	if name := diag.DidYouMean(key, slices.Sorted(maps.Keys(kindsOf))); name != "" {
		err.Hint = name
	}
	return "", err
}

func (c *credentialSettings) chooseKind() error {
	kind, given := c.values["provider"]
	delete(c.values, "provider")
	if !given {
		c.kind = credentialsAuto
		if c.values["basic.accesskeyid"] != "" && c.values["basic.secretkey"] != "" {
			c.kind = credentialsBasic
		}
		return nil
	}
	for _, known := range credentialKinds {
		if strings.EqualFold(kind, known) {
			c.kind = known
			return nil
		}
	}
	return c.fault("provider", "there is no credentials provider %q", kind).WithHint("use one of %s", strings.Join(credentialKinds, ", "))
}

// fault is an error about an option.
func (c *credentialSettings) fault(name, format string, args ...any) *diag.Error {
	return diag.Errorf(diag.Option, c.spans(c.prefix+name), format, args...)
}

func (c *credentialSettings) withoutEffect(name string) error {
	err := c.fault(name, "option %q has no effect with the credentials provider %s", c.prefix+name, c.kind)
	kinds := kindsOf[name]
	if strings.HasPrefix(name, nestedProvider) {
		kinds = kindsOf["role.provider"]
	}
	return err.WithHint("add '%s' = '%s' and what belongs to it", strings.TrimSuffix(c.prefix, "provider.")+"provider", kinds[0])
}

// check finds options of one way to get credentials beside another way, and what is missing.
func (c *credentialSettings) check() error {
	if c.values[customClass] != "" {
		return c.fault(customClass, "option %q names a Java class, which cannot be loaded here", c.prefix+customClass).
			WithHint("use '%scustom.process' = '...', a command that prints credentials", c.prefix)
	}
	for _, name := range slices.Sorted(maps.Keys(c.values)) {
		if !slices.Contains(kindsOf[name], c.kind) {
			return c.withoutEffect(name)
		}
	}
	if endpoint := c.values["role.stsEndpoint"]; endpoint != "" {
		if err := checkEndpoint(endpoint); err != nil {
			return c.fault("role.stsEndpoint", "option %q: bad value %q: %w", c.prefix+"role.stsEndpoint", endpoint, err)
		}
	}
	switch {
	case c.kind == credentialsBasic && (c.values["basic.accesskeyid"] == "" || c.values["basic.secretkey"] == ""):
		return c.fault("provider", "the credentials provider BASIC needs two keys").
			WithHint("set '%[1]sbasic.accesskeyid' and '%[1]sbasic.secretkey'", c.prefix)
	case c.kind == credentialsRole && c.values["role.arn"] == "":
		return c.fault("provider", "the credentials provider ASSUME_ROLE needs a role").WithHint("set '%srole.arn'", c.prefix)
	case c.kind == credentialsCustom && c.values["custom.process"] == "":
		return c.fault("provider", "the credentials provider CUSTOM needs a command").
			WithHint("set '%scustom.process' to a command that prints credentials", c.prefix)
	}
	return nil
}

// checkCredentials checks the credential options of a table.
func checkCredentials(v *option.Values) error {
	_, err := newCredentialSettings(v)
	return err
}

// secrets returns the values that no message may show.
func (c *credentialSettings) secrets() []string {
	var out []string
	for _, name := range []string{"basic.secretkey", "basic.sessiontoken", "custom.process"} {
		if value := c.values[name]; value != "" {
			out = append(out, value)
		}
	}
	if c.base != nil {
		out = append(out, c.base.secrets()...)
	}
	return out
}
