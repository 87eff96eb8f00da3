import type { Load } from "../load/load.ts";
import type { Side } from "../sides/side.ts";
import type { WorkName } from "../works.ts";

/** What a part of the benchmark is given. */
export interface Bench {
  readonly load: Load;
  readonly sides: readonly Side[];
  /** Sides that can't be had here, and why. */
  readonly missing: readonly string[];
  readonly works: readonly WorkName[];
  readonly films: number;
  readonly threads: number;
  readonly clients: number;
  /** Seconds of one measurement. */
  readonly seconds: number;
  readonly rounds: number;
  /** A folder of its own; removed afterwards. */
  readonly folder: string;
  say(line: string): void;
}

/** A part of the benchmark that can be run alone. */
export interface Part {
  readonly name: string;
  readonly title: string;
  /** Rows of the large table, where it is another number unless told otherwise. */
  readonly films?: number;
  /** Why it can't be run here; undefined where it can. */
  missing?(): Promise<string | undefined>;
  /** @returns what was found, in Markdown */
  run(bench: Bench): Promise<string>;
}
