import { chmod, mkdir, open, stat, statfs, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { checkSchema } from "../../src/cli/doctor/check-application.ts";
import { findArgon2id } from "../../src/auth/argon2id.ts";
import { checkMachine } from "../../src/cli/doctor/check-machine.ts";
import { checkPostgresDatabase } from "../../src/cli/doctor/check-postgres-database.ts";
import { checkSqliteDatabase } from "../../src/cli/doctor/check-sqlite-database.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { createSqliteEngine } from "../../src/database/sqlite/sqlite-engine.ts";
import { copySqlite } from "../../src/database/sqlite/sqlite-copy.ts";
import { assemble } from "../../src/operations/assemble.ts";
import { readConfiguration } from "../../src/server/configuration.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import bank from "../server/fixtures/bank.ts";
import { spawnGalley, temporaryFolder } from "../server/spawn-server.ts";

const bankFile = fileURLToPath(new URL("../server/fixtures/bank.ts", import.meta.url));
const brokenFile = fileURLToPath(new URL("../server/fixtures/broken.ts", import.meta.url));
const { model } = assemble(bank);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let [sound, data, file] = ["", "", ""];
let number = 0;

beforeAll(async () => {
  folder = await temporaryFolder();
  sound = join(folder.path, "sound.db");
  const engine = createSqliteEngine(model, {
    path: sound,
    access: "readWrite",
    scanThread: false,
    transactionTime: 2000,
  });
  await engine.migrate(model);
  await engine.close();
  change(
    sound,
    `
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000)
    INSERT INTO accounts (id, name, balance, createdAt, updatedAt, version)
    SELECT 'id' || n, 'account ' || n, n, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', 1 FROM numbers;
    INSERT INTO "_changes" (at, collection, record, kind) VALUES ('2026-01-01T00:00:00.000Z', 'accounts', 'id1', 'created')`,
  );
});
afterAll(() => folder.remove());

beforeEach(async () => {
  data = join(folder.path, `data${++number}`);
  file = join(data, "galley.db");
  await mkdir(data, { mode: 0o700 });
  await copySqlite(sound, file, () => {});
});

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  database.exec(sql);
  database.close();
}

const configured = (variables: Readonly<Record<string, string>> = {}) =>
  readConfiguration({ PORT: "0", GALLEY_DATA: data, ...variables });

/** What was found that is not as it should be; each must say what is to be done. */
function wrong(findings: readonly Finding[]): string[] {
  const found = findings.filter(({ state }) => state !== "ok");
  for (const { mend } of found) expect(mend).toMatch(/\w/);
  return found.map(({ state, check, message }) => `${state} ${check}: ${message}`);
}

async function examine(path: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const started = spawnGalley({ args: ["doctor", path, ...args], data, env });
  const { code } = await started.exited;
  return { code, stdout: started.stdout(), stderr: started.stderr() };
}

test("a sound application is sound in every line, also for a program that reads them", async () => {
  const { code, stdout, stderr } = await examine(bankFile, ["--json"]);
  const { sound, findings } = JSON.parse(stdout) as { readonly sound: boolean; readonly findings: readonly Finding[] };
  expect({ code, stderr, sound, wrong: wrong(findings) }).toEqual({ code: 0, stderr: "", sound: true, wrong: [] });
  const checks = [
    "versions",
    "definition",
    "configuration",
    "port",
    "passwords",
    "permissions",
    "disk",
    "database",
    "integrity",
  ];
  expect(findings.map(({ check }) => check)).toEqual([...checks, "references", "log", "feed", "clock", "schema"]);
});

test("a definition and settings that make no sense are problems, one line each, and the exit code says so", async () => {
  const { code, stdout } = await examine(brokenFile, [], { GALLEY_TREADS: "2", PORT: "none" });
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.replaceAll(/ {2,}/g, " "));
  expect(code).toBe(1);
  expect(lines).toEqual([
    expect.stringMatching(/^ok versions /),
    expect.stringMatching(/^problem definition The definition has 3 mistakes: .* Correct .*broken\.ts\.$/),
    "problem configuration GALLEY_TREADS in the environment is no setting. Did you mean GALLEY_THREADS? Correct it: docs/reference/settings.md lists every setting.",
    expect.stringMatching(/^problem configuration PORT in the environment is "none": /),
  ]);
});

