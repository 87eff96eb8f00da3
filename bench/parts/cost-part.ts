import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Contender } from "../check-answers.ts";
import { requestsOf, withContenders } from "../contenders.ts";
import { usageOf } from "../processes.ts";
import { installedSize, sizeOf } from "../report/installed-size.ts";
import { showBytes, showSpread, showTime, spreadOf, table } from "../report/statistics.ts";
import { galleyFrom } from "../sides/galley.ts";
import { shipGalley, type Shipped } from "../sides/shipped-galley.ts";
import type { Side } from "../sides/side.ts";
import { askOnce } from "../sides/start-server.ts";
import { galleyStore } from "../store/stores.ts";
import { subjectOf } from "../works.ts";
import type { Bench, Part } from "./part.ts";

const idleConnections = 5000;
const starts = 5;
/** A small database: what is measured is the server. */
const films = 10_000;

const root = fileURLToPath(new URL("../../", import.meta.url));
const alternatives = fileURLToPath(new URL("../alternatives/", import.meta.url));

/** What a server costs before it does anything. */
export const costPart: Part = {
  name: "cost",
  title: "What it costs to have it",
  async run(bench) {
    const shipped = shipGalley(bench.folder);
    const galley = galleyFrom({
      bin: join(shipped.galley, "bin/galley.js"),
      definition: shipped.definition,
      options: [],
    });
    const sides = bench.sides.map((side) => (side.name === "galley" ? galley : side));
    const rows: string[][] = [];
    for (const side of sides) {
      const small = { ...bench, films, threads: 1 };
      const times: number[] = [];
      for (let start = 1; start < starts; start++)
        await withContenders(small, [side], async ([contender]) => void times.push(await firstAnswer(contender)));
      const memory = await withContenders(small, [side], async ([contender]) => {
        times.push(await firstAnswer(contender));
        return memoryOf(bench, contender);
      });
      bench.say(`${side.name}: ${memory.join(", ")}`);
      rows.push([side.title, showSpread(spreadOf(times), 0), ...memory, sizeOfSide(side, shipped)]);
    }
    const inProcess = await startInProcess(shipped, bench.folder);
    const head = ["", "start to first answer, ms", "idle memory", "for each connection", "installed"];
    return `With one thread each. Memory is the processes' own, without mapped files. Installed is what npm puts on the disk for the server, without development tools.\n\n${table(head, rows)}\n\nWithin another process, as on a serverless host, Galley gives its first answer ${showTime(inProcess)} after the process has started.`;
  },
};

async function firstAnswer(contender: Contender | undefined): Promise<number> {
  if (contender === undefined) return 0;
  const { running } = contender;
  const { milliseconds } = await askOnce(running.port, running.ask(subjectOf("read", 0, 0, films)));
  return running.startUp + milliseconds;
}

/** Idle, just started; and what each of many idle connections adds, once the server has worked for a while. */
async function memoryOf(bench: Bench, contender: Contender | undefined): Promise<string[]> {
  if (contender === undefined) return [];
  const { port, pid } = contender.running;
  const memory = (): number => usageOf(pid)?.memory ?? 0;
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const idle = memory();
  const job = { port, requests: requestsOf(contender, "read", 64, films), expect: 200 };
  await bench.load.run({ ...job, connections: 64, phases: [{ milliseconds: 4000 }] });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const before = memory();
  let during = 0;
  const timer = setTimeout(() => (during = memory()), 7500);
  await bench.load.run({
    ...job,
    connections: idleConnections,
    phases: [
      { milliseconds: 4000, rate: idleConnections / 4 },
      { milliseconds: 5000, rate: 0 },
    ],
  });
  clearTimeout(timer);
  return [showBytes(idle), showBytes(Math.max(0, (during - before) / idleConnections))];
}

function sizeOfSide(side: Side, { galley }: Shipped): string {
  if (side.name === "limit") return "nothing";
  if (side.name !== "galley") {
    if (side.program !== undefined) return `one program, ${showBytes(statSync(side.program).size)}`;
    const { bytes, packages } = installedSize(alternatives, side.packages ?? []);
    return `${showBytes(bytes)}, ${packages} packages`;
  }
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly optionalDependencies: Readonly<Record<string, string>>;
  };
  const own = sizeOf(galley, true);
  const needed = installedSize(root, Object.keys(manifest.dependencies));
  const node = installedSize(root, Object.keys(manifest.optionalDependencies));
  return `${showBytes(own + needed.bytes)}, ${needed.packages + 1} packages, and its own Node.js ${showBytes(node.bytes)}`;
}

async function startInProcess({ inProcess, definition }: Shipped, folder: string): Promise<number> {
  const database = join(folder, "in-process.db");
  copyFileSync(await galleyStore(films), database);
  const times = Array.from({ length: starts }, () => {
    const [time = "", status] = execFileSync(process.execPath, [inProcess, definition, database], { encoding: "utf8" })
      .trim()
      .split(" ");
    if (status !== "401") throw new Error(`In the process the answer is ${status}.`);
    return Number(time);
  });
  return spreadOf(times).median;
}
