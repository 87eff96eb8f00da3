import { checkAnswers, type Contender } from "../check-answers.ts";
import { measure, type Result, withContenders } from "../contenders.ts";
import { showCount, showSpread, showTime, type Spread, spreadOf, table } from "../report/statistics.ts";
import { absent } from "../sides/absent.ts";
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
      const sections = [...results].map(([work, bySide]) => sectionOf(work, bySide, contenders));
      const notes = contenders.flatMap(({ side }) =>
        side.note === undefined ? [] : [`- ${side.title}: ${side.note}`],
      );
      const left = `Not measured:\n\n${[...bench.missing, ...absent].map((line) => `- ${line}`).join("\n")}`;
      return [summaryOf(results, contenders), ...sections, notes.join("\n"), left]
        .filter((text) => text !== "")
        .join("\n\n");
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
    if (result.answers === 0) throw new Error(`${name} answers nothing within ${bench.seconds} s.`);
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

/** What Galley aims at, and where it is. */
function summaryOf(results: ReadonlyMap<Work, Results>, contenders: readonly Contender[]): string {
  const rows = [...results].flatMap(([work, bySide]) => {
    const galley = bySide.get("galley");
    if (galley === undefined) return [];
    const limit = bySide.get("limit");
    const best = contenders
      .flatMap(({ side }) => {
        const others = side.alternative ? bySide.get(side.name) : undefined;
        return others === undefined ? [] : [{ title: side.title, times: ratio(galley, others, rateOf) }];
      })
      .toSorted((left, right) => left.times.median - right.times.median)[0];
    return [
      [
        work.title,
        limit === undefined ? "" : `**${showSpread(ratio(galley, limit, rateOf))}**`,
        limit === undefined || galley[0]?.serverCpu === undefined ? "" : showSpread(ratio(limit, galley, cpuOf)),
        String(work.target.limit),
        best === undefined ? "" : `**${showSpread(best.times)}**, ${best.title}`,
        String(work.target.alternative),
      ],
    ];
  });
  const head = ["Galley", "of the limit", "by processor time", "aim", "times the best alternative", "aim"];
  return rows.length === 0 ? "" : table(head, rows);
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
        showCount(spreadOf(results.map(rateOf)).median),
        limit === undefined ? "" : showSpread(ratio(results, limit, rateOf)),
        galley === undefined || !side.alternative ? "" : showSpread(ratio(galley, results, rateOf)),
        of(({ p50 }) => p50),
        of(({ p99 }) => p99),
        results[0]?.serverCpu === undefined ? "" : of(cpuOf),
      ],
    ];
  });
  const head = ["", "requests/s", "of the limit", "Galley, times as fast", "p50, ms", "p99, ms", "server CPU, µs each"];
  return `### ${work.title}\n\n${table(head, rows)}`;
}

const rateOf = ({ rate }: Result): number => rate;
const cpuOf = ({ serverCpu }: Result): number => serverCpu ?? 0;

/** Ratios within one round only: rounds are minutes apart, and the machine may not be the same. */
function ratio(one: readonly Result[], other: readonly Result[], of: (result: Result) => number): Spread {
  return spreadOf(
    one.map((result, round) => {
      const against = other[round];
      return against === undefined ? 0 : of(result) / of(against);
    }),
  );
}
