// Streams and their descriptions. The stream "main" with 4 shards is used by other parts.
import {
  KinesisClient, DescribeLimitsCommand, paginateListStreams, waitUntilStreamExists, waitUntilStreamNotExists,
} from "@aws-sdk/client-kinesis";
import { isTrue, same, shardID, step } from "./api.mjs";

export const STREAM = "main";
const waiter = (api) => ({ client: api.client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 });

export async function run(api) {
  await step("Environment", async () => {
    await new KinesisClient().send(new DescribeLimitsCommand());
  });
  await step("CreateStream", async () => {
    await api.call("CreateStream", { StreamName: STREAM, ShardCount: 4 });
    same("SUCCESS", (await waitUntilStreamExists(waiter(api), { StreamName: STREAM })).state, "waiter");
  });
  await step("ListStreams", async () => {
    const answer = await api.call("ListStreams");
    isTrue(answer.StreamNames.includes(STREAM), `${STREAM} is not in ${answer.StreamNames}`);
    same(false, answer.HasMoreStreams, "HasMoreStreams");
    same("ACTIVE", answer.StreamSummaries.find((s) => s.StreamName === STREAM).StreamStatus, "StreamStatus");
    const names = [];
    for await (const page of paginateListStreams({ client: api.client, pageSize: 1 }, {})) names.push(...page.StreamNames);
    same(answer.StreamNames, names, "names by pages");
  });
  await step("DescribeStream", () => describeStream(api));
  await step("DescribeStreamSummary", async () => {
    const { StreamDescriptionSummary: summary } = await api.call("DescribeStreamSummary", { StreamName: STREAM });
    same([4, 24], [summary.OpenShardCount, summary.RetentionPeriodHours], "OpenShardCount, RetentionPeriodHours");
    same("PROVISIONED", summary.StreamModeDetails.StreamMode, "StreamMode");
    const age = Date.now() - summary.StreamCreationTimestamp;
    isTrue(age > -2_000 && age < 300_000, `created ${age} ms ago`);
    const byARN = await api.call("DescribeStreamSummary", { StreamARN: summary.StreamARN });
    same(summary, byARN.StreamDescriptionSummary, "by ARN");
  });
  await step("DescribeLimits", async () => {
    const { OpenShardCount, ShardLimit } = await api.call("DescribeLimits");
    isTrue(OpenShardCount >= 4 && ShardLimit >= OpenShardCount, `${OpenShardCount} of ${ShardLimit}`);
  });
  await step("ListShards", async () => {
    const { Shards } = await api.call("ListShards", { StreamName: STREAM });
    same([0, 1, 2, 3].map(shardID), Shards.map((s) => s.ShardId), "shards");
    isTrue(Shards.every((s) => s.SequenceNumberRange.EndingSequenceNumber === undefined), "not all open");
  });
  await step("ListShards pages", () => listShardsPages(api));
  await step("ListShards NextToken", () => listShardsNextToken(api));
}

async function describeStream(api) {
  const { StreamDescription: stream } = await api.call("DescribeStream", { StreamName: STREAM });
  same(["ACTIVE", 4, false], [stream.StreamStatus, stream.Shards.length, stream.HasMoreShards], "stream");
  const { StreamDescription: page } = await api.call("DescribeStream", { StreamName: STREAM, Limit: 2 });
  same([2, true], [page.Shards.length, page.HasMoreShards], "page of two");
  let next = 0n;
  for (const shard of stream.Shards) {
    same(String(next), shard.HashKeyRange.StartingHashKey, `start of ${shard.ShardId}`);
    next = BigInt(shard.HashKeyRange.EndingHashKey) + 1n;
  }
  same(String(1n << 128n), String(next), "end of the hash keys");
}

async function listShardsPages(api) {
  const first = await api.call("ListShards", { StreamName: STREAM, MaxResults: 3 });
  const second = await api.call("ListShards", { NextToken: first.NextToken, MaxResults: 3 });
  same([3, 1, undefined], [first.Shards.length, second.Shards.length, second.NextToken], "pages");
  const { Shards } = await api.call("ListShards", { StreamName: STREAM });
  same(Shards, [...first.Shards, ...second.Shards], "shards by pages");
}

async function listShardsNextToken(api) {
  const { NextToken } = await api.call("ListShards", { StreamName: STREAM, MaxResults: 3 });
  const { StreamDescriptionSummary } = await api.call("DescribeStreamSummary", { StreamName: STREAM });
  for (const stream of [{ StreamName: STREAM }, { StreamARN: StreamDescriptionSummary.StreamARN }]) {
    await api.fails(["InvalidArgumentException"], "ListShards", { NextToken, ...stream });
  }
}

export async function remove(api) {
  await step("DeleteStream", async () => {
    const { StreamDescriptionSummary } = await api.call("DescribeStreamSummary", { StreamName: STREAM });
    await api.call("RegisterStreamConsumer", { StreamARN: StreamDescriptionSummary.StreamARN, ConsumerName: "last" });
    const refusal = await api.fails(["ResourceInUseException"], "DeleteStream", { StreamName: STREAM });
    await api.call("DeleteStream", { StreamName: STREAM, EnforceConsumerDeletion: true });
    same("SUCCESS", (await waitUntilStreamNotExists(waiter(api), { StreamName: STREAM })).state, "waiter");
    await api.fails(["ResourceNotFoundException"], "DescribeStreamSummary", { StreamName: STREAM });
    return refusal;
  });
}
