import { checkAnswers, type Contender } from "../check-answers.ts";
import { type Result, withContenders } from "../contenders.ts";
import { showCount, showSpread, spreadOf, table } from "../report/statistics.ts";
import { askInRounds, cpuOf, rateOf, ratio, type Results } from "../rounds.ts";
import { postgresSides } from "../sides/on-postgres.ts";
import { describeServer } from "../store/postgres-store.ts";
import type { Work } from "../works.ts";
import type { Part } from "./part.ts";

/** The same works on PostgreSQL, beside what an experienced person would write by hand. */
export const postgresPart: Part = {
  name: "postgres",
  title: "The same work on PostgreSQL",
  films: 100_000,
  async missing() {
    try {
      await describeServer();
      return undefined;
    } catch (error) {
      return `It needs a PostgreSQL server, in TEST_POSTGRES_URL, in DATABASE_URL or on 127.0.0.1:5432: ${String(error)}`;
    }
  },
  async run(bench) {
    const sides = bench.sides.flatMap(({ name }) => postgresSides.get(name) ?? []);
    const server = await describeServer();
    return withContenders(bench, sides, async (contenders) => {
      await checkAnswers(contenders, bench.films, bench.works);
      bench.say(`All sides answer the same. ${server}.`);
      const results = await askInRounds(bench, contenders);
      const sections = [...results].map(([work, bySide]) => sectionOf(work, bySide, contenders));
      return [`${server}. ${caution}`, summaryOf(results), ...sections].join("\n\n");
    });
  },
};

const caution =
  "The one by hand keeps a process of the database busy for each of its connections. Where other programs want the processor as well, more processes get more of it, which processor time doesn't depend on.";

const allCpuOf = (result: Result): number => cpuOf(result) + (result.databaseCpu ?? 0);

function summaryOf(results: ReadonlyMap<Work, Results>): string {
  const rows = [...results].flatMap(([work, bySide]) => {
    const galley = bySide.get("galley");
    const byHand = bySide.get("by-hand");
    if (galley === undefined || byHand === undefined) return [];
    return [
      [
        work.title,
        `**${showSpread(ratio(galley, byHand, rateOf))}**`,
        galley[0]?.serverCpu === undefined ? "" : showSpread(ratio(byHand, galley, cpuOf)),
        galley[0]?.databaseCpu === undefined ? "" : showSpread(ratio(byHand, galley, allCpuOf)),
        String(work.target.postgres),
      ],
    ];
  });
  return table(["Galley", "of the one by hand", "by processor time", "with that of the database", "aim"], rows);
}

function sectionOf(work: Work, bySide: Results, contenders: readonly Contender[]): string {
  const byHand = bySide.get("by-hand");
  const rows = contenders.flatMap(({ side }) => {
    const results = bySide.get(side.name);
    if (results === undefined) return [];
    const of = (pick: (result: Result) => number): string => showSpread(spreadOf(results.map(pick)), 1);
    return [
      [
        side.title,
        showCount(spreadOf(results.map(rateOf)).median),
        byHand === undefined ? "" : showSpread(ratio(results, byHand, rateOf)),
        of(({ p50 }) => p50),
        of(({ p99 }) => p99),
        results[0]?.serverCpu === undefined ? "" : of(cpuOf),
        results[0]?.databaseCpu === undefined ? "" : of(({ databaseCpu }) => databaseCpu ?? 0),
      ],
    ];
  });
  const head = [
    "",
    "requests/s",
    "of the one by hand",
    "p50, ms",
    "p99, ms",
    "server CPU, µs each",
    "database CPU, µs each",
  ];
  return `### ${work.title}, on PostgreSQL\n\n${table(head, rows)}`;
}
