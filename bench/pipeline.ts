// What a request costs inside the process, without HTTP: microseconds of CPU through the whole pipeline (router, identify,
// limit, validate, authorize, run, present, log line, metrics), beside the bare statement that the work comes down to.
// Medians of interleaved rounds. Run it with: node --conditions=galley-source bench/pipeline.ts
import { rmSync, mkdtempSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp } from "galley/server";
import shop from "../examples/shop/backend.ts";

const folder = mkdtempSync(join(tmpdir(), "galley-bench-"));
const administrator = { email: "admin@example.com", password: "a good password" };
const app: App = await createApp(shop, { database: `sqlite:${folder}/bench.db`, rateLimits: false, administrator });

async function ask(method: string, path: string, token?: string, body?: object): Promise<string> {
  const [pathname = "", query = ""] = path.split("?");
  const headers: Record<string, string | undefined> = {
    authorization: token && `Bearer ${token}`,
    "content-type": "application/json",
  };
  const answer = await app.handle({
    method,
    path: pathname,
    query,
    header: (name) => headers[name],
    body: () => Promise.resolve(Buffer.from(body === undefined ? "" : JSON.stringify(body))),
    address: "127.0.0.1",
    secure: false,
    requestId: "bench",
  });
  return String(answer.body);
}

const signedIn = await ask("POST", "/api/auth/sign-in", undefined, administrator);
const { token } = JSON.parse(signedIn) as { readonly token: string };
const first = await ask("GET", "/api/films?limit=1&sort=-votes");
const [{ id }] = (JSON.parse(first) as { readonly data: readonly [{ readonly id: string }] }).data;

const bare = new DatabaseSync(join(folder, "bench.db"), { readOnly: true });
const byId = bare.prepare("SELECT * FROM films WHERE id = ?");
const page = bare.prepare("SELECT * FROM films ORDER BY votes DESC, id DESC LIMIT min(?, 200)");
const film = { title: "A new film", price: 999, stock: 5, weight: 100 };

const works: readonly { readonly name: string; readonly times: number; readonly run: () => unknown }[] = [
  { name: "bare statement: point read, as text", times: 4000, run: () => JSON.stringify({ ...byId.get(id) }) },
  { name: "point read, anonymous", times: 4000, run: () => ask("GET", `/api/films/${id}`) },
  { name: "point read, signed in", times: 4000, run: () => ask("GET", `/api/films/${id}`, token) },
  { name: "bare statement: page of 20, as text", times: 500, run: () => JSON.stringify(page.all(20)) },
  { name: "page of 20, signed in", times: 500, run: () => ask("GET", "/api/films?limit=20&sort=-votes", token) },
  { name: "create, signed in, 32 at once", times: 960, run: () => ask("POST", "/api/films", token, film) },
];

const rounds = 7;
const samples = new Map<string, number[]>(works.map(({ name }) => [name, []]));
for (let round = 0; round <= rounds; round++) {
  for (const { name, times, run } of works) {
    const began = process.cpuUsage();
    for (let done = 0; done < times; done += 32) await Promise.all(Array.from({ length: 32 }, run));
    const { user, system } = process.cpuUsage(began);
    // The first round warms up.
    if (round > 0) samples.get(name)?.push((user + system) / times);
  }
}
for (const [name, taken] of samples) {
  const sorted = taken.toSorted((a, b) => a - b);
  const [least = 0, median = 0, most = 0] = [sorted[0], sorted[rounds >> 1], sorted.at(-1)];
  console.log(`${name.padEnd(40)} ${median.toFixed(1).padStart(7)} µs  (${least.toFixed(1)} to ${most.toFixed(1)})`);
}
bare.close();
await app.close();
rmSync(folder, { recursive: true });
