// Where the time of a request goes: microseconds of processor time for each stage of the pipeline, and flame graphs.
// npm run bench:profile -- --help says what can be chosen.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { withContenders } from "./contenders.ts";
import { startLoad } from "./load/load.ts";
import { type FlameThread, flameGraph } from "./profile/flame-graph.ts";
import { heaviestFunctions } from "./profile/heaviest-functions.ts";
import { profiledSide } from "./profile/profiled-side.ts";
import { type Recording, recordWork } from "./profile/record-work.ts";
import { replaceSections } from "./profile/replace-sections.ts";
import { stageTable, threadTitles } from "./profile/stage-table.ts";
import { describeMachine } from "./report/machine.ts";
import { showCount, spreadOf } from "./report/statistics.ts";
import { cacheFolder } from "./store/stores.ts";
import { type WorkName, workNames, works } from "./works.ts";

const help = `npm run bench:profile -- [options]

  --tree PATH    the checkout that is profiled; this one
  --before PATH  an older one, measured in turn with it
  --work NAMES   with commas: ${workNames.join(", ")}; read,create unless told otherwise
  --rounds N     5
  --seconds N    of each recording; 2.5
  --clients N    64
  --films N      rows of the large table; 1000000
  --functions N  prints the heaviest functions of each thread too
  --write        puts tables and flame graphs of both into bench/PROFILE.md and bench/profile

A checkout of an older commit, with the packages of this one:

  git worktree add --detach ../before COMMIT && ln -s "$PWD/node_modules" ../before/node_modules
`;

