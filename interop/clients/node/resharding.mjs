// Splits, merges, and reading on across them.
import { digest, isTrue, payload, same, shardID, step } from "./api.mjs";

const STREAM = "resharded";

export async function run(api) {
  const written = [];
  const shard = async (number) => (await api.call("ListShards", { StreamName: STREAM })).Shards[number];
  const putSome = async () => {
    const batch = Array.from({ length: 40 }, (_, i) => ({ PartitionKey: `key-${i % 10}`, Data: payload(written.length + i) }));
    same(0, (await api.call("PutRecords", { StreamName: STREAM, Records: batch })).FailedRecordCount, "FailedRecordCount");
    written.push(...batch);
  };

  await step("SplitShard", async () => {
    await api.create(STREAM, 2);
    await putSome();
    const { StartingHashKey, EndingHashKey } = (await shard(0)).HashKeyRange;
    const middle = (BigInt(StartingHashKey) + BigInt(EndingHashKey)) / 2n;
    await api.call("SplitShard", { StreamName: STREAM, ShardToSplit: shardID(0), NewStartingHashKey: String(middle) });
    same(3, (await api.active(STREAM)).OpenShardCount, "OpenShardCount");
    const child = await shard(2);
    same([shardID(0), String(middle - 1n)], [child.ParentShardId, child.HashKeyRange.EndingHashKey], "first child");
    isTrue((await shard(0)).SequenceNumberRange.EndingSequenceNumber, "the parent is open");
    await putSome();
  });
  await step("MergeShards", async () => {
    await api.call("MergeShards", { StreamName: STREAM, ShardToMerge: shardID(3), AdjacentShardToMerge: shardID(1) });
    same(2, (await api.active(STREAM)).OpenShardCount, "OpenShardCount");
    const child = await shard(4);
    same([shardID(3), shardID(1)], [child.ParentShardId, child.AdjacentParentShardId], "parents");
    await putSome();
  });
  await step("ListShards filters", async () => {
    const now = new Date();
    for (const [filter, want] of [
      [{ Type: "FROM_TRIM_HORIZON" }, [0, 1, 2, 3, 4]],
      [{ Type: "AT_TRIM_HORIZON" }, [0, 1]],
      [{ Type: "AT_LATEST" }, [2, 4]],
      [{ Type: "AFTER_SHARD_ID", ShardId: shardID(2) }, [3, 4]],
      [{ Type: "AT_TIMESTAMP", Timestamp: now }, [2, 4]],
      [{ Type: "FROM_TIMESTAMP", Timestamp: now }, [2, 4]],
    ]) {
      const { Shards } = await api.call("ListShards", { StreamName: STREAM, ShardFilter: filter });
      same(want.map(shardID), Shards.map((s) => s.ShardId), filter.Type);
    }
  });
  await step("GetRecords ChildShards", async () => {
    const { read, parents } = await followChildren(api);
    same([shardID(1), shardID(3)], [...parents.get(shardID(4))].sort(), "parents of the merged shard");
    same(5, parents.size, "shards");
    same(digest(written), digest(read), "what was read is not what was written, in the order of each key");
    return `${read.length} records of ${parents.size} shards`;
  });
  await step("UpdateShardCount", async () => {
    const answer = await api.call("UpdateShardCount", {
      StreamName: STREAM, TargetShardCount: 4, ScalingType: "UNIFORM_SCALING",
    });
    same([2, 4], [answer.CurrentShardCount, answer.TargetShardCount], "counts");
    same(4, (await api.active(STREAM)).OpenShardCount, "OpenShardCount");
  });
}

// followChildren reads from the first two shards on, each shard after all its parents.
async function followChildren(api) {
  const parents = new Map([[shardID(0), []], [shardID(1), []]]);
  const done = new Set();
  const read = [];
  while (done.size < parents.size) {
    const next = [...parents].find(([shard, before]) => !done.has(shard) && before.every((p) => done.has(p)))?.[0];
    isTrue(next, "no shard can be read next");
    const { records, answer } = await api.readAll(STREAM, next);
    read.push(...records);
    done.add(next);
    const children = answer.ChildShards ?? [];
    same(children.length > 0, !answer.NextShardIterator, `${next}: at its end by ChildShards`);
    for (const child of children) {
      isTrue(child.HashKeyRange.StartingHashKey, "hash keys of a child");
      parents.set(child.ShardId, child.ParentShards);
    }
  }
  return { read, parents };
}
