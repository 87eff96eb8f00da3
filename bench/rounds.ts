import type { Contender } from "./check-answers.ts";
import { measure, type Result } from "./contenders.ts";
import type { Bench } from "./parts/part.ts";
import { showCount, showTime, type Spread, spreadOf } from "./report/statistics.ts";
import { type Work, works } from "./works.ts";

/** What was measured of one work, by the names of the sides. */
export type Results = ReadonlyMap<string, readonly Result[]>;

/** Asks all sides for each work, round after round. */
export async function askInRounds(bench: Bench, contenders: readonly Contender[]): Promise<ReadonlyMap<Work, Results>> {
  const wanted = works.filter(({ name }) => bench.works.includes(name));
  const results = new Map(wanted.map((work) => [work, new Map<string, Result[]>()]));
  for (let round = 0; round <= bench.rounds; round++) {
    for (const [work, bySide] of results) await askAll(bench, work, rotated(contenders, round), bySide, round);
  }
  return results;
}

/** Everyone in turn, so that what the machine does beside it hits all alike; the first round warms up. */
async function askAll(
  bench: Bench,
  work: Work,
  contenders: readonly Contender[],
  bySide: Map<string, Result[]>,
  round: number,
): Promise<void> {
  for (const contender of contenders) {
    const { name } = contender.side;
    if (contender.side.without?.[work.name] !== undefined) continue;
    const result = await measure(bench, contender, work.name, round === 0 ? Math.min(2, bench.seconds) : bench.seconds);
    if (round === 0) continue;
    if (result.answers === 0) throw new Error(`${name} answers nothing within ${bench.seconds} s.`);
    const database = result.databaseCpu === undefined ? "" : `, ${result.databaseCpu.toFixed(1)} in the database`;
    bench.say(
      `${round}/${bench.rounds} ${work.name.padEnd(9)} ${name.padEnd(16)} ${showCount(result.rate).padStart(8)}/s, p99 ${showTime(result.p99)}, ${result.serverCpu?.toFixed(1) ?? "?"} µs of CPU each${database}`,
    );
    bySide.set(name, [...(bySide.get(name) ?? []), result]);
  }
}

export function rotated<T>(all: readonly T[], by: number): T[] {
  const start = by % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}

export const rateOf = ({ rate }: Result): number => rate;
export const cpuOf = ({ serverCpu }: Result): number => serverCpu ?? 0;

/** Ratios within one round only: rounds are minutes apart, and the machine may not be the same. */
export function ratio(one: readonly Result[], other: readonly Result[], of: (result: Result) => number): Spread {
  return spreadOf(
    one.map((result, round) => {
      const against = other[round];
      return against === undefined ? 0 : of(result) / of(against);
    }),
  );
}
