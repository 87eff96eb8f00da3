// Galley beside what can be reached and beside what users would pick instead: the same work, the same data, one machine, one run.
// npm run bench -- --help says what can be chosen.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cacheFolder } from "./store/stores.ts";
import { startLoad } from "./load/load.ts";
import type { Bench, Part } from "./parts/part.ts";
import { worksPart } from "./parts/works-part.ts";
import { describeMachine, syncsPerSecond } from "./report/machine.ts";
import { frameworks } from "./sides/frameworks.ts";
import { galley } from "./sides/galley.ts";
import { limit } from "./sides/limit.ts";
import type { Side } from "./sides/side.ts";
import { type WorkName, workNames } from "./works.ts";

const parts: readonly Part[] = [worksPart];
const allSides: readonly Side[] = [limit, galley, ...frameworks];
const cores = availableParallelism();

const help = `npm run bench -- [PART ...] [options]

Parts, all of them unless named: ${parts.map(({ name }) => name).join(", ")}

  --side NAMES      with commas: ${allSides.map(({ name }) => name).join(", ")}
  --work NAMES      with commas: ${workNames.join(", ")}
  --threads N       threads of each server that answer requests; ${cores}
  --seconds N       of one measurement; 3
  --rounds N        5
  --clients N       64
  --films N         rows of the large table; 1000000
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
    films: { type: "string", default: "1000000" },
    generators: { type: "string", default: String(Math.max(1, Math.floor(cores / 4))) },
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

async function main(): Promise<void> {
  const wanted = chosen("part", positionals.length === 0 ? undefined : positionals, parts, ({ name }) => name);
  const sides = chosen("side", values.side?.split(","), allSides, ({ name }) => name);
  const works: WorkName[] = chosen("work", values.work?.split(","), workNames, String);
  mkdirSync(cacheFolder, { recursive: true });
  const folder = mkdtempSync(join(cacheFolder, "run-"));
  const load = startLoad(Number(values.generators));
  const bench: Bench = {
    load,
    sides,
    works,
    films: Number(values.films),
    threads: Number(values.threads),
    clients: Number(values.clients),
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    folder,
    say: (line) => void process.stderr.write(`${line}\n`),
  };
  try {
    console.log(`${describeMachine(folder)}\n- Disk: ${syncsPerSecond(folder)} synced pages a second\n`);
    for (const part of wanted) console.log(`## ${part.title}\n\n${await part.run(bench)}\n`);
  } finally {
    load.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (values.help) console.log(help);
else await main();