const { values } = parseArgs({
  options: {
    tree: { type: "string", default: fileURLToPath(new URL("..", import.meta.url)) },
    before: { type: "string" },
    work: { type: "string", default: "read,create" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2.5" },
    clients: { type: "string", default: "64" },
    films: { type: "string", default: "1000000" },
    functions: { type: "string", default: "0" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** A checkout that is measured. */
interface Tree {
  readonly when: "before" | "after";
  readonly path: string;
  readonly recordings: ReadonlyMap<WorkName, Recording[]>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

function workNamed(name: string): WorkName {
  const found = workNames.find((one) => one === name);
  if (found === undefined) throw new Error(`There is no work "${name}"; there are ${workNames.join(", ")}.`);
  return found;
}

async function main(): Promise<void> {
  const names = values.work.split(",").map(workNamed);
  if (values.write && values.before === undefined)
    throw new Error("--write needs --before PATH: what is written has both.");
  const nothing = (): Tree["recordings"] => new Map(names.map((name) => [name, []]));
  const before: Tree[] =
    values.before === undefined ? [] : [{ when: "before", path: values.before, recordings: nothing() }];
  const trees: Tree[] = [...before, { when: "after", path: values.tree, recordings: nothing() }];
  mkdirSync(cacheFolder, { recursive: true });
  const databases = mkdtempSync(join(cacheFolder, "run-"));
  const folder = mkdtempSync(join(tmpdir(), "galley-profile-"));
  // Whoever interrupts it leaves nothing behind.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
  process.once("exit", () => {
    for (const path of [databases, folder]) rmSync(path, { recursive: true, force: true });
  });
  const load = startLoad(1);
  try {
    await recordAll(trees, { load, databases, folder });
  } finally {
    load.close();
  }
  report(trees, names, databases);
}

/** Round after round the same work on each checkout: what the machine does beside it hits all alike. The first round warms up. */
async function recordAll(
  trees: readonly Tree[],
  {
    load,
    databases,
    folder,
  }: { readonly load: ReturnType<typeof startLoad>; readonly databases: string; readonly folder: string },
): Promise<void> {
  const recordings = join(folder, "recordings");
  mkdirSync(recordings);
  const films = Number(values.films);
  const plan = { load, films, clients: Number(values.clients), folder: recordings };
  const sides = trees.map(({ path, when }) => profiledSide(path, join(folder, when)));
  await withContenders(
    { folder: databases, films, threads: 1 },
    sides,
    async (contenders) => {
      for (let round = 0; round <= Number(values.rounds); round++) {
        for (const name of trees[0]?.recordings.keys() ?? []) {
          for (const [index, contender] of contenders.entries()) {
            const seconds = round === 0 ? 1 : Number(values.seconds);
            const recording = await recordWork(contender, name, { ...plan, seconds });
            if (round === 0) continue;
            trees[index]?.recordings.get(name)?.push(recording);
            const { rate, http, writer, others } = recording;
            console.error(
              `${round}/${values.rounds} ${name} ${trees[index]?.when}: ${showCount(rate)}/s, ${(http.cpu + writer.cpu + others).toFixed(1)} µs each`,
            );
          }
        }
      }
    },
    { env: { PROFILE_FOLDER: recordings } },
  );
}

function report(trees: readonly Tree[], names: readonly WorkName[], databases: string): void {
  const count = Number(values.functions);
  const sections = new Map<string, string>();
  const commits = trees.map(({ when, path }) => `- ${when}: ${describeTree(path)}`);
  const how = `${values.rounds} rounds, ${values.seconds} s each without samples and with them; ${values.clients} clients, one thread that answers requests and one that writes, ${Number(values.films).toLocaleString("en")} films.`;
  sections.set("What was measured", `${describeMachine(databases)}\n\n${commits.join("\n")}\n\n${how}`);
  for (const name of names) {
    const title = works.find((work) => work.name === name)?.title ?? name;
    const measured = trees.map(({ when, recordings }) => ({ title: when, recordings: recordings.get(name) ?? [] }));
    const pictures = trees.map(({ when, recordings }) => {
      const file = `profile/${name}-${when}.svg`;
      const threads = threadsOf(recordings.get(name) ?? []);
      if (values.write) writeFileSync(here(file), flameGraph(`${title}, ${when}`, threads));
      if (count > 0)
        for (const thread of threads)
          console.log(`\n${title}, ${when}, ${thread.title}\n\n${heaviestFunctions(thread.stacks, count)}`);
      return `![${title}, ${when}](${file})`;
    });
    const facts = measured.map(({ title: when, recordings }) => factsOf(when, recordings));
    sections.set(heading(title), [stageTable(measured), facts.join("\n"), ...pictures].join("\n\n"));
  }
  for (const [title, text] of sections) console.log(`\n## ${title}\n\n${text}`);
  if (values.write) {
    const path = here("PROFILE.md");
    writeFileSync(path, replaceSections(readFileSync(path, "utf8"), sections));
  }
}

const heading = (title: string): string => `A ${title}`;

function factsOf(when: string, recordings: readonly Recording[]): string {
  const rate = spreadOf(recordings.map((one) => one.rate)).median;
  const waited = spreadOf(recordings.map(({ writer }) => writer.waited)).median;
  const disk =
    waited < 0.05 ? "" : `; the thread that writes stood still for the disk for ${waited.toFixed(1)} µs of each`;
  return `- ${when}: ${showCount(rate)} requests a second${disk}`;
}

/** What the threads did in all runs, as if they were one. */
function threadsOf(recordings: readonly Recording[]): FlameThread[] {
  return (["http", "writer"] as const).map((thread) => ({
    title: threadTitles[thread],
    stacks: recordings.flatMap((recording) =>
      recording[thread].stacks.map(({ frames, microseconds }) => ({
        frames,
        microseconds: microseconds / recordings.length,
      })),
    ),
  }));
}

function describeTree(path: string): string {
  const git = (...args: string[]): string => execFileSync("git", ["-C", path, ...args], { encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--", "src") === "" ? "" : ", with changes that were not committed";
  return `commit ${git("log", "-1", "--format=%h of %cs")}${changed}`;
}

if (values.help) console.log(help);
else await main();
