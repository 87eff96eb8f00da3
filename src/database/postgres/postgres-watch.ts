import { setImmediate as turn } from "node:timers/promises";
import { PostgresClient } from "./postgres-client.ts";
import type { configurationOf } from "./postgres-configuration.ts";
import { codeOf } from "./postgres-errors.ts";

/** Silence, in milliseconds, after which the server is asked whether it is still there, and how long that may take. */
const silence = 300;
const patience = 400;
/** How often is looked; and the most time between two questions about a statement that takes long. */
const interval = 100;
const longestPause = 5000;

/** Looks after connections that owe an answer. */
export interface Watch {
  /** To be called when a statement was sent. */
  start(): void;
  stop(): void;
}

/**
 * A server that has gone without a word (its machine is off, a firewall forgot the connection) looks like one that is slow.
 * A connection that has been silent is asked about on another one: where that can't be made, all are cut off; where the server
 * isn't at work on what it was sent, that connection is.
 */
export function createWatch(
  clients: ReadonlySet<PostgresClient>,
  configuration: ReturnType<typeof configurationOf>,
): Watch {
  let timer: NodeJS.Timeout | undefined;
  let asking = false;
  let pause = silence;
  let asked = 0;

  async function look(): Promise<void> {
    const silent = [...clients].filter((client) => client.silentFor > silence);
    if (silent.length === 0) {
      pause = silence;
      if (![...clients].some((client) => client.silentFor > 0)) stop();
      return;
    }
    const now = performance.now();
    if (asking || now - asked < pause) return;
    asking = true;
    asked = now;
    pause = Math.min(longestPause, pause * 2);
    try {
      const working = await askServer(configuration);
      // This thread may have been busy itself: answers that have arrived meanwhile are read first.
      await turn();
      const heard = (client: PostgresClient): boolean => client.answeredAt > now;
      if (working === undefined && [...clients].some(heard)) return;
      for (const client of working === undefined ? clients : silent) {
        const busy = client.process === undefined || working?.has(client.process) === true;
        if (!(working !== undefined && busy) && !heard(client)) client.cut("the server does not answer");
      }
    } finally {
      asking = false;
    }
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    start() {
      timer ??= setInterval(() => void look(), interval).unref();
    },
    stop,
  };
}

/** Processes of the server that are at work, or undefined when it isn't there. */
async function askServer(
  configuration: ReturnType<typeof configurationOf>,
): Promise<{ has(process: number): boolean } | undefined> {
  const longest = Math.max(patience, (configuration.connectionTimeoutMillis ?? 0) / 2);
  const client = new PostgresClient({ ...configuration, connectionTimeoutMillis: longest, pipeline: false });
  const late = setTimeout(() => client.cut("no answer in time"), longest);
  try {
    await client.connect();
    const { rows } = await client.send({
      text: "SELECT pid FROM pg_stat_activity WHERE state IS NULL OR state NOT LIKE 'idle%'",
      rowMode: "array",
    });
    return new Set(rows.map(([process]) => Number(process)));
  } catch (error) {
    // A server without room for one more connection is there all the same; nothing can be said of a single statement.
    return /^[0-9A-Z]{5}$/.test(codeOf(error)) && !codeOf(error).startsWith("57P") ? { has: () => true } : undefined;
  } finally {
    clearTimeout(late);
    client.cut("no longer needed");
  }
}
