// The server by hand on PostgreSQL: node:http, pg and a pool, for exactly the requests of the measurement and nothing else. It
// looks up the session, applies the rule, checks bodies and answers what Galley answers; it has no feed, log, metrics or limits.
// Run it with: DATABASE_URL=postgres://... node --conditions=galley-source bench/by-hand/server.ts PORT THREADS CONNECTIONS
import { Worker } from "node:worker_threads";
import { serve } from "./http-thread.ts";

const [port = "0", threads = "1", connections = "20"] = process.argv.slice(2);
const url = process.env["DATABASE_URL"] ?? "";
const share = Math.max(1, Math.floor(Number(connections) / Number(threads)));

const listening = await serve({ url, port: Number(port), connections: share });
await Promise.all(
  Array.from({ length: Number(threads) - 1 }, () => {
    const workerData = { url, port: listening, connections: share };
    const thread = new Worker(new URL("http-thread.ts", import.meta.url), { workerData });
    return new Promise((resolve) => thread.once("message", resolve));
  }),
);
console.log(`port ${listening}`);
