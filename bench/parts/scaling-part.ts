import { measure, type Result, withContenders } from "../contenders.ts";
import { showCount, showSpread, spreadOf, table } from "../report/statistics.ts";
import { works } from "../works.ts";
import type { Part } from "./part.ts";

/** What more threads bring, up to one for each core. */
export const scalingPart: Part = {
  name: "scaling",
  title: "From one thread to all",
  async run(bench) {
    const sides = bench.sides.filter(({ alternative }) => !alternative);
    const counts = threadCounts(bench.threads);
    // Each side with each number of threads runs all the while, so that rounds compare them under the same conditions.
    const variants = counts.flatMap((threads) =>
      sides.map((side) => ({ threads, side, name: `${side.name} ${threads}` })),
    );
    const started = variants.map(({ side, threads, name }) => ({
      ...side,
      name,
      start: (options: Parameters<typeof side.start>[0]) => side.start({ ...options, threads }),
    }));
    const results = new Map<string, Result[]>();
    await withContenders(bench, started, async (contenders) => {
      for (let round = 0; round <= bench.rounds; round++) {
        for (const work of bench.works) {
          for (const contender of contenders) {
            const result = await measure(bench, contender, work, bench.seconds);
            if (round === 0) continue;
            const key = `${work} ${contender.side.name}`;
            results.set(key, [...(results.get(key) ?? []), result]);
            bench.say(`${round}/${bench.rounds} ${key} thread(s): ${showCount(result.rate)}/s`);
          }
        }
      }
    });
    const of = (work: string, side: string, threads: number): readonly Result[] =>
      results.get(`${work} ${side} ${threads}`) ?? [];
    const rows = works
      .filter(({ name }) => bench.works.includes(name))
      .flatMap(({ name, title }) =>
        counts.flatMap((threads) =>
          sides.map((side) => {
            const here = of(name, side.name, threads);
            const alone = of(name, side.name, 1);
            const times = spreadOf(here.map(({ rate }, round) => rate / (alone[round]?.rate ?? 0)));
            const rate = showCount(spreadOf(here.map((one) => one.rate)).median);
            const cpu = here.flatMap(({ serverCpu }) => serverCpu ?? []);
            return [
              title,
              String(threads),
              side.title,
              rate,
              showSpread(times),
              showSpread(spreadOf(here.map(({ p99 }) => p99)), 1),
              cpu.length === 0 ? "" : showSpread(spreadOf(cpu), 0),
            ];
          }),
        ),
      );
    const head = ["", "threads", "", "requests/s", "times one thread", "p99, ms", "server CPU, µs each"];
    return `The generator needs a core as well: on few cores the last thread shares one with it. Writes have one writer thread beside these, whatever their number.\n\n${table(head, rows)}`;
  },
};

/** One, two, four and so on, and all. */
function threadCounts(all: number): number[] {
  const counts: number[] = [];
  for (let threads = 1; threads < all; threads *= 2) counts.push(threads);
  return [...counts, all];
}
