import { requestsOf, withContenders } from "../contenders.ts";
import type { Contender } from "../check-answers.ts";
import type { Sample } from "../load/load.ts";
import { showCount, showSpread, spreadOf, table } from "../report/statistics.ts";
import { askOnce } from "../sides/start-server.ts";
import { idOf, users } from "../store/plain.ts";
import { type Ask, newFilm, subjectOf, type WorkName } from "../works.ts";
import type { Bench, Part } from "./part.ts";

/** Something that one client does, again and again, while the others go on with their work. */
interface Disturbance {
  readonly name: string;
  /** How many do it at once. */
  readonly clients: number;
  ask(contender: Contender, films: number, turn: number): Ask;
}

const disturber = 900;

function asUser(contender: Contender, ask: Ask): Ask {
  const { headers = {} } = contender.running.ask(subjectOf("read", disturber, 0, 10_000));
  return { ...ask, headers };
}

const disturbances: readonly Disturbance[] = [
  {
    name: "a query that reads the whole table",
    clients: 1,
    ask: (contender) => asUser(contender, { method: "GET", path: "/api/films?title[contains]=zzzz&sort=-minutes" }),
  },
  {
    name: "an import, 1,000 records a request",
    clients: 1,
    ask: (contender, films, turn) => {
      const body = Array.from({ length: 1000 }, (_, index) =>
        newFilm(subjectOf("create", disturber, turn * 1000 + index, films)),
      );
      return asUser(contender, { method: "POST", path: "/api/films", body });
    },
  },
  {
    name: "an answer of 9,000 records, 3.6 MB",
    clients: 1,
    ask: (contender) =>
      asUser(contender, { method: "GET", path: `/api/directors/${idOf("directors", 0)}?include=films` }),
  },
  {
    name: "32 who sign in at once",
    clients: 32,
    ask: (contender, _films, turn) => contender.running.signIn?.(turn % users, turn) ?? { method: "GET", path: "/" },
  },
];

/** The share of what a side can do that everyone else asks for meanwhile: a server that is full already shows nothing. */
const share = 0.3;
const measured: readonly WorkName[] = ["read", "create"];

/** What the rest feels of one slow query, one large import, one large answer, and many who sign in. */
export const besidePart: Part = {
  name: "beside",
  title: "The rest, beside something heavy",
  run: (bench) =>
    withContenders(
      bench,
      bench.sides.filter(({ name }) => name === "galley"),
      async (contenders) => {
        const rows: string[][] = [];
        for (const contender of contenders) {
          for (const work of measured.filter((name) => bench.works.includes(name)))
            rows.push(...(await rowsOf(bench, contender, work)));
        }
        const head = ["", "beside", "calm p99, ms", "p99, ms", "times", "answers/s", "done meanwhile"];
        return `64 clients ask for ${share * 100} % of what the server can do; p99 of their answers, calm and beside, in turn.\n\n${table(head, rows)}`;
      },
    ),
};

async function rowsOf(bench: Bench, contender: Contender, work: WorkName): Promise<string[][]> {
  const job = {
    port: contender.running.port,
    connections: bench.clients,
    requests: requestsOf(contender, work, bench.clients, bench.films),
    expect: work === "create" ? 201 : 200,
  };
  const full = await bench.load.run({ ...job, phases: [{ milliseconds: 2000 }, { milliseconds: 3000 }] });
  const rate = (full[1]?.rate ?? 0) * share;
  const milliseconds = bench.seconds * 1000;
  const sample = async (): Promise<Sample> => {
    const [, one] = await bench.load.run({
      ...job,
      phases: [
        { milliseconds: 500, rate },
        { milliseconds, rate },
      ],
    });
    if (one === undefined || Object.keys(one.statuses).length > 0)
      throw new Error(`${work} is answered ${JSON.stringify(one?.statuses)}: ${one?.sample ?? "nothing"}`);
    return one;
  };
  const rows: string[][] = [];
  for (const disturbance of disturbances) {
    const calm: Sample[] = [];
    const beside: Sample[] = [];
    let done = 0;
    for (let round = 0; round < bench.rounds; round++) {
      calm.push(await sample());
      const stop = disturb(contender, disturbance, bench.films, round);
      beside.push(await sample());
      done += (await stop()) / (milliseconds / 1000 + 0.5);
      // What it left behind is done before the next calm.
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const times = spreadOf(beside.map(({ p99 }, round) => p99 / (calm[round]?.p99 ?? 0)));
    const p99 = (samples: readonly Sample[]): string => showSpread(spreadOf(samples.map((one) => one.p99)), 1);
    const missed = beside.reduce((sum, one) => sum + one.missed, 0);
    bench.say(`${work} beside ${disturbance.name}: p99 ${showSpread(times)} times the calm one`);
    rows.push([
      `${work}, ${showCount(rate)}/s`,
      disturbance.name,
      p99(calm),
      p99(beside),
      `**${showSpread(times)}**`,
      `${showCount(spreadOf(beside.map((one) => one.rate)).median)}${missed > 0 ? ` (${missed} not sent: all clients waited)` : ""}`,
      `${(done / bench.rounds).toFixed(1)}/s`,
    ]);
  }
  return rows;
}

/** Starts it; the returned function ends it and tells how often it was done. */
function disturb(
  contender: Contender,
  { clients, ask }: Disturbance,
  films: number,
  round: number,
): () => Promise<number> {
  const end = new AbortController();
  let turn = round * 10_000;
  let done = 0;
  const one = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const { status, text } = await askOnce(contender.running.port, ask(contender, films, turn++));
      if (status >= 300 && status !== 503) throw new Error(`${status}: ${text.slice(0, 500)}`);
      done++;
    }
  };
  const all = Promise.all(Array.from({ length: clients }, one));
  return async () => {
    end.abort();
    await all;
    return done;
  };
}
