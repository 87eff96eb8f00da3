import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { basename } from "node:path";

/** How a thread shares processors: only those that nobody else wants, or a tenth of one where others need it. */
export type Manner = "idle" | "low";

/**
 * Has this thread give way to those that answer requests. A thread of a lower priority still keeps a processor for up to 4 ms
 * from one that wakes there, as long as a server's Linux takes between two looks at who should run; an idle one is left at once.
 * Only Linux knows priorities of threads; elsewhere it would be the whole process, and nothing is done.
 *
 * @returns the number of the thread, when it has to be looked after from now on because it may get no processor at all
 */
export function giveWay(manner: Manner): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    if (manner === "idle") {
      const thread = basename(readlinkSync("/proc/thread-self"));
      // Whoever can't be looked after must not be left without a processor.
      if ((ranFor(thread) ?? 0) === 0) throw new Error("It is not known for how long threads run.");
      // Node.js has no call for it; the command is part of every Linux, but for the smallest containers.
      execFileSync("chrt", ["-i", "-p", "0", thread], { stdio: "ignore" });
      return thread;
    }
  } catch {
    // Then it is asked for as little as Node.js can.
  }
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox may forbid it; then the threads share.
  }
  return undefined;
}

/** For how long a thread of this process has had a processor, in milliseconds; undefined where it can't be known, or has ended. */
export function ranFor(thread: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "latin1").split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}
