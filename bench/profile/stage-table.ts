import { showSpread, spreadOf, table } from "../report/statistics.ts";
import type { Recording } from "./record-work.ts";
import { type Stage, stageNames, stageOf } from "./stages.ts";
import type { ThreadStacks } from "./thread-stacks.ts";

/** A checkout, and what was recorded of one work on it, run by run. */
export interface Measured {
  readonly title: string;
  readonly recordings: readonly Recording[];
}

export const threadTitles = { http: "the thread that answers", writer: "the thread that writes" } as const;

/** Microseconds of processor time per request and stage, as medians of all runs; with the shares of the last that was measured. */
export function stageTable(measured: readonly Measured[]): string {
  const latest = measured.at(-1);
  const whole = latest === undefined ? 0 : spreadOf(latest.recordings.map(totalOf)).median;
  const row = (label: string, valueOf: (recording: Recording) => number): readonly string[] | undefined => {
    const spreads = measured.map(({ recordings }) => spreadOf(recordings.map(valueOf)));
    if (spreads.every(({ median }) => median < 0.05)) return undefined;
    const share = ((spreads.at(-1)?.median ?? 0) / whole) * 100;
    return [label, ...spreads.map((spread) => showSpread(spread, 1)), `${share.toFixed(1)} %`];
  };
  const rows = (["http", "writer"] as const).flatMap((thread) => [
    ...stageNames.map((stage) => row(stage, (recording) => stageTime(recording[thread], stage))),
    row(`**${threadTitles[thread]}**`, (recording) => recording[thread].cpu),
  ]);
  const rest = [row("other threads", ({ others }) => others), row("**in all**", totalOf)];
  const head = ["", ...measured.map(({ title }) => `${title}, µs`), `share, ${latest?.title ?? ""}`];
  return table(
    head,
    [...rows, ...rest].filter((one) => one !== undefined),
  );
}

function stageTime({ stacks }: ThreadStacks, stage: Stage): number {
  let microseconds = 0;
  for (const stack of stacks) if (stageOf(stack.frames) === stage) microseconds += stack.microseconds;
  return microseconds;
}

const totalOf = ({ http, writer, others }: Recording): number => http.cpu + writer.cpu + others;
