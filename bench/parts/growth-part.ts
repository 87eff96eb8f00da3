import type { Contender } from "../check-answers.ts";
import { measure, type Result, withContenders } from "../contenders.ts";
import { showCount, showSpread, spreadOf, table } from "../report/statistics.ts";
import { galley } from "../sides/galley.ts";
import { askOnce } from "../sides/start-server.ts";
import { idOf } from "../store/plain.ts";
import { bytesOf, subjectOf, works } from "../works.ts";
import type { Bench, Part } from "./part.ts";

const sizes = [10_000, 1_000_000, 10_000_000];
const thousandth = 1000;

/** What more rows cost: nothing, where an index is used. */
export const growthPart: Part = {
  name: "growth",
  title: "The same table, a thousand times as large",
  async run(bench) {
    const results = new Map<string, Result[]>();
    const variants = sizes.map((films) => ({
      ...galley,
      name: String(films),
      start: (options: Parameters<typeof galley.start>[0]) => galley.start({ ...options, films }),
    }));
    const pages = await withContenders(bench, variants, async (contenders) => {
      for (let round = 0; round <= bench.rounds; round++) {
        for (const work of bench.works) {
          for (const contender of contenders) {
            const films = Number(contender.side.name);
            const result = await measure({ ...bench, films }, contender, work, bench.seconds);
            if (round === 0) continue;
            const key = `${work} ${films}`;
            results.set(key, [...(results.get(key) ?? []), result]);
            bench.say(
              `${round}/${bench.rounds} ${work} of ${showCount(films)}: ${showCount(result.rate)}/s, p99 ${result.p99} ms`,
            );
          }
        }
      }
      const large = contenders.find(({ side }) => side.name === "1000000");
      return large === undefined ? "" : pageOneAndThousand(bench, large);
    });
    const rows = works
      .filter(({ name }) => bench.works.includes(name))
      .map(({ name, title }) => {
        const of = (films: number): readonly Result[] => results.get(`${name} ${films}`) ?? [];
        const smallest = of(sizes[0] ?? 0);
        const largest = of(sizes.at(-1) ?? 0);
        const times = largest.map(({ p99 }, round) => p99 / (smallest[round]?.p99 ?? 0));
        return [
          title,
          ...sizes.map((films) => showSpread(spreadOf(of(films).map(({ p99 }) => p99)), 1)),
          `**${showSpread(spreadOf(times))}**`,
        ];
      });
    const head = ["p99, ms", ...sizes.map((films) => `${films.toLocaleString("en")} rows`), "largest to smallest"];
    return `${table(head, rows)}\n\n${pages}`;
  },
};

/** A page far down a long list, beside its first. */
async function pageOneAndThousand(bench: Bench, contender: Contender): Promise<string> {
  const { running } = contender;
  const { headers = {} } = running.ask(subjectOf("read", 1, 0, bench.films));
  const first = `/api/films?category=${idOf("categories", 0)}&sort=-votes&limit=20`;
  let path = first;
  for (let page = 1; page < thousandth; page++) {
    const { status, text } = await askOnce(running.port, { method: "GET", path, headers });
    const { next } = JSON.parse(text) as { readonly next: string | null };
    if (status !== 200 || next === null) throw new Error(`Page ${page} is answered ${status}: ${text.slice(0, 500)}`);
    path = `${first}&after=${encodeURIComponent(next)}`;
  }
  const times: { readonly p50: number; readonly p99: number }[] = [];
  const rates: number[] = [];
  for (let round = 0; round <= bench.rounds; round++) {
    const one = await sampleOf(first);
    const thousand = await sampleOf(path);
    if (round === 0 || one === undefined || thousand === undefined) continue;
    times.push({ p50: thousand.p50 / one.p50, p99: thousand.p99 / one.p99 });
    rates.push(one.rate / thousand.rate);
  }
  return `Page ${thousandth.toLocaleString("en")} of a list takes ${showSpread(spreadOf(times.map(({ p50 }) => p50)))} times as long as page 1 (p50; p99 ${showSpread(spreadOf(times.map(({ p99 }) => p99)))} times), and costs ${showSpread(spreadOf(rates))} times as much.`;

  async function sampleOf(path: string) {
    const [, sample] = await bench.load.run({
      port: running.port,
      connections: bench.clients,
      requests: [[bytesOf({ method: "GET", path, headers })]],
      expect: 200,
      phases: [{ milliseconds: 300 }, { milliseconds: bench.seconds * 1000 }],
    });
    return sample;
  }
}
