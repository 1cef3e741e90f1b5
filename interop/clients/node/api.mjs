// The API by operation names, the steps of the scenario, and what they check with.
import { isDeepStrictEqual } from "node:util";
import { setTimeout as wait } from "node:timers/promises";
import * as sdk from "@aws-sdk/client-kinesis";

const without = new Set((process.env.INTEROP_WITHOUT ?? "").split(","));

// A request that is not answered within this time has failed. An event is at most 5 seconds away.
const patience = 20_000;

export class API {
  constructor(client) {
    this.client = client;
  }

  async call(operation, parameters = {}) {
    const answer = await within(this.client.send(new sdk[`${operation}Command`](parameters)), operation);
    delete answer.$metadata;
    return answer;
  }

  // fails calls an operation that has to fail with one of the exception classes.
  async fails(codes, operation, parameters) {
    try {
      await this.call(operation, parameters);
    } catch (error) {
      if (codes.some((code) => error instanceof sdk[code])) return `${error.name}: ${error.message}`;
      throw error;
    }
    throw new Error(`no error from ${operation}`);
  }

  // active waits until a stream is ACTIVE and returns its summary.
  async active(stream) {
    for (const end = Date.now() + patience; ; await wait(100)) {
      const { StreamDescriptionSummary: summary } = await this.call("DescribeStreamSummary", { StreamName: stream });
      if (summary.StreamStatus === "ACTIVE") return summary;
      isTrue(Date.now() < end, `${stream} is still ${summary.StreamStatus}`);
    }
  }

  async create(stream, shards) {
    await this.call("CreateStream", { StreamName: stream, ShardCount: shards });
    return this.active(stream);
  }

  // readAll reads a shard from TRIM_HORIZON until nothing is left: the records, and the last answer.
  async readAll(stream, shard) {
    const { ShardIterator } = await this.call("GetShardIterator", {
      StreamName: stream, ShardId: shard, ShardIteratorType: "TRIM_HORIZON",
    });
    const records = [];
    let iterator = ShardIterator;
    for (let i = 0; i < 50; i++) {
      const answer = await this.call("GetRecords", { ShardIterator: iterator });
      records.push(...answer.Records);
      iterator = answer.NextShardIterator;
      if (!iterator || answer.MillisBehindLatest === 0) return { records, answer };
    }
    throw new Error(`no end of ${shard} after 50 answers`);
  }
}

// step runs a step and prints its result, unless the client does not offer the operation.
export async function step(name, run) {
  if (without.has(name)) return;
  try {
    print(name, "ok", (await run()) ?? "");
  } catch (error) {
    const at = error.stack?.split("\n").find((line) => /\/(?!api)\w+\.mjs:/.test(line) && !line.includes("node_modules"));
    print(name, "FAIL", `${error.name}: ${error.message} (${at?.match(/\w+\.mjs:\d+/)?.[0]})`);
  }
}

function print(name, result, detail) {
  console.log(`${name}|${result}|${String(detail).replace(/\s+/g, " ").slice(0, 600)}`);
}

// within gives up on a promise in time.
export async function within(promise, what, milliseconds = patience) {
  const timer = new AbortController();
  const late = wait(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what}: nothing after ${milliseconds} ms`);
  });
  late.catch(() => {}); // aborted
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

// control makes the server misbehave.
export async function control(action, body) {
  const answer = await fetch(process.env.INTEROP_CONTROL + action, { method: "POST", body: JSON.stringify(body ?? {}) });
  isTrue(answer.ok, `${action}: ${answer.status}`);
}

export function same(want, have, what) {
  if (!isDeepStrictEqual(want, have)) {
    throw new Error(`${what}: want ${JSON.stringify(want)}, have ${JSON.stringify(have)}`.slice(0, 500));
  }
}

export function isTrue(condition, what) {
  if (!condition) throw new Error(what);
}

export const shardID = (number) => `shardId-${String(number).padStart(12, "0")}`;

// payload is a record's data: its number and all byte values.
export const payload = (number) =>
  Uint8Array.from([...Buffer.from(`${number}:`), ...Array.from({ length: 256 }, (_, i) => i)]);

// large is data of a size, without a pattern of a power of two.
export const large = (size) => Uint8Array.from({ length: size }, (_, i) => (i * 7) % 251);

// digest groups records by key, their data in order, into something to compare.
export function digest(records) {
  const groups = {};
  for (const { PartitionKey, Data } of records) (groups[PartitionKey] ??= []).push(Buffer.from(Data).toString("base64"));
  return groups;
}
