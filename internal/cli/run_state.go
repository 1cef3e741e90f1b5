package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/store/s3"
)

// defaultStateDir is where jobs are saved unless a flag or a setting says otherwise.
const defaultStateDir = ".penstock"

func (f *runFlags) addState(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.stateDir, "state-dir", defaultStateDir,
		"`directory`, or s3://bucket/prefix, that holds the directories in which jobs are saved; the setting execution.checkpointing.dir counts more")
	flags.StringVar(&f.savepoint, "from-savepoint", "",
		"`place` of a savepoint to begin with; once there are checkpoints that came of it, those count")
	flags.BoolVar(&f.allowDropped, "allow-non-restored-state", false,
		"go on although the checkpoint has state that nothing in the script takes over")
	flags.BoolVar(&f.fresh, "fresh", false, "begin without state even if the job was saved, and forget what was saved")
	flags.BoolVar(&f.drain, "drain", false, "at Ctrl-C, write the windows that are open and finish the job")
	mustRegister(cmd.MarkFlagDirname("state-dir"), cmd.MarkFlagDirname("from-savepoint"))
}

// openStore opens the places of checkpoints that are not directories; nil for others.
func (a *app) openStore(ctx context.Context, place string) (checkpoint.Store, error) {
	if !strings.HasPrefix(place, s3.Scheme+"://") {
		return nil, nil
	}
	return s3.Open(ctx, place, s3.Config{Dial: a.env.Dial, Getenv: a.env.Getenv})
}

// recovery makes settings of the flags for which there are some.
func (f *runFlags) recovery(settings map[string]string) {
	if f.savepoint != "" {
		settings["execution.state-recovery.path"] = f.savepoint
	}
	if f.allowDropped {
		settings["execution.state-recovery.ignore-unclaimed-state"] = "true"
	}
}
