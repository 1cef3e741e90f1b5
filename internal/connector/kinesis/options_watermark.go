package kinesis

import (
	"time"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/option"
)

const (
	keyIdleInterval = "scan.shard.idle.interval"
	keySyncInterval = "scan.watermark.sync.interval"
	keyLookahead    = "scan.watermark.lookahead.millis"
	keySyncCapacity = "scan.watermark.sync.queue.capacity"
)

// watermarkOptions are about the watermarks of shards, which the engine keeps.
var watermarkOptions = option.Table{
	{
		Key: keyIdleInterval, Type: option.Milliseconds,
		Doc: "How long a shard that has nothing to read may hold back the watermark; negative: for ever. Without it: the setting table.exec.source.idle-timeout.",
	},
	{
		Key: keySyncInterval, Type: option.Milliseconds, Default: "30000",
		Doc: "A shard is never held back unless it is ahead of the slowest by more than three times this. Has an effect together with 'scan.watermark.lookahead.millis' or when it is set.",
	},
	{
		Key: keyLookahead, Type: option.Milliseconds, Default: "0",
		Doc: "How far, in event time, a shard may be ahead of the slowest before its reading pauses; at least three times 'scan.watermark.sync.interval'. Shards are not held back unless one of the two is set.",
	},
	{
		Key: keySyncCapacity, Type: option.Int, Check: option.Range(1, maxRows),
		Doc: "Most rows that a shard delivers at a time while shards may be held back: by so many one may get further ahead before its reading pauses. Without it: as many as a read brings. Flink's default is 100.",
	},
}

// syncRounds is how many synchronisation intervals a shard may always be ahead, as in Flink's
// consumer, where reports of the others may be that old.
const syncRounds = 3

// batchRows returns the most rows of a batch.
func batchRows(v *option.Values) int {
	if v.IsSet(keySyncCapacity) && (v.IsSet(keySyncInterval) || v.IsSet(keyLookahead)) {
		return int(v.Int(keySyncCapacity))
	}
	return maxRows
}

// eventTime returns how the shards of a table advance together.
func eventTime(table connector.Table) connector.EventTime {
	v := table.Options
	sync, lookahead := v.Duration(keySyncInterval), v.Duration(keyLookahead)
	out := connector.EventTime{IdleTimeout: v.Duration(keyIdleInterval)}
	if v.IsSet(keySyncInterval) || v.IsSet(keyLookahead) {
		out.Lookahead = max(lookahead, syncRounds*sync, time.Millisecond)
	}
	return out
}
