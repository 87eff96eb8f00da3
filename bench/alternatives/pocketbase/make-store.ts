// Makes the database of PocketBase for a plain one: the schema by PocketBase itself, the rows copied, a token for each user.
// make-store.ts PROGRAM PORT PLAIN STORE
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { collections } from "./collections.ts";

const [, , program = "", port = "", plain = "", store = ""] = process.argv;
const folder = mkdtempSync(join(tmpdir(), "pocketbase-"));
const administrator = { identity: "admin@example.com", password: "a good password" };
const origin = `http://127.0.0.1:${port}`;

async function ask(method: string, path: string, token: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: { "content-type": "application/json", ...(token === "" ? {} : { authorization: token }) },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function serving<T>(work: (token: string) => Promise<T>): Promise<T> {
  const server: ChildProcess = spawn(program, ["serve", `--http=127.0.0.1:${port}`, `--dir=${folder}`], {
    stdio: "ignore",
  });
  try {
    for (let tries = 0; ; tries++) {
      const up = await fetch(`${origin}/api/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (up) break;
      if (tries === 100) throw new Error("PocketBase does not start.");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { token } = await ask("POST", "/api/collections/_superusers/auth-with-password", "", administrator);
    return await work(String(token));
  } finally {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
  }
}

try {
  execFileSync(program, ["superuser", "upsert", administrator.identity, administrator.password, `--dir=${folder}`]);
  await serving((token) => ask("PUT", "/api/collections/import", token, { collections, deleteMissing: false }));

  const database = new DatabaseSync(join(folder, "data.db"), { enableForeignKeyConstraints: false });
  database.prepare("ATTACH ? AS plain").run(plain);
  // As PocketBase writes times.
  const stamps = "replace(createdAt, 'T', ' '), replace(updatedAt, 'T', ' '), version";
  database.exec(`PRAGMA synchronous = OFF; BEGIN;
    INSERT INTO main.users (id, email, emailVisibility, verified, name, password, tokenKey)
      SELECT id, email, 0, 1, name, '', lower(hex(randomblob(25))) FROM plain.users`);
  for (const table of ["categories", "directors", "films", "accounts"]) {
    const columns = database
      .prepare("SELECT name FROM pragma_table_info(?, 'plain') WHERE name NOT IN ('createdAt', 'updatedAt', 'version')")
      .all(table)
      .map(({ name }) => `"${String(name)}"`)
      .join(", ");
    database.exec(
      `INSERT INTO main.${table} (${columns}, createdAt, updatedAt, version) SELECT ${columns}, ${stamps} FROM plain.${table}`,
    );
  }
  database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  const ids = database.prepare("SELECT id FROM plain.users ORDER BY id").all();
  database.close();

  const tokens = await serving(async (token) => {
    const all: unknown[] = [];
    for (const { id } of ids) {
      const path = `/api/collections/users/impersonate/${String(id)}`;
      all.push((await ask("POST", path, token, { duration: 365 * 24 * 60 * 60 }))["token"]);
    }
    return all;
  });
  const closed = new DatabaseSync(join(folder, "data.db"));
  closed.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  closed.close();
  copyFileSync(join(folder, "data.db"), store);
  writeFileSync(`${store}.json`, JSON.stringify(tokens));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
