package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/penstock-io/penstock/internal/diag"
)

// The groups of commands in the help text.
const (
	groupJobs    = "jobs"
	groupStreams = "streams"
	groupOthers  = "others"
)

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "penstock",
		Short: "Streaming SQL for Amazon Kinesis",
		Example: `  penstock run job.sql                                  run a script until it is stopped
  penstock run -e "SELECT 1 + 1 AS two"                 run one statement
  penstock sql                                          a prompt
  penstock kinesis --stream orders:4                    serve the Kinesis API on this machine
  penstock put orders --file orders.ndjson.gz           write records
  penstock tail orders --from trim-horizon --limit 10   print records`,
		Args:          cobra.ArbitraryArgs, // so that RunE can say which command is nearest
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.checkGlobalFlags(cmd) },
	}
	root.SetIn(a.env.In)
	root.SetOut(a.env.Out)
	root.SetErr(a.console)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { printHelp(cmd) })
	root.SetFlagErrorFunc(flagError)
	a.addGlobalFlags(root)
	root.AddGroup(&cobra.Group{ID: groupJobs, Title: "Jobs:"},
		&cobra.Group{ID: groupStreams, Title: "Streams:"}, &cobra.Group{ID: groupOthers, Title: "Others:"})
	for _, group := range []struct {
		id       string
		commands []*cobra.Command
	}{
		{groupJobs, []*cobra.Command{newRun(a), newSavepoint(a), newSQL(a), newValidate(a), newExplain(a)}},
		{groupStreams, []*cobra.Command{newKinesis(a), newPut(a), newTail(a), newInfer(a), newDeadLetter(a)}},
		{groupOthers, []*cobra.Command{newVersion(a)}},
	} {
		for _, command := range group.commands {
			command.GroupID = group.id
			root.AddCommand(command)
		}
	}
	root.AddCommand(newExitCodes())
	root.SetHelpCommand(newHelp())
	root.SetHelpCommandGroupID(groupOthers)
	root.SetCompletionCommandGroupID(groupOthers)
	return root
}

func (a *app) addGlobalFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVarP(&a.output, "output", "o", a.output, "`format` of what is printed: text or json")
	flags.StringVar(&a.logLevel, "log-level", a.logLevel, "least `level` of log lines: debug, info, warn or error")
	for flag, values := range map[string][]string{
		"output":    {outputText, outputJSON},
		"log-level": {"debug", "info", "warn", "error"},
	} {
		complete := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
		if err := root.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err) // the flag is declared above
		}
	}
}

func (a *app) checkGlobalFlags(cmd *cobra.Command) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.logLevel)); err != nil {
		return usageError(cmd, "log level %q is not one of debug, info, warn, error", a.logLevel)
	}
	if a.output != outputText && a.output != outputJSON {
		output := a.output
		a.output = outputText
		return usageError(cmd, "output format %q is not one of text, json", output)
	}
	a.started = true
	return nil
}

// usageError is a mistake in the flags or arguments of a command.
func usageError(cmd *cobra.Command, format string, args ...any) *diag.Error {
	return diag.Errorf(diag.Usage, diag.Span{}, format, args...).
		WithHint("%s --help shows how it is used", cmd.CommandPath())
}

func unknownCommand(root *cobra.Command, name string) error {
	err := diag.Errorf(diag.Usage, diag.Span{}, "there is no command %q", name)
	if nearest, ok := diag.Nearest(name, commandNames(root)); ok {
		return err.WithHint("did you mean %q?", root.Name()+" "+nearest)
	}
	return err.WithHint("%s --help lists the commands", root.CommandPath())
}

// flagError makes what pflag reports about a flag an error with a next step.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if !cmd.HasParent() && cmd.Flags().NArg() > 0 { // penstock rnu --set a=b: the command is the mistake
		return unknownCommand(cmd, cmd.Flags().Arg(0))
	}
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usageError(cmd, "%w", err)
	}
	if unknown.GetSpecifiedShortnames() != "" {
		return usageError(cmd, "there is no flag -%s", unknown.GetSpecifiedName())
	}
	var names []string
	visit := func(flag *pflag.Flag) { names = append(names, flag.Name) }
	cmd.LocalFlags().VisitAll(visit)
	cmd.InheritedFlags().VisitAll(visit)
	failure := usageError(cmd, "there is no flag --%s", unknown.GetSpecifiedName())
	if nearest, ok := diag.Nearest(unknown.GetSpecifiedName(), names); ok {
		return failure.WithHint("did you mean --%s?", nearest)
	}
	return failure
}

// argCount refuses too few or too many arguments; names are what each of them is.
func argCount(least int, names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usageError(cmd, "%s needs the %s", cmd.Name(), names[len(args)])
		case len(args) > len(names) && len(names) == 0:
			return usageError(cmd, "%s takes no arguments, but got %q", cmd.Name(), args[0])
		case len(args) > len(names):
			return usageError(cmd, "%s takes the %s, but got %q too", cmd.Name(), strings.Join(names, " and the "), args[len(names)])
		}
		return nil
	}
}

// mustRegister takes the results of registering completions; a failure is a defect.
func mustRegister(errs ...error) {
	if err := errors.Join(errs...); err != nil {
		panic(fmt.Sprintf("cli: %v", err))
	}
}

// commandNames returns the names of the commands and topics that a user sees below cmd.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, command := range cmd.Commands() {
		if command.IsAvailableCommand() || command.IsAdditionalHelpTopicCommand() {
			names = append(names, command.Name())
		}
	}
	return names
}
