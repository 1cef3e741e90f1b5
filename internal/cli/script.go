package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/connector/kinesis"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
)

// scriptFlags are the flags of the commands that take SQL.
type scriptFlags struct {
	execute []string
	set     []string
}

func (f *scriptFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.execute, "execute", "e", nil, "`SQL` to take after the scripts; may be repeated")
	flags.StringArrayVar(&f.set, "set", nil, "session setting `key=value`, as SET 'key' = 'value' makes it; may be repeated")
	mustRegister(
		cmd.RegisterFlagCompletionFunc("execute", cobra.NoFileCompletions),
		cmd.RegisterFlagCompletionFunc("set", completeSetting),
	)
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"sql"}, cobra.ShellCompDirectiveFilterFileExt
	}
}

// completeSetting completes the keys of session settings.
func completeSetting(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var keys []string
	for _, setting := range engine.Settings() {
		keys = append(keys, cobra.CompletionWithDesc(setting.Key+"=", setting.Doc))
	}
	return keys, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// settings returns the settings of --set.
func (f *scriptFlags) settings(cmd *cobra.Command) (map[string]string, error) {
	return keyValues(cmd, "--set", f.set)
}

// keyValues returns what a flag that may be repeated was given.
func keyValues(cmd *cobra.Command, flag string, given []string) (map[string]string, error) {
	values := map[string]string{}
	for _, text := range given {
		key, value, found := strings.Cut(text, "=")
		if !found || key == "" {
			return nil, usageError(cmd, "%s %q is not of the form key=value", flag, key) // the rest may be a secret
		}
		values[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return values, nil
}

// credentialProperties returns what -D was given.
func credentialProperties(cmd *cobra.Command, given []string) (map[string]string, error) {
	properties, err := keyValues(cmd, "-D", given)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if slices.Contains(kinesis.CredentialProperties, name) {
			continue
		}
		err := usageError(cmd, "nothing looks for the property %q of -D", name)
		err.Hint = diag.DidYouMean(name, kinesis.CredentialProperties)
		return nil, err
	}
	return properties, nil
}

// completeProperty completes the properties that something looks for.
func completeProperty(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var keys []string
	for _, name := range kinesis.CredentialProperties {
		keys = append(keys, name+"=")
	}
	return keys, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// sources reads the scripts in the order of the command line.
func (f *scriptFlags) sources(cmd *cobra.Command, a *app, paths []string) ([]*diag.Source, error) {
	if len(paths) == 0 && len(f.execute) == 0 {
		return nil, usageError(cmd, "%s needs a script", cmd.Name()).
			WithHint(`give a file, - for standard input, or -e "SELECT ..."`)
	}
	sources := make([]*diag.Source, 0, len(paths)+len(f.execute))
	stdin := false
	for _, path := range paths {
		if path == "-" && stdin {
			return nil, usageError(cmd, "standard input can be read only once, but - is given twice")
		}
		stdin = stdin || path == "-"
		source, err := a.readScript(path)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	for _, sql := range f.execute {
		sources = append(sources, &diag.Source{Text: sql})
	}
	return sources, nil
}

func (a *app) readScript(path string) (*diag.Source, error) {
	if path == "-" {
		text, err := io.ReadAll(a.env.In)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return &diag.Source{Name: "<stdin>", Text: string(text)}, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fileError(path, err, ".sql")
	}
	return &diag.Source{Name: path, Text: string(text)}, nil
}

// fileError says that a file cannot be read, and which other with the suffix may be meant.
func fileError(path string, err error, suffix string) error {
	if reason, ok := errors.AsType[*fs.PathError](err); ok {
		err = reason.Err
	}
	failure := diag.Errorf(diag.NotFound, diag.Span{}, "cannot read %q: %w", path, err)
	if !errors.Is(err, fs.ErrNotExist) {
		return failure
	}
	dir := filepath.Dir(path)
	entries, _ := os.ReadDir(dir) // no directory, no suggestion
	var names []string
	for _, entry := range entries {
		if !entry.IsDir() && strings.Contains(entry.Name(), suffix) {
			names = append(names, filepath.Join(dir, entry.Name()))
		}
	}
	failure.Hint = diag.DidYouMean(filepath.Clean(path), names)
	return failure
}

// prepare plans the scripts one after the other in one session, so that a later one sees the tables
// of those before it. All errors are reported together.
func prepare(session *engine.Engine, sources []*diag.Source) ([]*engine.Program, error) {
	programs := make([]*engine.Program, 0, len(sources))
	var faults []error
	for _, source := range sources {
		program, err := session.Prepare(source)
		if err != nil {
			faults = append(faults, diag.WithSource(err, source))
			continue
		}
		programs = append(programs, program)
	}
	if len(faults) == 1 {
		return nil, faults[0]
	}
	return programs, errors.Join(faults...)
}
