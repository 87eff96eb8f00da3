import { checkAnswers, type Contender } from "../check-answers.ts";
import { type Result, withContenders } from "../contenders.ts";
import { showCount, showSpread, spreadOf, table } from "../report/statistics.ts";
import { askInRounds, cpuOf, rateOf, ratio, type Results } from "../rounds.ts";
import { absent } from "../sides/absent.ts";
import type { Work } from "../works.ts";
import type { Part } from "./part.ts";

/** How fast each side does the same work. */
export const worksPart: Part = {
  name: "works",
  title: "The same work on every side",
  run: (bench) =>
    withContenders(bench, bench.sides, async (contenders) => {
      await checkAnswers(contenders, bench.films, bench.works);
      bench.say("All sides answer the same.");
      const results = await askInRounds(bench, contenders);
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
