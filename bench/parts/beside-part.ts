import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { requestsOf, withContenders } from "../contenders.ts";
import type { Contender } from "../check-answers.ts";
import { type Load, type Sample, startLoad } from "../load/load.ts";
import { showCount, showSpread, spreadOf, table } from "../report/statistics.ts";
import { idOf, users } from "../store/plain.ts";
import { type Ask, bytesOf, newFilm, subjectOf, type WorkName } from "../works.ts";
import type { Bench, Part } from "./part.ts";

/** Something that others do while the rest goes on with its work. */
interface Disturbance {
  readonly name: string;
  /** What is counted of it; times a second unless told otherwise. */
  readonly unit?: string;
  /** Whether the server by hand can be asked for it too; no unless told otherwise. */
  readonly everywhere?: boolean;
  /** Makes what it needs, before anything is measured. */
  prepare?(of: Disturbed): void;
  /** Does it for so many milliseconds. @returns how often a second it was done, or how many records it came to */
  run(of: Disturbed, milliseconds: number, round: number): Promise<number>;
}

interface Disturbed {
  readonly contender: Contender;
  readonly films: number;
  /** Asks as other machines would. */
  readonly load: Load;
  readonly folder: string;
}

/** Requests that are made again and again. */
interface Requests {
  /** How many do it at once, and so many times one after another before they begin anew. */
  readonly clients: number;
  readonly turns: number;
  readonly expect: number;
  ask(contender: Contender, films: number, turn: number): Ask;
}

const disturber = 900;
/** More than are imported in the time. */
const importedRecords = 500_000;

function asUser(contender: Contender, ask: Ask): Ask {
  const { headers = {} } = contender.running.ask(subjectOf("read", disturber, 0, 10_000));
  return { ...ask, headers };
}

const disturbances: readonly Disturbance[] = [
  { name: "another process that computes", everywhere: true, unit: " of a processor", run: computeBeside },
  asking("a query that reads the whole table", {
    clients: 1,
    turns: 1,
    expect: 200,
    ask: (contender) => asUser(contender, { method: "GET", path: "/api/films?title[contains]=zzzz&sort=-minutes" }),
  }),
  { name: "`galley import` of a CSV file", prepare: writeFilms, run: importFilms },
  asking("an import, 1,000 records a request", {
    clients: 1,
    turns: 32,
    expect: 201,
    ask: (contender, films, turn) => {
      const body = Array.from({ length: 1000 }, (_, index) =>
        newFilm(subjectOf("create", disturber, turn * 1000 + index, films)),
      );
      return asUser(contender, { method: "POST", path: "/api/films", body });
    },
  }),
  asking("an answer of 9,000 records, 3.6 MB", {
    clients: 1,
    turns: 1,
    expect: 200,
    ask: (contender) =>
      asUser(contender, { method: "GET", path: `/api/directors/${idOf("directors", 0)}?include=films` }),
  }),
  {
    ...asking("32 who sign in at once", {
      clients: 32,
      turns: 16,
      expect: 200,
      ask: (contender, _films, turn) => contender.running.signIn?.(turn % users, turn) ?? { method: "GET", path: "/" },
    }),
    everywhere: true,
  },
];

/** The share of what a side can do that everyone else asks for meanwhile: a server that is full already shows nothing. */
const share = 0.3;
const measured: readonly WorkName[] = ["read", "create"];
/** Milliseconds that go by before the rest is measured. */
const begins = 500;

/** What the rest feels of one slow query, one large import, one large answer, and many who sign in. */
export const besidePart: Part = {
  name: "beside",
  title: "The rest, beside something heavy",
  run: (bench) =>
    withContenders(
      bench,
      bench.sides.filter(({ alternative }) => !alternative),
      async (contenders) => {
        const load = startLoad(1, true);
        const others = startLoad(1, true);
        try {
          const rows: string[][] = [];
          for (const work of measured.filter((name) => bench.works.includes(name)))
            for (const contender of contenders)
              rows.push(...(await rowsOf({ ...bench, load }, others, contender, work)));
          const head = ["", "", "beside", "calm p99, ms", "p99, ms", "times", "answers/s", "done meanwhile"];
          const how = load.urgent
            ? "Clients have a processor of this machine as soon as they need one: they stand for other machines."
            : "Clients wait for processors as the server does: this system doesn't let them go first.";
          return `64 clients ask for ${share * 100} % of what the server can do; p99 of their answers, calm and beside, in turn. ${how} What a process that has nothing to do with the server costs them is the machine's own: so many processors, and when its system takes one away.\n\n${table(head, rows)}`;
        } finally {
          load.close();
          others.close();
        }
      },
    ),
};

