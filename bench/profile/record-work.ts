import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Contender } from "../check-answers.ts";
import { requestsOf } from "../contenders.ts";
import type { Load } from "../load/load.ts";
import { type WorkName, works } from "../works.ts";
import type { RecordedThread } from "./recorded-thread.ts";
import { stacksOf, type ThreadStacks } from "./thread-stacks.ts";

/** What one request cost, in one run. */
export interface Recording {
  /** Requests a second while nobody looked. */
  readonly rate: number;
  readonly http: ThreadStacks;
  readonly writer: ThreadStacks;
  /**
   * Microseconds of processor time of all other threads: the one that carries the log over into the database file, and Node's own,
   * which compile and help to collect garbage.
   */
  readonly others: number;
}

/** How a work is recorded. */
export interface RecordingPlan {
  readonly load: Load;
  readonly films: number;
  readonly clients: number;
  readonly seconds: number;
  /** Where the server's threads write their recordings. */
  readonly folder: string;
}

/** Milliseconds before the first signal; and after the last, so that the load doesn't end before it. */
const margin = 500;
/** Asks a server for one work, and has its threads record what they do for it. */
export async function recordWork(contender: Contender, name: WorkName, plan: RecordingPlan): Promise<Recording> {
  const { pid } = contender.running;
  const known = new Set(readdirSync(plan.folder));
  const milliseconds = plan.seconds * 1000;
  const asking = ask(contender, name, plan, [margin, milliseconds, milliseconds + margin]);
  for (const wait of [margin, milliseconds, milliseconds]) {
    await setTimeout(wait);
    process.kill(pid, "SIGUSR2");
  }
  const [, unwatched = 0, watched = 0] = await asking;
  const { main, writing } = await recordedThreads(plan.folder, known);
  const http = stacksOf(main, { unwatched, watched });
  const writer = stacksOf(writing, { unwatched, watched });
  const { began, ended } = main.unwatched;
  const whole = (ended.process - began.process) / (((ended.at - began.at) / 1e6) * unwatched);
  return { rate: unwatched, http, writer, others: Math.max(0, whole - http.cpu - writer.cpu) };
}

/** @returns answers a second in each phase */
async function ask(
  contender: Contender,
  name: WorkName,
  { load, clients, films }: RecordingPlan,
  phases: readonly number[],
): Promise<number[]> {
  const samples = await load.run({
    port: contender.running.port,
    connections: clients,
    requests: requestsOf(contender, name, clients, films),
    expect: works.find((work) => work.name === name)?.expect ?? 200,
    phases: phases.map((milliseconds) => ({ milliseconds })),
  });
  for (const { statuses, sample } of samples) {
    if (Object.keys(statuses).length > 0)
      throw new Error(`${name} is answered with ${JSON.stringify(statuses)}: ${sample ?? "nothing"}`);
  }
  return samples.map(({ rate }) => rate);
}

/** Waits until the thread that answers and the one that writes have written what they recorded. */
async function recordedThreads(
  folder: string,
  known: ReadonlySet<string>,
): Promise<{ readonly main: RecordedThread; readonly writing: RecordedThread }> {
  for (const until = performance.now() + 20_000; performance.now() < until;) {
    const recorded = readdirSync(folder)
      .filter((file) => file.endsWith(".json") && !known.has(file))
      .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as RecordedThread);
    const main = recorded.find((one) => one.main);
    const writing = recorded.find(({ module }) => /\bwriter-thread\.[jt]s$/.test(module));
    if (main !== undefined && writing !== undefined) return { main, writing };
    await setTimeout(50);
  }
  throw new Error(`The threads of the server have not written what they recorded to ${folder}.`);
}
