// Galley beside what can be reached and beside what users would pick instead: the same work, the same data, one machine, one run.
// npm run bench -- --help says what can be chosen.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cacheFolder } from "./store/stores.ts";
import { startLoad } from "./load/load.ts";
import { besidePart } from "./parts/beside-part.ts";
import { costPart } from "./parts/cost-part.ts";
import { growthPart } from "./parts/growth-part.ts";
import { overloadPart } from "./parts/overload-part.ts";
import { postgresPart } from "./parts/postgres-part.ts";
import type { Bench, Part } from "./parts/part.ts";
import { scalingPart } from "./parts/scaling-part.ts";
import { signInPart } from "./parts/sign-in-part.ts";
import { singlePart } from "./parts/single-part.ts";
import { worksPart } from "./parts/works-part.ts";
import { describeCode, describeMachine, syncsPerSecond } from "./report/machine.ts";
import { type Section, writeResults } from "./report/results-file.ts";
import { feathers } from "./sides/feathers.ts";
import { frameworks } from "./sides/frameworks.ts";
import { galley } from "./sides/galley.ts";
import { limit } from "./sides/limit.ts";
import { payload } from "./sides/payload.ts";
import { pocketbase } from "./sides/pocketbase.ts";
import type { Side } from "./sides/side.ts";
import { type WorkName, workNames } from "./works.ts";

const parts: readonly Part[] = [
  worksPart,
  singlePart,
  postgresPart,
  scalingPart,
  signInPart,
  besidePart,
  overloadPart,
  growthPart,
  costPart,
];
const allSides: readonly Side[] = [limit, galley, ...frameworks, feathers, payload, pocketbase];
const defaultFilms = 1_000_000;
const cores = availableParallelism();

const help = `npm run bench -- [PART ...] [options]

Parts, all of them unless named: ${parts.map(({ name }) => name).join(", ")}

  --side NAMES      with commas: ${allSides.map(({ name }) => name).join(", ")}
  --work NAMES      with commas: ${workNames.join(", ")}
  --threads N       threads of each server that answer requests; ${cores}
  --seconds N       of one measurement; 3
  --rounds N        5
  --clients N       64
  --films N         rows of the large table; ${defaultFilms}, and ${postgresPart.films} on PostgreSQL
  --write           puts what was found into bench/RESULTS.md, as is done when nothing was left out
  --generators N    processes that ask; ${Math.max(1, Math.floor(cores / 4))}

For example: npm run bench -- works --side galley,limit --work read --threads 1 --seconds 5 --rounds 3
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    side: { type: "string" },
    work: { type: "string" },
    threads: { type: "string", default: String(cores) },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
    clients: { type: "string", default: "64" },
    films: { type: "string" },
    generators: { type: "string", default: String(Math.max(1, Math.floor(cores / 4))) },
    write: { type: "boolean" },
    help: { type: "boolean", default: false },
  },
});

/** What was chosen by name. */
function chosen<T>(
  what: string,
  names: readonly string[] | undefined,
  all: readonly T[],
  nameOf: (one: T) => string,
): T[] {
  return (names ?? all.map(nameOf)).map((name) => {
    const found = all.find((one) => nameOf(one) === name);
    if (found === undefined) throw new Error(`There is no ${what} "${name}"; there are ${all.map(nameOf).join(", ")}.`);
    return found;
  });
}

/** Those that can't be had here. What was asked for by name must be. */
function missingOf(sides: readonly Side[]): { readonly side: Side; readonly line: string }[] {
  return sides.flatMap((side) => {
    const why = side.missing?.();
    if (why === undefined) return [];
    const line = `${side.title}: ${why}.`;
    if (values.side !== undefined) throw new Error(line);
    console.error(`Left out: ${line}`);
    return [{ side, line }];
  });
}

async function main(): Promise<void> {
  const wanted = chosen("part", positionals.length === 0 ? undefined : positionals, parts, ({ name }) => name);
  const named = chosen("side", values.side?.split(","), allSides, ({ name }) => name);
  const missing = missingOf(named);
  const sides = named.filter((one) => !missing.some(({ side }) => side === one));
  const works: WorkName[] = chosen("work", values.work?.split(","), workNames, String);
  mkdirSync(cacheFolder, { recursive: true });
  const folder = mkdtempSync(join(cacheFolder, "run-"));
  // Whoever interrupts it leaves nothing behind.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const load = startLoad(Number(values.generators));
  const bench: Omit<Bench, "films"> = {
    load,
    sides,
    missing: missing.map(({ line }) => line),
    works,
    threads: Number(values.threads),
    clients: Number(values.clients),
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    folder,
    say: (line) => void process.stderr.write(`${line}\n`),
  };
  const machine = describeMachine(folder);
  const how = `${describeCode()}: ${values.rounds} rounds of ${values.seconds} s, ${values.clients} clients, ${values.threads} threads`;
  const whole = values.side === undefined && values.work === undefined && values.films === undefined;
  try {
    console.log(machine);
    for (const part of wanted) {
      const why = await part.missing?.();
      if (why !== undefined) {
        if (positionals.length > 0) throw new Error(why);
        console.error(`Left out: ${part.title}. ${why}`);
        continue;
      }
      const films = Number(values.films ?? part.films ?? defaultFilms);
      const disk = syncsPerSecond(folder);
      const text = await part.run({ ...bench, films });
      const section: Section = {
        title: part.title,
        text: `${text}\n\n_${how}, ${films.toLocaleString("en")} rows; the disk synced ${disk} pages a second._`,
      };
      console.log(`\n## ${section.title}\n\n${section.text}`);
      if (values.write ?? whole)
        writeResults(
          machine,
          [section],
          parts.map(({ title }) => title),
        );
    }
  } finally {
    load.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (values.help) console.log(help);
else await main();