test("secrets that other users can read are warnings, and no reason to fail", async () => {
  await writeFile(join(data, ".env"), "GALLEY_ADMIN_PASSWORD=swordfish\n", { mode: 0o644 });
  await chmod(file, 0o644);
  await chmod(data, 0o755);
  const { code, stdout } = await examine(bankFile);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^warning +configuration +other users of this machine can read \.env.* chmod 600 \.env\.$/m);
  expect(stdout).toMatch(/^warning +configuration +GALLEY_ADMIN_PASSWORD has fewer than 12 characters/m);
  expect(stdout).toMatch(/^warning +permissions +other users of this machine can read .*galley\.db\. chmod 700 /m);
  expect(stdout).not.toContain("swordfish");
});

test("a page that was written over is found, and so is a file that is no database", async () => {
  const handle = await open(file, "r+");
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(4096, 0x5a), 0, 4096, Math.floor(size / 2 / 4096) * 4096);
  await handle.close();
  expect(wrong(checkSqliteDatabase(file))).toContainEqual(expect.stringMatching(/^problem integrity: /));
  await writeFile(file, "rubbish that is longer than a header of SQLite's ever was, so that it is looked at");
  expect(wrong(checkSqliteDatabase(file))).toEqual([
    expect.stringMatching(/^problem database: The database file .* can't be opened: file is not a database$/),
  ]);
});

test("references that lead nowhere are counted by where they lead", () => {
  change(
    file,
    `INSERT INTO transfers (id, reference, "from", "to", amount, createdAt, updatedAt, version)
    VALUES ('t', 'r', 'gone', 'id1', 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', 1)`,
  );
  expect(wrong(checkSqliteDatabase(file))).toEqual([
    "problem references: references from transfers to accounts that lead nowhere: 1",
  ]);
});

test("an index that somebody dropped is missing, by its name", async () => {
  change(file, `DROP INDEX "accounts_name_unique"`);
  expect(wrong(await checkSchema(bankFile, model, configured()))).toEqual([
    expect.stringMatching(/^problem schema: .*accounts/),
  ]);
});

test("a change from the future says that the clock is wrong", () => {
  change(
    file,
    `INSERT INTO "_changes" (at, collection, record, kind) VALUES ('2999-01-01T00:00:00.000Z', 'accounts', 'id1', 'updated')`,
  );
  expect(wrong(checkSqliteDatabase(file))).toEqual([
    expect.stringMatching(/^problem clock: the newest change is of 2999-01-01T00:00:00.000Z, and this clock says 2/),
  ]);
});

test("a log that nobody folds into the file is a warning", async () => {
  await writeFile(`${file}-wal`, "");
  await truncate(`${file}-wal`, 500_000_000);
  expect(wrong(checkSqliteDatabase(file))).toEqual([expect.stringMatching(/^warning log: .*-wal has 500\.0 MB$/)]);
});

test("a disk on which the data fits only once is a warning", async () => {
  const { bavail, bsize } = await statfs(data);
  // It has that length, and no blocks.
  await truncate(file, bavail * bsize + 4096);
  expect((await stat(file)).blocks).toBeLessThan(10_000);
  expect(wrong(await checkMachine(configured()))).toEqual([
    expect.stringMatching(/^warning disk: .* free, .* of data$/),
  ]);
});

test("passwords that are hashed slowly are a warning, and not an error", async () => {
  const slow = findArgon2id(() => Promise.reject(new Error("It wasn't built for this system.")));
  expect(wrong(await checkMachine(configured(), slow))).toEqual([
    expect.stringMatching(/^warning passwords: hashed by Node\.js itself/),
  ]);
});

test("a port that another program has is a problem", async () => {
  const other = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === "object" && address !== null ? String(address.port) : "";
  expect(wrong(await checkMachine(configured({ PORT: port })))).toEqual([
    expect.stringMatching(/^problem port: 127\.0\.0\.1:\d+ can't be used: /),
  ]);
});

test("a PostgreSQL server is asked for what it lets us do", async () => {
  const fresh = await freshDatabase();
  onTestFinished(() => fresh.drop());
  const at = (url: string, connections = "20") => {
    const variables = { DATABASE_URL: url, GALLEY_DATABASE_CONNECTIONS: connections, GALLEY_THREADS: "1" };
    return checkPostgresDatabase(configured(variables), url);
  };
  const findings = await at(fresh.url);
  expect(wrong(findings)).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual([
    "database",
    "version",
    "tls",
    "rights",
    "connections",
    "clocks",
    "feed",
    "clock",
  ]);
  expect(wrong(await at(fresh.url, "1000"))).toEqual([
    expect.stringMatching(/^warning connections: the server gives \d+, and this process may use 1004$/),
  ]);
  const away = new URL(fresh.url);
  away.port = "1";
  expect(wrong(await at(away.href))).toEqual([expect.stringMatching(/^problem database: The PostgreSQL server at /)]);
});
