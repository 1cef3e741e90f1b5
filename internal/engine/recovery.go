package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"path"
	"path/filepath"
	"strings"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/exec/job"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/plan"
)

// Keys of the settings of checkpoints and restarts.
const (
	keyJobName      = "pipeline.name"
	keyInterval     = "execution.checkpointing.interval"
	keyMinPause     = "execution.checkpointing.min-pause"
	keyTimeout      = "execution.checkpointing.timeout"
	keyTolerable    = "execution.checkpointing.tolerable-failed-checkpoints"
	keyMode         = "execution.checkpointing.mode"
	keyDirectory    = "execution.checkpointing.dir"
	keyRetained     = "execution.checkpointing.num-retained"
	keyRecovery     = "execution.state-recovery.path"
	keyUnclaimed    = "execution.state-recovery.ignore-unclaimed-state"
	keyStateLimit   = "state.memory-limit"
	keyRestart      = "restart-strategy.type"
	keyFixedTries   = "restart-strategy.fixed-delay.attempts"
	keyFixedDelay   = "restart-strategy.fixed-delay.delay"
	keyRateMax      = "restart-strategy.failure-rate.max-failures-per-interval"
	keyRateInterval = "restart-strategy.failure-rate.failure-rate-interval"
	keyRateDelay    = "restart-strategy.failure-rate.delay"
	keyExpInitial   = "restart-strategy.exponential-delay.initial-backoff"
	keyExpMax       = "restart-strategy.exponential-delay.max-backoff"
	keyExpFactor    = "restart-strategy.exponential-delay.backoff-multiplier"
	keyExpReset     = "restart-strategy.exponential-delay.reset-backoff-threshold"
	keyExpJitter    = "restart-strategy.exponential-delay.jitter-factor"
	keyExpAttempts  = "restart-strategy.exponential-delay.attempts-before-reset-backoff"
)

