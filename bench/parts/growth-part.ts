import type { Contender } from "../check-answers.ts";
import { measure, type Result, withContenders } from "../contenders.ts";
import { showCount, showSpread, spreadOf, table } from "../report/statistics.ts";
import type { Side, Start } from "../sides/side.ts";
import { askOnce } from "../sides/start-server.ts";
import { idOf } from "../store/plain.ts";
import { bytesOf, subjectOf, works } from "../works.ts";
import type { Bench, Part } from "./part.ts";

const sizes = [10_000, 1_000_000, 10_000_000];
/** The size of which pages are compared. */
const paged = 1_000_000;
const thousandth = 1000;

/** A side with so many rows. */
interface Variant extends Side {
  readonly of: Side;
  readonly films: number;
}

/** What more rows cost: nothing, where an index is used. */
export const growthPart: Part = {
  name: "growth",
  title: "The same table, a thousand times as large",
  async run(bench) {
    const sides = bench.sides.filter(({ alternative }) => !alternative);
    // Each side with each size runs all the while, so that rounds compare them under the same conditions.
    const variants = sides.flatMap((of) => sizes.map((films) => variantOf(of, films)));
    const results = new Map<string, Result[]>();
    const key = (work: string, side: Side, films: number): string => `${work} ${side.name} ${films}`;
    const pages = await withContenders(bench, variants, async (contenders) => {
      const started = contenders.map((contender, index) => ({ contender, variant: variants[index]! }));
      for (let round = 0; round <= bench.rounds; round++) {
        for (const work of bench.works) {
          for (const { contender, variant } of started) {
            const { of, films } = variant;
            const result = await measure({ ...bench, films }, contender, work, bench.seconds);
            if (round === 0) continue;
            const known = key(work, of, films);
            results.set(known, [...(results.get(known) ?? []), result]);
            bench.say(
              `${round}/${bench.rounds} ${work} of ${showCount(films)} ${of.name}: ${showCount(result.rate)}/s, p99 ${result.p99} ms`,
            );
          }
        }
      }
      const lines: string[] = [];
      for (const { contender, variant } of started)
        if (variant.films === paged) lines.push(`- ${variant.of.title}: ${await pagesOf(bench, contender)}`);
      return lines.join("\n");
    });
    const rows = works
      .filter(({ name }) => bench.works.includes(name))
      .flatMap(({ name, title }) =>
        sides.map((side) => {
          const of = (films: number): readonly Result[] => results.get(key(name, side, films)) ?? [];
          const smallest = of(sizes[0] ?? 0);
          const largest = of(sizes.at(-1) ?? 0);
          const times = (pick: (result: Result) => number): string =>
            showSpread(spreadOf(largest.map((one, round) => pick(one) / pick(smallest[round] ?? one))));
          return [
            title,
            side.title,
            ...sizes.map((films) => showSpread(spreadOf(of(films).map(({ p99 }) => p99)), 1)),
            `**${times(({ p99 }) => p99)}**`,
            smallest[0]?.serverCpu === undefined ? "" : times(({ serverCpu = 0 }) => serverCpu),
          ];
        }),
      );
    const head = [
      "p99, ms",
      "",
      ...sizes.map((films) => `${films.toLocaleString("en")} rows`),
      "largest to smallest",
      "by processor time",
    ];
    return `${table(head, rows)}\n\nWhat page ${thousandth.toLocaleString("en")} of a list costs, in a table of ${paged.toLocaleString("en")} rows:\n\n${pages}`;
  },
};

function variantOf(of: Side, films: number): Variant {
  const start = (options: Start): ReturnType<Side["start"]> => of.start({ ...options, films });
  return { ...of, of, films, name: `${of.name} ${films}`, start };
}

/** A page far down a long list, beside its first, which has no cursor to read, and its second. */
async function pagesOf(bench: Bench, { running }: Contender): Promise<string> {
  const { headers = {} } = running.ask(subjectOf("read", 1, 0, paged));
  const first = `/api/films?category=${idOf("categories", 0)}&sort=-votes&limit=20`;
  const paths = [first];
  for (let page = 1; page < thousandth; page++) {
    const path = paths.at(-1) ?? first;
    const { status, text } = await askOnce(running.port, { method: "GET", path, headers });
    const { next } = JSON.parse(text) as { readonly next: string | null };
    if (status !== 200 || next === null) throw new Error(`Page ${page} is answered ${status}: ${text.slice(0, 500)}`);
    paths.push(`${first}&after=${encodeURIComponent(next)}`);
  }
  const times: { readonly one: number; readonly two: number }[] = [];
  for (let round = 0; round <= bench.rounds; round++) {
    const one = await rateOf(paths[0]);
    const two = await rateOf(paths[1]);
    const last = await rateOf(paths[thousandth - 1]);
    if (round > 0) times.push({ one: one / last, two: two / last });
  }
  const [one, two] = [times.map((pair) => pair.one), times.map((pair) => pair.two)].map((all) =>
    showSpread(spreadOf(all)),
  );
  return `${one} times what page 1 costs, and ${two} times what page 2 costs.`;

  async function rateOf(path = first): Promise<number> {
    const [, sample] = await bench.load.run({
      port: running.port,
      connections: bench.clients,
      requests: [[bytesOf({ method: "GET", path, headers })]],
      expect: 200,
      phases: [{ milliseconds: 300 }, { milliseconds: bench.seconds * 1000 }],
    });
    return sample?.rate ?? 0;
  }
}
