import { fileURLToPath } from "node:url";
import pg from "pg";
import { createApp } from "galley/server";
import { tables } from "../by-hand/tables.ts";
import definition from "../galley/backend.ts";
import { tokenOf } from "../store/plain.ts";
import { fillFrom, makeDatabase } from "../store/postgres-store.ts";
import { galleyStore, plainStore } from "../store/stores.ts";
import { askOf } from "../works.ts";
import { galley, sources, startGalley } from "./galley.ts";
import { limit } from "./limit.ts";
import type { RunningSide, Side, Start } from "./side.ts";
import { startServer } from "./start-server.ts";

/** Connections for all threads of a server together, which is what Galley takes unless told otherwise. */
const connections = 20;

/** The definition of the other measurements, with nothing changed but the URL. */
const galleyOnPostgres: Side = {
  ...galley,
  start: (options) =>
    onDatabase(
      async (url) => {
        const app = await createApp(definition, { database: url });
        await app.close();
        await fillFrom(await galleyStore(options.films), url);
        // Sessions that were used just now: the first use after a day writes.
        await run(url, 'UPDATE _sessions SET "lastUsedAt" = now()');
      },
      (url) =>
        // As the one by hand, it waits for a connection of the pool rather than refuse whoever comes beyond what it has.
        startGalley(sources, `${url}&connect_timeout=10`, {
          ...options,
          env: { ...options.env, GALLEY_DATABASE_CONNECTIONS: String(connections) },
        }),
    ),
};

/** What an experienced person would write over node:http and pg for exactly these requests. */
const byHand: Side = {
  name: "by-hand",
  title: "by hand",
  alternative: false,
  start: (options) =>
    onDatabase(
      async (url) => {
        await run(url, tables);
        await fillFrom(plainStore(options.films), url);
      },
      (url) => startByHand(url, options),
    ),
};

/** Those that are measured on PostgreSQL, by the names of what they are beside in other measurements. */
export const postgresSides: ReadonlyMap<string, Side> = new Map([
  [limit.name, byHand],
  [galley.name, galleyOnPostgres],
]);

async function startByHand(url: string, { threads, folder, env = {} }: Start): Promise<RunningSide> {
  const program = fileURLToPath(new URL("../by-hand/server.ts", import.meta.url));
  const server = await startServer({
    command: process.execPath,
    args: ["--conditions=galley-source", program, "0", String(threads), String(connections)],
    env: { DATABASE_URL: url, ...env },
    folder,
    says: /port (\d+)\n/,
  });
  return {
    ...server,
    ask: (subject) => ({ ...askOf(subject), headers: { authorization: `Bearer ${tokenOf(subject.user)}` } }),
    answer: (_work, body) => body,
  };
}

/** A side with a database of its own, which goes when it stops. */
async function onDatabase(
  fill: (url: string) => Promise<void>,
  start: (url: string) => Promise<RunningSide>,
): Promise<RunningSide> {
  const { url, usage, drop } = await makeDatabase(fill);
  try {
    const running = await start(url);
    return {
      ...running,
      databaseUsage: usage,
      async stop() {
        await running.stop();
        await drop();
      },
    };
  } catch (error) {
    await drop();
    throw error;
  }
}

async function run(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
