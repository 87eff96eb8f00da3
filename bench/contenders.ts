import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./check-answers.ts";
import type { Sample } from "./load/load.ts";
import type { Bench } from "./parts/part.ts";
import { usageOf } from "./processes.ts";
import type { Side, Start } from "./sides/side.ts";
import { bytesOf, subjectOf, type WorkName, works } from "./works.ts";

/** Different requests that each client asks in turn. */
const turns = 128;

/** Starts sides one after another, and stops them all when the work with them is done or fails. */
export async function withContenders<T>(
  bench: Pick<Bench, "folder" | "films" | "threads">,
  sides: readonly Side[],
  work: (contenders: readonly Contender[]) => Promise<T>,
  options: Partial<Start> = {},
): Promise<T> {
  const contenders: Contender[] = [];
  const folders: string[] = [];
  try {
    for (const side of sides) {
      const folder = join(bench.folder, `${side.name}-${folders.length}-${Date.now()}`);
      mkdirSync(folder, { recursive: true });
      folders.push(folder);
      const { films, threads } = bench;
      contenders.push({ side, running: await side.start({ films, threads, folder, ...options }) });
    }
    folders.forEach(flush);
    return await work(contenders);
  } finally {
    await Promise.all(contenders.map(({ running }) => running.stop()));
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** Has everything in a folder on the disk: a database that was just copied would be written there while the first are measured. */
function flush(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = openSync(join(entry.parentPath, entry.name), "r");
    fsyncSync(file);
    closeSync(file);
  }
}

/** A measurement of one side. */
export interface Result extends Sample {
  /** Microseconds of processor time that a request cost the server; undefined where the system doesn't tell. */
  readonly serverCpu: number | undefined;
  /** The same of a database's processes; undefined where it has none, or they can't be seen. */
  readonly databaseCpu: number | undefined;
}

/** The requests of a work, client by client. */
export function requestsOf({ running }: Contender, work: WorkName, clients: number, films: number): Buffer[][] {
  return Array.from({ length: clients }, (_, client) =>
    Array.from({ length: turns }, (_, turn) => bytesOf(running.ask(subjectOf(work, client, turn, films)))),
  );
}

/**
 * Measures one work on one side.
 * @throws Error when anything is answered that shouldn't be
 */
export async function measure(
  bench: Pick<Bench, "load" | "clients" | "films">,
  contender: Contender,
  name: WorkName,
  seconds: number,
): Promise<Result> {
  const { side, running } = contender;
  const work = works.find((one) => one.name === name);
  const databaseBefore = await running.databaseUsage?.();
  const before = usageOf(running.pid);
  const [warmUp, sample] = await bench.load.run({
    port: running.port,
    connections: bench.clients,
    requests: requestsOf(contender, name, bench.clients, bench.films),
    expect: running.expect?.[name] ?? work?.expect ?? 200,
    phases: [{ milliseconds: Math.min(500, seconds * 200) }, { milliseconds: seconds * 1000 }],
  });
  const after = usageOf(running.pid);
  const databaseAfter = await running.databaseUsage?.();
  if (warmUp === undefined || sample === undefined) throw new Error("The load generator measured nothing.");
  if (Object.keys(sample.statuses).length > 0)
    throw new Error(
      `${side.name} answers ${name} with ${JSON.stringify(sample.statuses)}: ${sample.sample ?? "nothing"}`,
    );
  const answers = warmUp.answers + sample.answers;
  return {
    ...sample,
    serverCpu: before && after && (after.cpu - before.cpu) / answers,
    databaseCpu: databaseBefore && databaseAfter && spentBetween(databaseBefore, databaseAfter, answers),
  };
}

/** Processor time for each answer; what ended in between isn't known, and is little: connections stay. */
function spentBetween(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  answers: number,
): number | undefined {
  const spent = [...after].reduce((sum, [process, cpu]) => sum + cpu - (before.get(process) ?? 0), 0);
  return after.size === 0 ? undefined : spent / answers;
}
