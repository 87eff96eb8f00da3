import type { Ask, Subject, WorkName } from "../works.ts";

/** How a side is started. */
export interface Start {
  /** Films in its database. */
  readonly films: number;
  /** Threads, or processes, that answer requests. */
  readonly threads: number;
  /** A folder of its own for this run, which is removed afterwards. */
  readonly folder: string;
  /** Environment variables beside what the side itself sets. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A server that runs, and how it is asked. */
export interface RunningSide {
  readonly port: number;
  /** The process whose group is the whole server. */
  readonly pid: number;
  /** Microseconds that each process of its database server has taken so far, by its id; none where they can't be seen. */
  databaseUsage?(): Promise<ReadonlyMap<number, number>>;
  /** Milliseconds from the start of the process to its first answer. */
  readonly startUp: number;
  /** The request for a subject. */
  ask(subject: Subject): Ask;
  /** The request by which a user signs in, from an address of its own; undefined where there is none. */
  signIn?(user: number, turn: number): Ask;
  /** Imports films from a CSV file beside it, as its users would; undefined where there is no such command. */
  importFilms?(file: string): RunningImport;
  /** The records of an answer in the words of the HTTP contract, so that sides can be compared. */
  answer(work: WorkName, body: unknown): unknown;
  /** Status of a work's answer, where it isn't the contract's. */
  readonly expect?: Partial<Record<WorkName, number>>;
  stop(): Promise<void>;
}

/** An import that is under way. */
export interface RunningImport {
  /** Stops it. @returns how many records it has stored */
  stop(): Promise<number>;
}

/** Something that is measured beside others. */
export interface Side {
  readonly name: string;
  readonly title: string;
  /** Whether users could pick it instead of Galley. */
  readonly alternative: boolean;
  /** Why it can't be had here; undefined where it can. */
  missing?(): string | undefined;
  /** The program that it is, where it comes from no package. */
  readonly program?: string | undefined;
  /** The packages that an application with it names. */
  readonly packages?: readonly string[];
  /** What must be known to read its figures. */
  readonly note?: string;
  /** Works that it can't do as the others do, and why. */
  readonly without?: Partial<Record<WorkName, string>>;
  start(options: Start): Promise<RunningSide>;
}
