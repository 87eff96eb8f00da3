import { checkAnswers, type Contender } from "../check-answers.ts";
import { measure, type Result, withContenders } from "../contenders.ts";
import { showCount, showSpread, showTime, spreadOf, table } from "../report/statistics.ts";
import { type Work, works } from "../works.ts";
import type { Bench, Part } from "./part.ts";

type Results = ReadonlyMap<string, readonly Result[]>;

/** How fast each side does the same work. */
export const worksPart: Part = {
  name: "works",
  title: "The same work on every side",
  run: (bench) =>
    withContenders(bench, bench.sides, async (contenders) => {
      await checkAnswers(contenders, bench.films, bench.works);
      bench.say("All sides answer the same.");
      const wanted = works.filter(({ name }) => bench.works.includes(name));
      const results = new Map(wanted.map((work) => [work, new Map<string, Result[]>()]));
      for (let round = 0; round <= bench.rounds; round++) {
        for (const [work, bySide] of results) {
          await runRound(bench, work, rotated(contenders, round), bySide, round);
        }
      }
      return [...results].map(([work, bySide]) => sectionOf(work, bySide, contenders)).join("\n\n");
    }),
};

/** Everyone in turn, so that what the machine does beside it hits all alike; the first round warms up. */
async function runRound(
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
    bench.say(
      `${round}/${bench.rounds} ${work.name.padEnd(9)} ${name.padEnd(16)} ${showCount(result.rate).padStart(8)}/s, p99 ${showTime(result.p99)}, ${result.serverCpu?.toFixed(1) ?? "?"} µs of CPU each`,
    );
    bySide.set(name, [...(bySide.get(name) ?? []), result]);
  }
}

function rotated<T>(all: readonly T[], by: number): T[] {
  const start = by % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}

function sectionOf(work: Work, bySide: Results, contenders: readonly Contender[]): string {
  const limit = bySide.get("limit");
  const galley = bySide.get("galley");
  const rows = contenders.flatMap(({ side }) => {
    const results = bySide.get(side.name);
    if (results === undefined) {
      const why = side.without?.[work.name];
      return why === undefined ? [] : [[side.title, why]];
    }
    const of = (pick: (result: Result) => number): string => showSpread(spreadOf(results.map(pick)), 1);
    return [
      [
        side.title,
        showCount(spreadOf(results.map(({ rate }) => rate)).median),
        limit === undefined ? "" : ratio(results, limit),
        galley === undefined || !side.alternative ? "" : ratio(galley, results),
        of(({ p50 }) => p50),
        of(({ p99 }) => p99),
        results[0]?.serverCpu === undefined ? "" : of(({ serverCpu }) => serverCpu ?? 0),
      ],
    ];
  });
  const head = [
    "",
    "requests/s",
    "of the limit",
    "Galley is times as fast",
    "p50, ms",
    "p99, ms",
    "server CPU, µs each",
  ];
  return `### ${work.title}\n\n${verdictOf(work, bySide, contenders)}\n\n${table(head, rows)}`;
}

/** Ratios within one round only: rounds are minutes apart, and the machine may not be the same. */
function ratio(one: readonly Result[], other: readonly Result[]): string {
  return showSpread(spreadOf(one.map(({ rate }, round) => rate / (other[round]?.rate ?? 0))));
}

function verdictOf({ target }: Work, bySide: Results, contenders: readonly Contender[]): string {
  const galley = bySide.get("galley");
  const limit = bySide.get("limit");
  if (galley === undefined) return "";
  const medianRatio = (other: readonly Result[]): number =>
    spreadOf(galley.map(({ rate }, round) => rate / (other[round]?.rate ?? 0))).median;
  const lines: string[] = [];
  if (limit !== undefined) lines.push(`**${medianRatio(limit).toFixed(2)} of the limit** (aim: ${target.limit}).`);
  const alternatives = contenders.flatMap(({ side }) => {
    const results = side.alternative ? bySide.get(side.name) : undefined;
    return results === undefined ? [] : [{ title: side.title, times: medianRatio(results) }];
  });
  const best = alternatives.toSorted((left, right) => left.times - right.times)[0];
  if (best !== undefined)
    lines.push(`**${best.times.toFixed(2)} times the best alternative**, ${best.title} (aim: ${target.alternative}).`);
  return lines.join(" ");
}
