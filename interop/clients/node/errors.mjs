// Requests that are refused, by the class of their exception.
import { control, same, shardID, step } from "./api.mjs";
import { STREAM } from "./streams.mjs";

export async function run(api) {
  const here = { StreamName: STREAM };
  const refused = (name, codes, operation, parameters) => step(name, () => api.fails(codes, operation, parameters));

  const iterator = async () =>
    (await api.call("GetShardIterator", { ...here, ShardId: shardID(0), ShardIteratorType: "LATEST" })).ShardIterator;

  await step("ExpiredIteratorException", async () => {
    const ShardIterator = await iterator();
    await control("expire-iterators");
    return api.fails(["ExpiredIteratorException"], "GetRecords", { ShardIterator });
  });
  await step("ProvisionedThroughputExceededException", async () => {
    const code = "ProvisionedThroughputExceededException";
    await control("faults", { operation: "GetRecords", count: 1, code });
    const detail = await api.fails([code], "GetRecords", { ShardIterator: await iterator() });
    same([], (await api.call("GetRecords", { ShardIterator: await iterator() })).Records, "records of the next call");
    return detail;
  });
  await step("DryRun", async () => {
    const ShardIterator = await iterator();
    const detail = await api.fails(["DryRunOperationException"], "PutRecord", {
      ...here, PartitionKey: "key", ExplicitHashKey: "0", Data: Buffer.from("data"), DryRun: true,
    });
    same([], (await api.call("GetRecords", { ShardIterator })).Records, "records");
    return detail;
  });
  await refused("ResourceNotFoundException", ["ResourceNotFoundException"], "DescribeStreamSummary", { StreamName: "nowhere" });
  await refused("ResourceInUseException", ["ResourceInUseException"], "CreateStream", { ...here, ShardCount: 1 });
  await refused("LimitExceededException", ["LimitExceededException"], "CreateStream", { StreamName: "huge", ShardCount: 100_000 });
  await refused("ValidationException", ["ValidationException"], "GetShardIterator", {
    ...here, ShardId: "no shard!", ShardIteratorType: "LATEST",
  });
  await refused("InvalidArgumentException", ["InvalidArgumentException"], "GetRecords", { ShardIterator: "AAAAAAAAAAE=" });
  await refused("Oversize record", ["InvalidArgumentException", "ValidationException"], "PutRecord", {
    ...here, PartitionKey: "k", Data: new Uint8Array(1 << 20),
  });
}
