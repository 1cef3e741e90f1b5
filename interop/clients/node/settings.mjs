// What can be set on a stream and on the account.
import { digest, isTrue, large, same, shardID, step } from "./api.mjs";

const STREAM = "settings";
const ON_DEMAND = "on-demand";
const here = { StreamName: STREAM };

export async function run(api) {
  const { StreamARN } = await api.create(STREAM, 1);
  await tags(api, StreamARN);
  await changes(api);
  await policy(api, StreamARN);
  await step("UpdateMaxRecordSize", () => maxRecordSize(api, StreamARN));
  await onDemand(api, (await api.create(ON_DEMAND, 1)).StreamARN);
}

async function tags(api, ResourceARN) {
  const named = ({ Tags }) => Object.fromEntries(Tags.map((t) => [t.Key, t.Value]).sort());

  await step("AddTagsToStream", async () => {
    await api.call("AddTagsToStream", { ...here, Tags: { team: "Räder", empty: "" } });
  });
  await step("ListTagsForStream", async () => {
    const answer = await api.call("ListTagsForStream", here);
    same([{ empty: "", team: "Räder" }, false], [named(answer), answer.HasMoreTags], "tags");
  });
  await step("RemoveTagsFromStream", async () => {
    await api.call("RemoveTagsFromStream", { ...here, TagKeys: ["empty"] });
    same({ team: "Räder" }, named(await api.call("ListTagsForStream", here)), "tags");
  });
  await step("TagResource", async () => {
    await api.call("TagResource", { ResourceARN, Tags: { stage: "test" } });
  });
  await step("ListTagsForResource", async () => {
    same({ stage: "test", team: "Räder" }, named(await api.call("ListTagsForResource", { ResourceARN })), "tags");
  });
  await step("UntagResource", async () => {
    await api.call("UntagResource", { ResourceARN, TagKeys: ["stage", "team"] });
    same({}, named(await api.call("ListTagsForResource", { ResourceARN })), "tags");
  });
}

async function changes(api) {
  const retention = async (operation, hours) => {
    await api.call(operation, { ...here, RetentionPeriodHours: hours });
    same(hours, (await api.active(STREAM)).RetentionPeriodHours, "RetentionPeriodHours");
  };
  const metrics = async () => [...(await api.active(STREAM)).EnhancedMonitoring[0].ShardLevelMetrics].sort();
  const key = { EncryptionType: "KMS", KeyId: "alias/aws/kinesis" };

  await step("IncreaseStreamRetentionPeriod", async () => {
    await retention("IncreaseStreamRetentionPeriod", 48);
    await retention("IncreaseStreamRetentionPeriod", 48); // Terraform does it
  });
  await step("DecreaseStreamRetentionPeriod", () => retention("DecreaseStreamRetentionPeriod", 24));
  await step("EnableEnhancedMonitoring", async () => {
    const want = ["IncomingBytes", "OutgoingRecords"];
    const answer = await api.call("EnableEnhancedMonitoring", { ...here, ShardLevelMetrics: want });
    same(want, [...answer.DesiredShardLevelMetrics].sort(), "DesiredShardLevelMetrics");
    same(want, await metrics(), "metrics");
  });
  await step("DisableEnhancedMonitoring", async () => {
    await api.call("DisableEnhancedMonitoring", { ...here, ShardLevelMetrics: ["ALL"] });
    same([], await metrics(), "metrics");
  });
  await step("StartStreamEncryption", async () => {
    await api.call("StartStreamEncryption", { ...here, ...key });
    same("KMS", (await api.active(STREAM)).EncryptionType, "EncryptionType of the stream");
    const { EncryptionType } = await api.call("PutRecord", { ...here, PartitionKey: "key", Data: Buffer.from("secret") });
    same("KMS", EncryptionType, "EncryptionType of PutRecord");
  });
  await step("StopStreamEncryption", async () => {
    await api.call("StopStreamEncryption", { ...here, ...key });
    same("NONE", (await api.active(STREAM)).EncryptionType, "EncryptionType");
  });
}

async function policy(api, ResourceARN) {
  const text = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "kinesis:PutRecord", Resource: ResourceARN }],
  });
  const get = async () => (await api.call("GetResourcePolicy", { ResourceARN })).Policy;

  await step("PutResourcePolicy", async () => {
    await api.call("PutResourcePolicy", { ResourceARN, Policy: text });
  });
  await step("GetResourcePolicy", async () => same(text, await get(), "policy"));
  await step("DeleteResourcePolicy", async () => {
    await api.call("DeleteResourcePolicy", { ResourceARN });
    same({}, JSON.parse(await get()), "policy");
  });
}

async function maxRecordSize(api, StreamARN) {
  await api.call("UpdateMaxRecordSize", { StreamARN, MaxRecordSizeInKiB: 10240 });
  same(10240, (await api.active(STREAM)).MaxRecordSizeInKiB, "MaxRecordSizeInKiB");
  const Data = large((10 << 20) - "large".length);
  await api.call("PutRecord", { ...here, PartitionKey: "large", Data });
  const { records } = await api.readAll(STREAM, shardID(0));
  isTrue(Buffer.from(records.at(-1).Data).equals(Data), "the large record is another");
}

async function onDemand(api, StreamARN) {
  await step("UpdateStreamMode", async () => {
    await api.call("UpdateStreamMode", { StreamARN, StreamModeDetails: { StreamMode: "ON_DEMAND" } });
    same("ON_DEMAND", (await api.active(ON_DEMAND)).StreamModeDetails.StreamMode, "StreamMode");
  });
  await step("UpdateAccountSettings", async () => {
    const answer = await api.call("UpdateAccountSettings", { MinimumThroughputBillingCommitment: { Status: "ENABLED" } });
    same("ENABLED", answer.MinimumThroughputBillingCommitment.Status, "Status");
  });
  await step("DescribeAccountSettings", async () => {
    const { MinimumThroughputBillingCommitment: commitment } = await api.call("DescribeAccountSettings");
    same("ENABLED", commitment.Status, "Status");
    isTrue(commitment.StartedAt < commitment.EarliestAllowedEndAt, "times");
  });
  await step("UpdateStreamWarmThroughput", async () => {
    const answer = await api.call("UpdateStreamWarmThroughput", { StreamName: ON_DEMAND, WarmThroughputMiBps: 100 });
    same(100, answer.WarmThroughput.TargetMiBps, "TargetMiBps");
    same(100, (await api.active(ON_DEMAND)).WarmThroughput.CurrentMiBps, "CurrentMiBps");
  });
  await step("UpdateStreamRecordDistributionStrategy", async () => {
    await api.call("UpdateStreamRecordDistributionStrategy", { StreamARN, RecordDistributionStrategy: "AUTO" });
    same("AUTO", (await api.active(ON_DEMAND)).RecordDistributionStrategy, "RecordDistributionStrategy");
    const record = { Data: Buffer.from("no key") };
    await api.call("PutRecord", { StreamName: ON_DEMAND, ...record });
    same(digest([record]), digest((await api.readAll(ON_DEMAND, shardID(0))).records), "records");
  });
}
