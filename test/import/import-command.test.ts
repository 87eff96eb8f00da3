import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { copySqlite } from "../../src/database/sqlite/sqlite-copy.ts";
import { galleyBy, spawnServer, temporaryFolder } from "../server/spawn-server.ts";

const workshopFile = fileURLToPath(new URL("../server/fixtures/workshop.ts", import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
let server: Awaited<ReturnType<typeof spawnServer>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, "data");
  await mkdir(data);
  // It makes the database, and stays: every import here runs beside it.
  server = await spawnServer(workshopFile, data, { GALLEY_THREADS: "1", GALLEY_RATE_LIMITS: "off" });
});
afterAll(async () => {
  await server.end();
  await folder.remove();
});

/** Runs `galley`, and answers it with how it will have ended. */
const galley = (...args: readonly string[]) => galleyOn(data, ...args);

function galleyOn(dataFolder: string, ...args: readonly string[]) {
  const [program = "", ...before] = galleyBy(process.execPath);
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(program, [...before, ...args, "--file", workshopFile], {
    cwd: folder.path,
    env: { PATH, HOME, GALLEY_DATA: dataFolder },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, ended: endOf(child) };
}

async function endOf(child: ChildProcess) {
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

function stored(prefix: string): number {
  const database = new DatabaseSync(join(data, "galley.db"), { readOnly: true });
  try {
    const { count } =
      database.prepare("SELECT count(*) AS count FROM tools WHERE name LIKE ?").get(`${prefix} %`) ?? {};
    return Number(count);
  } finally {
    database.close();
  }
}

const linesOf = (prefix: string, from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `${prefix} ${from + at}\n`).join("");

test("an import runs beside a server, which sees it, and neither loses a write", async () => {
  const path = join(folder.path, "beside.csv");
  await writeFile(path, `name\n${linesOf("beside", 0, 3000)}`);
  const { ended } = galley("import", "tools", path);
  const over = { yes: false };
  void ended.then(() => (over.yes = true));
  const statuses: number[] = [];
  while (!over.yes) {
    const answer = await fetch(`${server.origin}/api/tools`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "by server" }),
    });
    statuses.push(answer.status);
  }
  const { code, stderr } = await ended;
  expect({ code, first: stderr.split("\n")[0], last: stderr.trimEnd().split("\n").at(-1) }).toEqual({
    code: 0,
    first: `Importing ${path} into tools of ${join(data, "galley.db")}`,
    last: "3,000 created, 0 changed.",
  });
  expect(new Set(statuses)).toEqual(new Set([201]));
  const found = await fetch(`${server.origin}/api/tools?total=true&limit=1`);
  expect(await found.json()).toMatchObject({ total: 3000 + statuses.length });
});

test.runIf(process.platform !== "win32")("an import that was killed goes on, and stores nothing twice", async () => {
  const path = join(folder.path, "killed.csv");
  // A pipe in the place of the file: what it was given is stored but for what waits for company.
  execFileSync("/usr/bin/env", ["mkfifo", path]);
  const first = galley("import", "tools", path);
  const pipe = createWriteStream(path);
  pipe.on("error", () => undefined);
  pipe.write(`name\n${linesOf("killed", 0, 1200)}`);
  await vi.waitFor(() => expect(stored("killed")).toBe(1000), { timeout: 20_000, interval: 50 });
  first.child.kill("SIGKILL");
  await first.ended;
  pipe.destroy();
  await rm(path);
  await writeFile(path, `name\n${linesOf("killed", 0, 1300)}`);

  const unasked = await galley("import", "tools", path).ended;
  expect(unasked).toMatchObject({ code: 1, stderr: expect.stringContaining("was stopped after line 1001.") });
  const resumed = await galley("import", "tools", path, "--resume").ended;
  expect(resumed).toMatchObject({ code: 0, stderr: expect.stringContaining("1,300 created, 0 changed.\n") });
  expect(stored("killed")).toBe(1300);
});

test("Ctrl-C ends an import, and a refused record makes its exit code 1", async () => {
  const { child, ended } = galley("import", "tools", "-", "--format", "csv");
  child.stdin?.write(`name\n${linesOf("piped", 0, 700)}`);
  await vi.waitFor(() => expect(stored("piped")).toBe(500), { timeout: 20_000, interval: 50 });
  child.kill("SIGINT");
  expect(await ended).toMatchObject({
    code: 130,
    stderr: expect.stringContaining("Stopped after line 501: 500 created"),
  });

  const refusing = galley("import", "tools", "-", "--format", "ndjson");
  refusing.child.stdin?.end('{"name":"refused 1"}\n{"name":7}\n');
  expect(await refusing.ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /\nline 2: name must be a string, and is a number\n[^]*1 created, 0 changed, 1 refused\.\n$/,
    ),
  });
  const stranger = await galley("import", "tulls", "a.csv").ended;
  expect(stranger).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("There is no collection tulls; there are users, tools."),
  });
  expect(await galley("import", "tools", "away.csv").ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/\nThere is no file .*away\.csv to import\.\n$/),
  });
});

test("a database that lacks an index of the definition takes no import: what should be unique would not be", async () => {
  const lacking = await temporaryFolder();
  onTestFinished(() => lacking.remove());
  const file = join(lacking.path, "galley.db");
  await copySqlite(join(data, "galley.db"), file, () => {});
  const database = new DatabaseSync(file);
  database.exec("DROP INDEX users_email_unique");
  database.close();
  expect(await galleyOn(lacking.path, "import", "tools", "a.csv").ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      / can't be used with this definition: The index users_email_unique is in the definition and not /,
    ),
  });
});

test("galley export writes to standard output, and says what it does beside it", async () => {
  const piped = galley("import", "tools", "-", "--format", "csv", "--set", "name=exported 1");
  piped.child.stdin?.end("name\nx\n");
  await piped.ended;
  const { code, stdout, stderr } = await galley(
    "export",
    "tools",
    "--select",
    "name",
    "--where",
    "name[startsWith]=exported",
  ).ended;
  expect({ code, stdout }).toEqual({ code: 0, stdout: "name\nexported 1\n" });
  expect(stderr).toMatch(/^Exporting tools of .*galley\.db\n[^]*1 record\.\n$/);
});
