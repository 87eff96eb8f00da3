import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { writeApp } from "../src/cli/write-app.ts";

/**
 * How long `galley dev` takes to serve a change: from the moment that a rule is written to the file until a request is answered by it,
 * with types checked beside it.
 *
 *     node --conditions=galley-source bench/dev-reload.ts [changes]
 */
const changes = Number(process.argv[2] ?? 11);
const root = fileURLToPath(new URL("..", import.meta.url));
/** Between two changes somebody looks at what the first has done, in milliseconds. */
const pause = 3000;
const patience = 30_000;

/** An application of which a rule is changed, there and back. */
interface Subject {
  readonly name: string;
  readonly folder: string;
  /** The file, and the rule in it without which nobody may read what is asked for. */
  readonly file: string;
  readonly open: string;
  readonly closed: string;
  readonly path: string;
}

const home = mkdtempSync(join(tmpdir(), "galley-reload-"));
try {
  for (const subject of [await template(), shop()]) {
    const times = (await measure(subject)).toSorted((one, other) => one - other);
    const at = (part: number): string => (times[Math.floor((times.length - 1) * part)] ?? Number.NaN).toFixed(0);
    console.log(
      `${subject.name.padEnd(10)} ${times.length} changes: median ${at(0.5)} ms, half of them ${at(0.25)} to ${at(0.75)}, all ${at(0)} to ${at(1)}`,
    );
  }
} finally {
  rmSync(home, { recursive: true, maxRetries: 5 });
}

/** What `galley create` writes. */
async function template(): Promise<Subject> {
  await writeApp(home, "my-lists");
  const folder = join(home, "my-lists");
  const file = join(folder, "backend.ts");
  writeFileSync(file, readFileSync(file, "utf8").replace("collection, integer", "collection, everyone, integer"));
  link(folder);
  const [open, closed] = [
    '{ read: everyone, write: owner("owner") }',
    '{ read: owner("owner"), write: owner("owner") }',
  ];
  return { name: "template", folder, file, open, closed, path: "/api/lists" };
}

/** The shop, without its tests. */
function shop(): Subject {
  const folder = join(home, "shop");
  cpSync(join(root, "examples/shop"), folder, {
    recursive: true,
    filter: (path) => !/node_modules|\.test\.ts$|\/data$/.test(path.slice(root.length)),
  });
  cpSync(join(root, "template/tsconfig.app.json"), join(folder, "tsconfig.json"));
  link(folder);
  const [open, closed] = ['{ read: everyone, write: role("admin") }', '{ read: role("admin"), write: role("admin") }'];
  return { name: "shop", folder, file: join(folder, "collections/films.ts"), open, closed, path: "/api/films?limit=1" };
}

/** What npm install would bring, from here. */
function link(folder: string): void {
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/galley"));
  for (const name of ["typescript", "@types/node", "vega-datasets"])
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
}

async function measure({ folder, file, open, closed, path }: Subject): Promise<number[]> {
  const { PATH = "", HOME = "" } = process.env;
  const server = spawn(
    process.execPath,
    ["--conditions=galley-source", join(root, "bin/galley.js"), "dev", "--port", "0"],
    {
      cwd: folder,
      env: { PATH, HOME, GALLEY_DATA: join(folder, "data") },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let said = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const exited = once(server, "exit");
  try {
    const port = await until(
      () => /API +http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1],
      () => said,
    );
    const url = `http://127.0.0.1:${port}${path}`;
    const times: number[] = [];
    for (let change = 0; change < changes; change++) {
      await wait(pause);
      const text = readFileSync(file, "utf8");
      const opens = !text.includes(open);
      const began = performance.now();
      writeFileSync(file, opens ? text.replace(closed, open) : text.replace(open, closed));
      await until(
        async () => ((await statusOf(url)) === (opens ? 200 : 401) ? true : undefined),
        () => said,
      );
      times.push(performance.now() - began);
    }
    return times;
  } finally {
    server.kill("SIGTERM");
    await exited;
  }
}

/** Asks every few milliseconds until there is an answer. */
async function until<T>(ask: () => T | undefined | Promise<T | undefined>, said: () => string): Promise<T> {
  for (const end = performance.now() + patience; performance.now() < end; await wait(3)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`Nothing came within ${patience} ms. galley dev said:\n${said()}`);
}

/** On a connection of its own, as a version that goes takes its connections along. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((settle) => {
    const request = get(url, { agent: false }, (answer) => {
      answer.resume();
      settle(answer.statusCode);
    });
    request.once("error", () => settle(undefined));
  });
}