async function rowsOf(bench: Bench, others: Load, contender: Contender, work: WorkName): Promise<string[][]> {
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
        { milliseconds: begins, rate },
        { milliseconds, rate },
      ],
    });
    if (one === undefined || Object.keys(one.statuses).length > 0)
      throw new Error(`${work} is answered ${JSON.stringify(one?.statuses)}: ${one?.sample ?? "nothing"}`);
    return one;
  };
  const disturbed: Disturbed = { contender, films: bench.films, load: others, folder: bench.folder };
  const rows: string[][] = [];
  const { side } = contender;
  for (const disturbance of disturbances.filter(({ everywhere }) => everywhere === true || side.name === "galley")) {
    const calm: Sample[] = [];
    const beside: Sample[] = [];
    const done: number[] = [];
    disturbance.prepare?.(disturbed);
    for (let round = 0; round < bench.rounds; round++) {
      calm.push(await sample());
      const [one, rateOfOthers] = await Promise.all([
        sample(),
        disturbance.run(disturbed, begins + milliseconds, round),
      ]);
      beside.push(one);
      done.push(rateOfOthers);
      // What it left behind is done before the next calm.
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const times = spreadOf(beside.map(({ p99 }, round) => p99 / (calm[round]?.p99 ?? 0)));
    const p99 = (samples: readonly Sample[]): string => showSpread(spreadOf(samples.map((one) => one.p99)), 1);
    const missed = beside.reduce((sum, one) => sum + one.missed, 0);
    bench.say(`${side.name} ${work} beside ${disturbance.name}: p99 ${showSpread(times)} times the calm one`);
    rows.push([
      `${work}, ${showCount(rate)}/s`,
      side.title,
      disturbance.name,
      p99(calm),
      p99(beside),
      `**${showSpread(times)}**`,
      `${showCount(spreadOf(beside.map((one) => one.rate)).median)}${missed > 0 ? ` (${missed} not sent: all clients waited)` : ""}`,
      `${spreadOf(done).median.toFixed(1)}${disturbance.unit ?? "/s"}`,
    ]);
  }
  return rows;
}

/** Has another process compute. @returns the share of a processor that it had */
async function computeBeside(_of: Disturbed, milliseconds: number): Promise<number> {
  const child = fork(fileURLToPath(new URL("../load/computing.ts", import.meta.url)), { execArgv: [] });
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const told = once(child, "message");
  child.send("end");
  const [microseconds] = (await told) as [number];
  return microseconds / 1000 / milliseconds;
}

/** Asks for something again and again. */
function asking(name: string, { clients, turns, expect, ask }: Requests): Disturbance {
  return {
    name,
    async run({ contender, films, load }, milliseconds, round) {
      const first = round * clients * turns;
      const requests = Array.from({ length: clients }, (_, client) =>
        Array.from({ length: turns }, (__, turn) => bytesOf(ask(contender, films, first + client * turns + turn))),
      );
      const { port } = contender.running;
      const [sample] = await load.run({ port, connections: clients, requests, expect, phases: [{ milliseconds }] });
      const { "503": _shed, ...failed } = sample?.statuses ?? {};
      if (sample === undefined || Object.keys(failed).length > 0)
        throw new Error(`${name}: ${JSON.stringify(failed)}: ${sample?.sample ?? "nothing"}`);
      return sample.rate;
    },
  };
}

const filmsFile = ({ folder }: Disturbed): string => join(folder, "films.csv");

/** More records than there is time for. */
function writeFilms(of: Disturbed): void {
  const seller = idOf("users", disturber);
  const records = Array.from({ length: importedRecords }, (_, index) => ({
    ...newFilm(subjectOf("create", disturber, index, of.films)),
    seller,
  }));
  const lines = records.map((record) => Object.values(record).join(","));
  writeFileSync(filmsFile(of), [Object.keys(records[0] ?? {}).join(","), ...lines, ""].join("\n"));
}

/** Has the command line import a file, as somebody would beside a server that runs. */
async function importFilms(of: Disturbed, milliseconds: number): Promise<number> {
  const running = of.contender.running.importFilms?.(filmsFile(of));
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return ((await running?.stop()) ?? 0) / (milliseconds / 1000);
}
