import type { RecordedThread, Span } from "./recorded-thread.ts";
import { type Frame, stageOf } from "./stages.ts";

/** What a thread was at, and for how long. */
export interface Stack {
  /** The outermost function first. */
  readonly frames: readonly Frame[];
  /** Microseconds of processor time for each request. */
  readonly microseconds: number;
}

/** What a thread did for a request. */
export interface ThreadStacks {
  readonly stacks: readonly Stack[];
  /** Microseconds of processor time. */
  readonly cpu: number;
  /** Microseconds that it stood still for the disk. */
  readonly waited: number;
}

/** Nothing to do, or the recorder at work. */
const isWork = ({ frames }: Stack): boolean =>
  !frames.some(({ file, name }) => name === "(idle)" || file.includes("/bench/profile/"));
const isCommit = ({ frames }: Stack): boolean => stageOf(frames) === "commit";

/**
 * What a thread did for a request, as processor time. Samples are taken by the clock: those of a commit hold the time that the disk
 * took as well, in which other threads have the processor. Linux knows how long that was, because it knows the time that a thread
 * had a processor and that it waited for one; what is left is the disk's, and is taken from the commit.
 *
 * @param rate requests a second while nobody looked, and while somebody did
 */
export function stacksOf(
  { unwatched, watched, profile }: RecordedThread,
  rate: { readonly unwatched: number; readonly watched: number },
): ThreadStacks {
  const samples = sampledStacks(profile);
  const all = sum(samples.map(({ microseconds }) => microseconds));
  const busy = samples.filter(isWork);
  const busyTime = sum(busy.map(({ microseconds }) => microseconds));
  const commits = sum(busy.filter(isCommit).map(({ microseconds }) => microseconds));
  const { at, cpu, queued } = lengthOf(watched);
  const stoodStill = Math.min(Math.max(0, (busyTime / all) * at - cpu - queued), commits);
  const requests = (lengthOf(unwatched).at / 1e6) * rate.unwatched;
  const cpuEach = lengthOf(unwatched).cpu / requests;
  const scale = cpuEach / (busyTime - stoodStill);
  const stacks = busy.map((stack) => {
    const working = isCommit(stack) ? 1 - stoodStill / commits : 1;
    return { frames: stack.frames, microseconds: stack.microseconds * working * scale };
  });
  return { stacks, cpu: cpuEach, waited: stoodStill / ((at / 1e6) * rate.watched) };
}

/** Each stack that was found, with the microseconds until the next sample. */
function sampledStacks({ nodes, samples = [], timeDeltas = [] }: RecordedThread["profile"]): Stack[] {
  const times = new Map<number, number>();
  for (const [index, id] of samples.entries()) times.set(id, (times.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const stacks: Stack[] = [];
  const walk = (id: number, outer: readonly Frame[]): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const { url, functionName } = node.callFrame;
    const frames = functionName === "(root)" ? outer : [...outer, { file: fileOf(url), name: functionName }];
    const microseconds = times.get(id) ?? 0;
    if (microseconds > 0 && frames.length > 0) stacks.push({ frames, microseconds });
    for (const child of node.children ?? []) walk(child, frames);
  };
  walk(nodes[0]?.id ?? 0, []);
  return stacks;
}

/** `records/viewer.ts`, `backend.ts`, `node_modules/pg/lib/client.js`, `node:net`. */
function fileOf(url: string): string {
  return url.replace(/^file:.*(?=\/node_modules\/|\/backend\.ts$)\/|^file:.*\/src\//, "");
}

function lengthOf({ began, ended }: Span): Span["began"] {
  return {
    at: ended.at - began.at,
    cpu: ended.cpu - began.cpu,
    queued: ended.queued - began.queued,
    process: ended.process - began.process,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
