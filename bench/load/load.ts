import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { percentile, sumOf } from "./histogram.ts";

/** What a generator is to do. */
export interface Job {
  readonly port: number;
  readonly connections: number;
  /** Before anything is counted, in milliseconds. */
  readonly warmUp: number;
  readonly milliseconds: number;
  /** For each client the requests that it asks in turn, whole, as bytes. */
  readonly requests: readonly (readonly Uint8Array[])[];
  /** The status of an answer that counts. */
  readonly expect: number;
  /** Requests a second, sent whether or not answers come; undefined where each client waits for its answer. */
  readonly rate?: number | undefined;
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
  run(job: Job): Promise<Sample>;
  close(): void;
}

/** Starts so many processes, which share the clients of each job. */
export function startLoad(processes: number): Load {
  const children = Array.from({ length: processes }, () =>
    fork(fileURLToPath(new URL("generator.ts", import.meta.url)), { serialization: "advanced", execArgv: [] }),
  );
  return {
    async run(job) {
      const all = await Promise.all(children.map((child, index) => runOn(child, partOf(job, index, processes))));
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
    },
    close() {
      for (const child of children) child.kill();
    },
  };
}

/** The share of one process: its clients, and its part of the rate. */
function partOf(job: Job, index: number, processes: number): Job {
  const connections = Math.floor((job.connections + index) / processes);
  const requests = job.requests.filter((_, client) => client % processes === index);
  const rate = job.rate === undefined ? undefined : job.rate / processes;
  return { ...job, connections, requests: requests.length === 0 ? job.requests : requests, rate };
}

function runOn(child: ChildProcess, job: Job): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error("The load generator has ended by itself."));
    child.once("exit", gone);
    child.once("message", (answer: Measured | { readonly failed: string }) => {
      child.off("exit", gone);
      if ("failed" in answer) reject(new Error(`The load generator: ${answer.failed}`));
      else resolve(answer);
    });
    child.send(job);
  });
}
