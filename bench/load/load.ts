import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { percentile, sumOf } from "./histogram.ts";

/** What a generator is to do. */
export interface Job {
  readonly port: number;
  readonly connections: number;
  /** For each client the requests that it asks in turn, whole, as bytes. */
  readonly requests: readonly (readonly Uint8Array[])[];
  /** The status of an answer that counts. */
  readonly expect: number;
  /** What is done on these connections, one after the other; each is measured. */
  readonly phases: readonly Phase[];
}

/** A time in which requests are made in one way. */
export interface Phase {
  readonly milliseconds: number;
  /** How many clients ask, each as soon as it was answered; all unless told otherwise. */
  readonly clients?: number;
  /**
   * Instead, requests a second that are sent whether or not answers come: a number, or how many times what an earlier phase reached.
   */
  readonly rate?: number | { readonly phase: number; readonly times: number };
}

/** What came of it. */
export interface Measured {
  readonly answers: number;
  readonly seconds: number;
  /** How often what else was answered, by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The beginning of the first such answer. */
  readonly sample: string | undefined;
  /** Requests that were due while every connection waited for an answer. */
  readonly missed: number;
  readonly counts: Uint32Array;
  /** Microseconds of processor time that asking took. */
  readonly cpu: number;
}

/** A measurement. */
export interface Sample extends Omit<Measured, "counts"> {
  /** Answers a second. */
  readonly rate: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Processes that ask. */
export interface Load {
  /** Whether they have a processor as soon as they need one. */
  readonly urgent: boolean;
  /** @returns a sample of each phase */
  run(job: Job): Promise<Sample[]>;
  close(): void;
}

/**
 * Starts so many processes, which share the clients of each job.
 *
 * @param wantsUrgent whether they are to have a processor as soon as they need one, before any server, where the system lets them:
 * clients are other machines, and how long they wait for a processor of this one is nothing that a server does to them
 */
export function startLoad(processes: number, wantsUrgent = false): Load {
  const children = Array.from({ length: processes }, () =>
    fork(fileURLToPath(new URL("generator.ts", import.meta.url)), { serialization: "advanced", execArgv: [] }),
  );
  const urgent = wantsUrgent && children.every(({ pid }) => goesFirst(pid));
  return {
    urgent,
    async run(job) {
      const all = await Promise.all(children.map((child, index) => runOn(child, partOf(job, index, processes))));
      return job.phases.map((_, phase) => together(all.flatMap((one) => one[phase] ?? [])));
    },
    close() {
      for (const child of children) child.kill();
    },
  };
}

/** Has a process run before all others. @returns whether that is allowed here, and there is a command for it */
function goesFirst(pid: number | undefined): boolean {
  try {
    execFileSync("chrt", ["--all-tasks", "--rr", "--pid", "1", String(pid)], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What the processes measured in one phase, as if they had been one. */
function together(all: readonly Measured[]): Sample {
  const counts = sumOf(all.map((one) => one.counts));
  const sum = (of: (one: Measured) => number): number => all.reduce((total, one) => total + of(one), 0);
  const statuses: Record<string, number> = {};
  for (const one of all)
    for (const [status, count] of Object.entries(one.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
  return {
    answers: sum(({ answers }) => answers),
    seconds: Math.max(...all.map(({ seconds }) => seconds)),
    statuses,
    sample: all.find(({ sample }) => sample !== undefined)?.sample,
    missed: sum(({ missed }) => missed),
    cpu: sum(({ cpu }) => cpu),
    rate: sum(({ answers, seconds }) => answers / seconds),
    p50: percentile(counts, 0.5),
    p99: percentile(counts, 0.99),
  };
}

/** The share of one process: its clients, and its part of a rate. */
function partOf(job: Job, index: number, processes: number): Job {
  const share = (count: number): number => Math.floor((count + index) / processes);
  const requests = job.requests.filter((_, client) => client % processes === index);
  const phases = job.phases.map((phase) => ({
    ...phase,
    ...(phase.clients === undefined ? {} : { clients: share(phase.clients) }),
    ...(typeof phase.rate === "number" ? { rate: phase.rate / processes } : {}),
  }));
  return {
    ...job,
    connections: share(job.connections),
    requests: requests.length === 0 ? job.requests : requests,
    phases,
  };
}

function runOn(child: ChildProcess, job: Job): Promise<Measured[]> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error("The load generator has ended by itself."));
    child.once("exit", gone);
    child.once("message", (answer: Measured[] | { readonly failed: string }) => {
      child.off("exit", gone);
      if ("failed" in answer) reject(new Error(`The load generator: ${answer.failed}`));
      else resolve(answer);
    });
    child.send(job);
  });
}