// recoverySettings are the session settings of checkpoints and restarts. Keys and meaning are Flink's;
// where the default is not, the line says so.
func recoverySettings() option.Table {
	return option.Table{
		{
			Key: keyJobName, Type: option.String, Check: fileName,
			Doc: "The name of the job. Its checkpoints are in a directory of this name. The name of the script unless set.",
		},
		{
			Key: keyInterval, Type: option.Duration, Default: "10 s",
			Doc: "How often a job that writes tables is saved; 0: never. Flink does not save a job unless this is set.",
		},
		{
			Key: keyDirectory, Aliases: []string{"state.checkpoints.dir"}, Type: option.String,
			Doc: "The directory that holds the directories of jobs: a path, or s3://bucket/prefix. penstock run uses .penstock unless this or --state-dir is given.",
		},
		{
			Key: keyRetained, Aliases: []string{"state.checkpoints.num-retained"}, Type: option.Int, Default: "3", Check: option.Range(1, math.MaxInt32),
			Doc: "How many checkpoints are kept. Should the newest be damaged, the one before it is used. Flink keeps 1.",
		},
		{
			Key: keyMinPause, Type: option.Duration, Default: "0 s",
			Doc: "How long there is no checkpoint after the end of the last one, at least.",
		},
		{
			Key: keyTimeout, Type: option.Duration, Default: "10 min", Check: positiveDuration,
			Doc: "How long a checkpoint may take before it counts as failed.",
		},
		{
			Key: keyTolerable, Type: option.Int, Default: "10",
			Doc: "How many checkpoints in a row may fail before the job does; -1: any number. Flink's default is 0.",
		},
		{
			Key: keyMode, Type: option.Enum, Default: "EXACTLY_ONCE", Enum: []string{"EXACTLY_ONCE"},
			Doc: "What checkpoints promise of the state of a job. There is only the one promise.",
		},
		{
			Key: keyRecovery, Aliases: []string{"execution.savepoint.path"}, Type: option.String,
			Doc: "The savepoint to begin with; once the job has checkpoints that came of it, those count. The same as --from-savepoint.",
		},
		{
			Key: keyUnclaimed, Aliases: []string{"execution.savepoint.ignore-unclaimed-state"}, Type: option.Bool, Default: "false",
			Doc: "Go on although the checkpoint has state that nothing in the script takes over. The same as --allow-non-restored-state.",
		},
		{
			Key: keyStateLimit, Type: option.Size, Default: "0",
			Doc: "How much memory the state of a job may take, such as '2 gb'; a job that needs more ends with an error. 0: no limit. Penstock's own.",
		},
		{
			Key: keyRestart, Aliases: []string{"restart-strategy"}, Type: option.Enum, Default: string(job.RestartExponential),
			Enum: []string{"none", "off", "disable", "fixed-delay", "fixeddelay", "failure-rate", "failurerate", "exponential-delay", "exponentialdelay"},
			Doc:  "What happens when a job with checkpoints fails in a way that may pass. An error that would come again, such as a record that cannot be read, ends the job at once.",
		},
		{Key: keyFixedTries, Type: option.Int, Default: "1", Check: option.Range(1, math.MaxInt32), Doc: "fixed-delay: how many times the job starts again."},
		{Key: keyFixedDelay, Type: option.Duration, Default: "1 s", Doc: "fixed-delay: how long it waits for that."},
		{Key: keyRateMax, Type: option.Int, Default: "1", Check: option.Range(1, math.MaxInt32), Doc: "failure-rate: how many failures in the interval the job survives."},
		{Key: keyRateInterval, Type: option.Duration, Default: "1 min", Doc: "failure-rate: the interval."},
		{Key: keyRateDelay, Type: option.Duration, Default: "1 s", Doc: "failure-rate: how long the job waits before it starts again."},
		{Key: keyExpInitial, Type: option.Duration, Default: "1 s", Doc: "exponential-delay: how long the job waits the first time."},
		{Key: keyExpMax, Type: option.Duration, Default: "1 min", Doc: "exponential-delay: how long it waits at most."},
		{Key: keyExpFactor, Type: option.Float, Default: "1.5", Doc: "exponential-delay: how much longer each time."},
		{Key: keyExpReset, Type: option.Duration, Default: "1 h", Doc: "exponential-delay: without a failure for this long, it begins with the first delay again."},
		{Key: keyExpJitter, Type: option.Float, Default: "0.1", Doc: "exponential-delay: how much delays vary, as a part of them."},
		{
			Key: keyExpAttempts, Type: option.Int, Default: "-1",
			Doc: "exponential-delay: how many times the job starts again before it has been well for the time above; -1: any number.",
		},
	}
}

func fileName(text string) error {
	if text == "" || text == "." || text == ".." || strings.ContainsAny(text, "/\\\x00") {
		return errors.New("not the name of a directory")
	}
	return nil
}

func positiveDuration(text string) error {
	if d, err := option.ParseDuration(text); err == nil && d <= 0 {
		return errors.New("not more than 0")
	}
	return nil
}

// recovery is the settings of checkpoints and restarts as the job takes them.
type recovery struct {
	name, directory, savepoint string
	stateLimit                 int64
	checkpoints                job.Checkpoints // without its stores
	restart                    job.RestartStrategy
}

