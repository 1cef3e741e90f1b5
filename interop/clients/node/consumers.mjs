// Consumers and their subscriptions.
import { setTimeout as wait } from "node:timers/promises";
import { InternalFailureException } from "@aws-sdk/client-kinesis";
import { control, isTrue, payload, same, shardID, step, within } from "./api.mjs";

const STREAM = "consumed";

export async function run(api) {
  const { StreamARN } = await api.create(STREAM, 1);
  let ConsumerARN, events; // of the subscription

  const put = (number) => api.call("PutRecord", { StreamName: STREAM, PartitionKey: "key", Data: payload(number) });
  const describe = async (address) => (await api.call("DescribeStreamConsumer", address)).ConsumerDescription;
  const next = async () => {
    const { value, done } = await within(events.next(), "event", 10_000);
    isTrue(!done, "the subscription has ended");
    isTrue(value.SubscribeToShardEvent, `not an event of records: ${Object.keys(value)}`);
    return value.SubscribeToShardEvent;
  };
  const dataUntil = async (count) => {
    const data = [];
    while (data.length < count) {
      const event = await next();
      isTrue(event.ContinuationSequenceNumber, "no ContinuationSequenceNumber");
      data.push(...event.Records.map((r) => Buffer.from(r.Data).toString("base64")));
    }
    return data;
  };
  const payloads = (...numbers) => numbers.map((n) => Buffer.from(payload(n)).toString("base64"));

  await step("RegisterStreamConsumer", async () => {
    const { Consumer } = await api.call("RegisterStreamConsumer", { StreamARN, ConsumerName: "fan" });
    same("CREATING", Consumer.ConsumerStatus, "ConsumerStatus");
    ({ ConsumerARN } = Consumer);
    const end = Date.now() + 20_000;
    while ((await describe({ ConsumerARN })).ConsumerStatus !== "ACTIVE") {
      isTrue(Date.now() < end, "not ACTIVE");
      await wait(100);
    }
  });
  await step("DescribeStreamConsumer", async () => {
    const byARN = await describe({ ConsumerARN });
    same(["fan", StreamARN], [byARN.ConsumerName, byARN.StreamARN], "consumer");
    same(byARN, await describe({ StreamARN, ConsumerName: "fan" }), "by name");
  });
  await step("ListStreamConsumers", async () => {
    const { Consumers } = await api.call("ListStreamConsumers", { StreamARN });
    same([ConsumerARN], Consumers.map((c) => c.ConsumerARN), "consumers");
  });
  await step("SubscribeToShard", async () => {
    for (const number of [0, 1, 2]) await put(number);
    const { EventStream } = await api.call("SubscribeToShard", {
      ConsumerARN, ShardId: shardID(0), StartingPosition: { Type: "TRIM_HORIZON" },
    });
    events = EventStream[Symbol.asyncIterator]();
    same(payloads(0, 1, 2), await dataUntil(3), "records");
    await put(3);
    same(payloads(3), await dataUntil(1), "record written meanwhile");
  });
  await step("SubscribeToShard twice", () => api.fails(["ResourceInUseException"], "SubscribeToShard", {
    ConsumerARN, ShardId: shardID(0), StartingPosition: { Type: "LATEST" },
  }));
  await step("SubscribeToShard heartbeat", async () => {
    const start = Date.now();
    same([], (await next()).Records, "records");
    isTrue(Date.now() - start < 8_000, "too late");
  });
  await step("SubscribeToShard ChildShards", async () => {
    await api.call("SplitShard", { StreamName: STREAM, ShardToSplit: shardID(0), NewStartingHashKey: String(1n << 127n) });
    let event;
    do event = await next(); while (!event.ChildShards?.length);
    same(undefined, event.ContinuationSequenceNumber, "ContinuationSequenceNumber at the end");
    const children = event.ChildShards.map((c) => [c.ShardId, c.ParentShards]);
    same([1, 2].map((n) => [shardID(n), [shardID(0)]]), children, "ChildShards");
    isTrue((await within(events.next(), "end", 10_000)).done, "the subscription goes on");
  });
  await step("SubscribeToShard exception", async () => {
    const { EventStream } = await api.call("SubscribeToShard", {
      ConsumerARN, ShardId: shardID(1), StartingPosition: { Type: "TRIM_HORIZON" },
    });
    await control("end-subscriptions", { code: "InternalFailureException" });
    events = EventStream[Symbol.asyncIterator]();
    try {
      for (let i = 0; i < 5; i++) await next();
    } catch (error) {
      if (error instanceof InternalFailureException) return error.name;
      throw error;
    }
    throw new Error("the subscription goes on");
  });
  await step("DeregisterStreamConsumer", async () => {
    await api.call("DeregisterStreamConsumer", { ConsumerARN });
    await api.fails(["ResourceNotFoundException"], "DescribeStreamConsumer", { ConsumerARN });
  });
}
