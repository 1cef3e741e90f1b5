// Writing records and reading them back.
import { digest, isTrue, large, payload, same, step } from "./api.mjs";
import { STREAM } from "./streams.mjs";

const ONE_MIB = 1 << 20;

export async function run(api) {
  const written = [];
  const shards = new Map(); // records of each shard, once they have been read

  const put = async (PartitionKey, Data, more = {}) => {
    const answer = await api.call("PutRecord", { StreamName: STREAM, PartitionKey, Data, ...more });
    written.push({ PartitionKey, Data });
    return answer;
  };
  const listed = async () => (await api.call("ListShards", { StreamName: STREAM })).Shards;

  await step("PutRecord", async () => {
    await put("empty", new Uint8Array());
    await put("größe-日本-🙂", payload(1000));
    let last;
    for (let number = 0; number < 3; number++) {
      const { SequenceNumber } = await put("ordered", payload(number), { SequenceNumberForOrdering: last });
      isTrue(last === undefined || BigInt(last) < BigInt(SequenceNumber), "sequence numbers do not rise");
      last = SequenceNumber;
    }
  });
  await step("PutRecord ExplicitHashKey", async () => {
    for (const shard of await listed()) {
      const answer = await put("explicit", payload(0), { ExplicitHashKey: shard.HashKeyRange.EndingHashKey });
      same(shard.ShardId, answer.ShardId, "shard");
    }
  });
  await step("PutRecord 1 MiB", async () => {
    await put("large", large(ONE_MIB - "large".length));
  });
  await step("PutRecords 500", async () => {
    const batch = Array.from({ length: 500 }, (_, i) => ({
      PartitionKey: `key-${String(i % 25).padStart(2, "0")}`, Data: payload(i),
    }));
    const answer = await api.call("PutRecords", { StreamName: STREAM, Records: batch });
    same([0, 500], [answer.FailedRecordCount, answer.Records.length], "failed, results");
    isTrue(answer.Records.every((r) => r.SequenceNumber && r.ShardId), "results without a sequence number");
    written.push(...batch);
  });
  await step("GetRecords", async () => {
    for (const { ShardId } of await listed()) {
      const { records, answer } = await api.readAll(STREAM, ShardId);
      same(0, answer.MillisBehindLatest, "MillisBehindLatest");
      for (let i = 1; i < records.length; i++) {
        isTrue(BigInt(records[i - 1].SequenceNumber) < BigInt(records[i].SequenceNumber), `sequence numbers of ${ShardId}`);
      }
      isTrue(records.every((r) => Math.abs(Date.now() - r.ApproximateArrivalTimestamp) < 300_000), "arrival");
      shards.set(ShardId, records);
    }
    const read = [...shards.values()].flat();
    same(written.length, read.length, "records");
    same(digest(written), digest(read), "what was read is not what was written, in the order of each key");
    return `${read.length} records, ${read.reduce((sum, r) => sum + r.Data.length, 0)} bytes`;
  });
  await readFromPositions(api, shards);
  await step("GetShardIterator LATEST", async () => {
    const { ShardId } = await put("newest", payload(1));
    const { ShardIterator } = await api.call("GetShardIterator", { StreamName: STREAM, ShardId, ShardIteratorType: "LATEST" });
    let answer = await api.call("GetRecords", { ShardIterator });
    same([], answer.Records, "records before another is written");
    await put("newest", payload(2));
    answer = await api.call("GetRecords", { ShardIterator: answer.NextShardIterator });
    same(digest([{ PartitionKey: "newest", Data: payload(2) }]), digest(answer.Records), "records");
  });
}

async function readFromPositions(api, shards) {
  const readFrom = async (ShardId, start, Limit) => {
    const { ShardIterator } = await api.call("GetShardIterator", { StreamName: STREAM, ShardId, ...start });
    return (await api.call("GetRecords", { ShardIterator, Limit })).Records.map((r) => r.SequenceNumber);
  };
  for (const [ShardIteratorType, first] of [["AT_SEQUENCE_NUMBER", 7], ["AFTER_SEQUENCE_NUMBER", 8]]) {
    await step(`GetShardIterator ${ShardIteratorType}`, async () => {
      const [shard, records] = [...shards].sort(([, a], [, b]) => b.length - a.length)[0];
      const start = { ShardIteratorType, StartingSequenceNumber: records[7].SequenceNumber };
      same(records.slice(first, first + 5).map((r) => r.SequenceNumber), await readFrom(shard, start, 5), "records");
    });
  }
  await step("GetShardIterator AT_TIMESTAMP", async () => {
    isTrue(shards.size > 0, "nothing was read");
    for (const [shard, records] of shards) {
      const at = records.at(-1).ApproximateArrivalTimestamp;
      const want = records.filter((r) => r.ApproximateArrivalTimestamp >= at).map((r) => r.SequenceNumber);
      const have = await readFrom(shard, { ShardIteratorType: "AT_TIMESTAMP", Timestamp: at });
      same(want, have, `records of ${shard} from ${at.toISOString()}`);
    }
  });
}