func newRecovery(v *option.Values) recovery {
	_ = v.String(keyMode) // it has one value
	r := recovery{
		name: v.String(keyJobName), directory: v.String(keyDirectory), savepoint: v.String(keyRecovery), stateLimit: v.Int(keyStateLimit),
		checkpoints: job.Checkpoints{
			Interval: v.Duration(keyInterval), MinPause: v.Duration(keyMinPause), Timeout: v.Duration(keyTimeout),
			Tolerable: int(v.Int(keyTolerable)), Retained: int(v.Int(keyRetained)), AllowDropped: v.Bool(keyUnclaimed),
		},
	}
	switch v.String(keyRestart) {
	case "fixed-delay", "fixeddelay":
		r.restart = job.RestartStrategy{Kind: job.RestartFixed, Attempts: int(v.Int(keyFixedTries)), Delay: v.Duration(keyFixedDelay)}
	case "failure-rate", "failurerate":
		r.restart = job.RestartStrategy{
			Kind: job.RestartRate, Failures: int(v.Int(keyRateMax)), Interval: v.Duration(keyRateInterval), Delay: v.Duration(keyRateDelay),
		}
	case "exponential-delay", "exponentialdelay":
		r.restart = job.RestartStrategy{
			Kind: job.RestartExponential, Delay: v.Duration(keyExpInitial), Longest: v.Duration(keyExpMax), Multiplier: v.Float(keyExpFactor),
			Threshold: v.Duration(keyExpReset), Jitter: v.Float(keyExpJitter), Attempts: int(v.Int(keyExpAttempts)),
		}
	default:
		r.restart = job.RestartStrategy{Kind: job.RestartNone}
	}
	return r
}

// JobName is what the job of the program is called: as a setting says, or as its script, or for want of
// one by its plans.
func (p *Program) JobName() string {
	if name := p.settings.recovery.name; name != "" {
		return name
	}
	base := filepath.Base(p.script)
	if name := strings.TrimSuffix(base, ".sql"); p.script != "" && fileName(name) == nil && !strings.HasPrefix(name, "<") {
		return name
	}
	sum := sha256.New()
	for _, sink := range p.plans() {
		sum.Write([]byte(plan.Explain(sink)))
	}
	return "sql-" + hex.EncodeToString(sum.Sum(nil)[:4])
}

// StatePlace is where the program's job keeps its checkpoints; empty if it keeps none.
func (p *Program) StatePlace() string {
	r := p.settings.recovery
	directory := r.directory
	if directory == "" {
		directory = p.engine.cfg.StateDirectory
	}
	writes := p.engine.cfg.Results != nil
	for _, sink := range p.plans() {
		writes = writes || sink.Table != nil
	}
	if directory == "" || r.checkpoints.Interval == 0 || !writes {
		return ""
	}
	if strings.Contains(directory, "://") {
		return strings.TrimSuffix(directory, "/") + "/" + p.JobName()
	}
	return path.Join(filepath.ToSlash(directory), p.JobName())
}

// checkpoints returns where and when the program's job is saved; nil: never.
func (p *Program) checkpoints(ctx context.Context) (*job.Checkpoints, error) {
	place, r := p.StatePlace(), p.settings.recovery
	if place == "" {
		if r.savepoint != "" {
			return nil, diag.Errorf(diag.Usage, diag.Span{}, "a job that is not saved cannot begin with a savepoint").
				WithHint("give it a --state-dir, and INSERT INTO a table")
		}
		return nil, nil
	}
	c := r.checkpoints
	c.Fresh, c.Open = p.engine.cfg.Fresh, p.engine.Store
	var err error
	if c.Store, err = p.engine.Store(ctx, place); err != nil {
		return nil, err
	}
	if r.savepoint != "" {
		if c.Savepoint, err = p.engine.Store(ctx, r.savepoint); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// Store opens a place of checkpoints: a path, with or without file:// in front, or what
// Config.OpenStore knows.
func (e *Engine) Store(ctx context.Context, place string) (checkpoint.Store, error) {
	if e.cfg.OpenStore != nil {
		if store, err := e.cfg.OpenStore(ctx, place); store != nil || err != nil {
			return store, err
		}
	}
	scheme, rest, ok := strings.Cut(place, "://")
	switch {
	case !ok:
		return checkpoint.NewDirectory(place), nil
	case scheme == "file":
		return checkpoint.NewDirectory(rest), nil
	}
	return nil, diag.Errorf(diag.Option, diag.Span{}, "checkpoints cannot be kept in %q", place).
		WithHint("give a path, file:///path or s3://bucket/prefix")
}
