import { requestsOf, withContenders } from "../contenders.ts";
import type { Contender } from "../check-answers.ts";
import { usageOf } from "../processes.ts";
import { showBytes, showCount, showTime, spreadOf, table } from "../report/statistics.ts";
import type { WorkName } from "../works.ts";
import type { Bench, Part } from "./part.ts";

const connections = 10_000;
const seconds = 30;
const measured: readonly WorkName[] = ["read", "create"];

/** Many connections, and then twice what can be done. */
export const overloadPart: Part = {
  name: "overload",
  title: "Ten thousand connections, and twice as much as can be done",
  run: (bench) =>
    withContenders(
      bench,
      bench.sides.filter(({ alternative }) => !alternative),
      async (contenders) => {
        const rows: string[][] = [];
        for (const work of measured.filter((name) => bench.works.includes(name)))
          for (const contender of contenders) rows.push(await rowOf(bench, contender, work));
        const head = [
          "",
          "",
          "full speed/s",
          "calm p99",
          "accepted/s",
          "their p99",
          "times the calm one",
          "refused by 503",
          "otherwise",
          "never sent",
          "memory: idle, most, after",
          "speed a second later",
        ];
        return `${connections.toLocaleString("en")} open connections. Full speed is what ${bench.clients} of them reach; calm is 70 % of it; then twice as much for ${seconds} s; a second after that full speed again, in eight times half a second.\n\n${table(head, rows)}`;
      },
    ),
};

async function rowOf(bench: Bench, contender: Contender, work: WorkName): Promise<string[]> {
  const { running, side } = contender;
  const memory = (): number => usageOf(running.pid)?.memory ?? 0;
  const idle = memory();
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, memory())), 250);
  const clients = bench.clients;
  const [, full, calm, over, , ...again] = await bench.load.run({
    port: running.port,
    connections,
    requests: requestsOf(contender, work, 256, bench.films),
    expect: work === "create" ? 201 : 200,
    phases: [
      { milliseconds: 6000, clients },
      { milliseconds: 4000, clients },
      { milliseconds: 5000, rate: { phase: 1, times: 0.7 } },
      { milliseconds: seconds * 1000, rate: { phase: 1, times: 2 } },
      { milliseconds: 1000, rate: 0 },
      ...Array.from({ length: 8 }, () => ({ milliseconds: 500, clients })),
    ],
  });
  clearInterval(watch);
  if (full === undefined || calm === undefined || over === undefined)
    throw new Error("The load generator measured nothing.");
  // What else this machine has to do shows in some of these half seconds, and not in most.
  const speedAgain = spreadOf(again.map(({ rate }) => rate / full.rate));
  const refused = over.statuses["503"] ?? 0;
  const others = Object.entries(over.statuses).filter(([status]) => status !== "503");
  bench.say(
    `${work} ${side.name}: p99 ${showTime(over.p99)} beside ${showTime(calm.p99)}, ${showCount(over.rate)} accepted a second of ${showCount(full.rate)}, ${refused} refused`,
  );
  return [
    work,
    side.title,
    showCount(full.rate),
    showTime(calm.p99),
    showCount(over.rate),
    showTime(over.p99),
    `**${(over.p99 / calm.p99).toFixed(1)}**`,
    `${showCount(refused / over.seconds)}/s`,
    others.map(([status, count]) => `${status}: ${count}`).join(", "),
    `${showCount(over.missed / over.seconds)}/s`,
    `${showBytes(idle)}, ${showBytes(most)}, ${showBytes(memory())}`,
    `${(speedAgain.median * 100).toFixed(0)} % (${(speedAgain.least * 100).toFixed(0)} to ${(speedAgain.most * 100).toFixed(0)})`,
  ];
}
