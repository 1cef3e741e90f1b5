// Runs the scenario with the JavaScript SDK: main.mjs http2, its default, or main.mjs http1.
import { createRequire } from "node:module";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";

import * as consumers from "./consumers.mjs";
import * as errors from "./errors.mjs";
import * as records from "./records.mjs";
import * as resharding from "./resharding.mjs";
import * as settings from "./settings.mjs";
import * as streams from "./streams.mjs";
import { API } from "./api.mjs";

const timeouts = { requestTimeout: 15_000, connectionTimeout: 5_000 };
const transports = {
  http2: { protocol: "h2", options: {} }, // the client's default
  http1: { protocol: "http/1.1", options: { requestHandler: new NodeHttpHandler(timeouts) } },
};
const { protocol, options } = transports[process.argv[2]];
const client = new KinesisClient({ maxAttempts: 1, ...options });
const spoken = client.config.requestHandler.metadata.handlerProtocol;
if (spoken !== protocol) throw new Error(`the client speaks ${spoken} and not ${protocol}`);
const api = new API(client);
const { version } = createRequire(import.meta.url)("@aws-sdk/client-kinesis/package.json");
console.log(`version|@aws-sdk/client-kinesis ${version}`);
for (const part of [streams, records, resharding, settings, consumers, errors]) await part.run(api);
await streams.remove(api);
process.exit(0); // an open subscription would keep it alive
