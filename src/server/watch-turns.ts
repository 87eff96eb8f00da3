import type { Worker } from "node:worker_threads";
import type { Order } from "./thread-messages.ts";

/** How a thread is watched. */
export interface WatchOptions {
  /** Microseconds of processor time that it may spend without taking a message. */
  readonly patience: number;
  /** Milliseconds between two looks. */
  readonly every?: number;
}

/** A thread that is watched. */
export interface Watch {
  /** Told that the thread has answered the `ping`. */
  answered(): void;
  end(): void;
}

const nowhere = "what can't be seen from outside";
/** How long it is looked at what keeps a thread, in milliseconds. */
const look = 100;

/**
 * Watches whether a thread still takes its turns. One that is in a loop without an end answers nobody, and nothing else ends it. Its
 * own processor time is what counts: one that waits for a disk, or for a processor that others have, is let be.
 *
 * @param stuck told once, with where it is: `pay (file:///app/backend.ts:12)`
 */
export function watchTurns(
  worker: Pick<Worker, "cpuUsage" | "postMessage" | "startCpuProfile">,
  { patience, every = 1000 }: WatchOptions,
  stuck: (where: string) => void,
): Watch {
  /** What it had spent when it was asked to answer; undefined once it has. */
  let since: NodeJS.CpuUsage | undefined;
  let looking = false;
  const timer = setInterval(() => {
    if (!looking) void lookAt().catch(() => end());
  }, every).unref();

  async function lookAt(): Promise<void> {
    looking = true;
    if (since === undefined) {
      since = await worker.cpuUsage();
      worker.postMessage({ ping: true } satisfies Order);
    } else {
      const { user, system } = await worker.cpuUsage(since);
      if (since !== undefined && user + system > patience) {
        end();
        stuck(await whereIs(worker).catch(() => nowhere));
      }
    }
    looking = false;
  }

  function end(): void {
    clearInterval(timer);
  }

  return { answered: () => (since = undefined), end };
}

/** A frame of a profile, as V8 writes it: `lineNumber` counts from 0, lines in `positionTicks` from 1. */
interface ProfileNode {
  readonly id: number;
  readonly hitCount?: number;
  readonly children?: readonly number[];
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

/** What a thread was in most of the time: the innermost function that is of no module of Node's. */
async function whereIs(worker: Pick<Worker, "startCpuProfile">): Promise<string> {
  const profile = await worker.startCpuProfile();
  await new Promise((resolve) => setTimeout(resolve, look));
  const { nodes } = JSON.parse(await profile.stop()) as { readonly nodes: readonly ProfileNode[] };
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  let node: ProfileNode | undefined = nodes.toSorted((one, other) => (other.hitCount ?? 0) - (one.hitCount ?? 0))[0];
  while (node !== undefined && !node.callFrame.url.startsWith("file:")) node = parents.get(node.id);
  if (node === undefined) return nowhere;
  const { functionName, url, lineNumber } = node.callFrame;
  const [most] = (node.positionTicks ?? []).toSorted((one, other) => other.ticks - one.ticks);
  return `${functionName || "a function"} (${url}:${most?.line ?? lineNumber + 1})`;
}
