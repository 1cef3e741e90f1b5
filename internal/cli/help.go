package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/diag"
)

// printHelp writes the help of a command: what it is, then examples, and only then the details. It
// is Go instead of a template so that the linker can leave text/template and its reflection out.
func printHelp(cmd *cobra.Command) {
	out := cmd.OutOrStdout()
	if cmd.IsAdditionalHelpTopicCommand() {
		fmt.Fprintf(out, "%s\n", strings.TrimSpace(cmd.Long))
		return
	}
	fmt.Fprintf(out, "%s\n", cmd.Short)
	if cmd.HasExample() {
		fmt.Fprintf(out, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	fmt.Fprint(out, "\nUsage:\n")
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(out, "  %s <command> [flags]\n", cmd.CommandPath())
	} else {
		fmt.Fprintf(out, "  %s\n", cmd.UseLine())
	}
	if cmd.Long != "" {
		fmt.Fprintf(out, "\n%s\n", strings.TrimSpace(cmd.Long))
	}
	printCommands(out, cmd)
	printFlags(out, cmd)
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(out, "\n%s <command> --help shows the flags of a command.\n", cmd.CommandPath())
	}
	if cmd.HasHelpSubCommands() {
		for _, topic := range cmd.Commands() {
			if topic.IsAdditionalHelpTopicCommand() {
				fmt.Fprintf(out, "%s help %s: %s.\n", cmd.CommandPath(), topic.Name(), topic.Short)
			}
		}
	}
}

func printCommands(out io.Writer, cmd *cobra.Command) {
	groups := cmd.Groups()
	if len(groups) == 0 && cmd.HasAvailableSubCommands() {
		groups = []*cobra.Group{{Title: "Commands:"}}
	}
	for _, group := range groups {
		fmt.Fprintf(out, "\n%s\n", group.Title)
		for _, sub := range inReadingOrder(cmd.Commands()) {
			if sub.GroupID == group.ID && (sub.IsAvailableCommand() || sub.Name() == "help") {
				fmt.Fprintf(out, "  %-11s %s\n", sub.Name(), sub.Short)
			}
		}
	}
}

// inReadingOrder puts what a newcomer needs first; cobra sorts by name.
func inReadingOrder(commands []*cobra.Command) []*cobra.Command {
	first := []string{"run", "sql", "validate", "explain", "kinesis", "put", "tail"}
	place := func(cmd *cobra.Command) int {
		if i := slices.Index(first, cmd.Name()); i >= 0 {
			return i
		}
		return len(first)
	}
	commands = slices.Clone(commands)
	slices.SortStableFunc(commands, func(a, b *cobra.Command) int { return cmp.Compare(place(a), place(b)) })
	return commands
}

func printFlags(out io.Writer, cmd *cobra.Command) {
	const width = 100 // as everything else in the help texts
	if cmd.HasAvailableLocalFlags() {
		fmt.Fprintf(out, "\nFlags:\n%s", cmd.LocalFlags().FlagUsagesWrapped(width))
	}
	if cmd.HasAvailableInheritedFlags() {
		fmt.Fprintf(out, "\nFlags of all commands:\n%s", cmd.InheritedFlags().FlagUsagesWrapped(width))
	}
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command or topic]",
		Short: "Show how a command is used",
		Example: `  penstock help run
  penstock help exit-codes`,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return commandNames(cmd.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownTopic(cmd.Root(), strings.Join(args, " "))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

func unknownTopic(root *cobra.Command, name string) error {
	names := commandNames(root)
	err := diag.Errorf(diag.Usage, diag.Span{}, "there is no command or topic %q", name)
	if nearest, ok := diag.Nearest(name, names); ok {
		return err.WithHint("did you mean %q?", root.Name()+" help "+nearest)
	}
	return err.WithHint("there is %s", strings.Join(names, ", "))
}
