// The limit: a server written by hand over node:http and node:sqlite, for exactly the requests of the measurement and nothing else.
// It looks up the session, applies the rule, checks bodies and answers what Galley answers; it has no feed, log, metrics or limits.
// Run it with: node --conditions=galley-source bench/limit/server.ts FILE PORT THREADS
import { MessageChannel, Worker } from "node:worker_threads";
import { serve } from "./http-thread.ts";

const [file = "", port = "0", threads = "1"] = process.argv.slice(2);
const channels = Array.from({ length: Number(threads) }, () => new MessageChannel());

const writer = new Worker(new URL("writer-thread.ts", import.meta.url), {
  workerData: { file, ports: channels.map(({ port1 }) => port1) },
  transferList: channels.map(({ port1 }) => port1),
});
await new Promise((resolve) => writer.once("message", resolve));

const [own, ...rest] = channels;
const listening = await serve({ file, port: Number(port), writer: own!.port2 });
await Promise.all(
  rest.map(({ port2 }) => {
    const data = { file, port: listening, writer: port2 };
    const thread = new Worker(new URL("http-thread.ts", import.meta.url), { workerData: data, transferList: [port2] });
    return new Promise((resolve) => thread.once("message", resolve));
  }),
);
console.log(`port ${listening}`);
