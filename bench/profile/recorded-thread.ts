import type { Profiler } from "node:inspector";

/** What a thread has used up to a moment, in microseconds. */
export interface ThreadTimes {
  readonly at: number;
  /** Processor time of the thread. */
  readonly cpu: number;
  /** Time in which it was ready to run and had no processor. */
  readonly queued: number;
  /** Processor time of the whole process. */
  readonly process: number;
}

/** Where a thread stood when a time began and when it ended. */
export interface Span {
  readonly began: ThreadTimes;
  readonly ended: ThreadTimes;
}

/** A recording of one thread: a time in which nobody looked, which is what its work costs, and one in which V8 took samples. */
export interface RecordedThread {
  readonly main: boolean;
  /** The file that it was started with. */
  readonly module: string;
  readonly unwatched: Span;
  readonly watched: Span;
  readonly profile: Profiler.Profile;
}
