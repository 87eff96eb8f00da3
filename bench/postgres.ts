// The film shop on PostgreSQL beside a server written by hand (bench/postgres-by-hand.ts), on one database in one run, one
// thread each and with the same indexes: requests a second and their ratio, medians of interleaved rounds. It needs a server in DATABASE_URL, on which it
// makes a database of its own and drops it. Run it with:
// DATABASE_URL=postgres://... node --conditions=galley-source bench/postgres.ts
//
// The two don't do the same: the shop checks rules, validates, keeps a change feed and looks up the session of each request.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";

const clients = 32;
const rounds = 3;
const milliseconds = 2000;

const server = new URL(process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/postgres");
const name = `galley_bench_${process.pid}`;
const database = new URL(server);
database.pathname = `/${name}`;
const folder = mkdtempSync(join(tmpdir(), "galley-bench-"));
const agent = new Agent({ keepAlive: true, maxSockets: clients });
const admin = { email: "admin@example.com", password: "a good password" };
const children: ChildProcess[] = [];

interface Asked {
  readonly status: number;
  readonly text: string;
}

function ask(port: number, method: string, path: string, body?: unknown, token?: string): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const sent = request({ agent, port, method, path, host: "127.0.0.1", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function start(file: string, args: readonly string[], said: RegExp): Promise<number> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=galley-source", path, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      PORT: "0",
      DATABASE_URL: database.href,
      GALLEY_DATA: folder,
      GALLEY_THREADS: "1",
      GALLEY_RATE_LIMITS: "off",
      GALLEY_ADMIN_EMAIL: admin.email,
      GALLEY_ADMIN_PASSWORD: admin.password,
      LOG_LEVEL: "warn",
    },
  });
  children.push(child);
  return new Promise((resolve, reject) => {
    let text = "";
    child.once("exit", () => reject(new Error(`${file} ended: ${text}`)));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const port = said.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

/** Requests a second that clients get answered who each wait for their answer. */
async function rate(work: (client: number) => Promise<Asked>): Promise<number> {
  const begun = performance.now();
  let done = 0;
  const one = async (_: unknown, client: number): Promise<void> => {
    while (performance.now() - begun < milliseconds) {
      const { status, text } = await work(client);
      if (status >= 300) throw new Error(`${status}: ${text}`);
      done++;
    }
  };
  await Promise.all(Array.from({ length: clients }, one));
  return (done / (performance.now() - begun)) * 1000;
}

async function measure(): Promise<void> {
  const shop = await start(
    "../bin/galley.js",
    ["start", fileURLToPath(new URL("../examples/shop/backend.ts", import.meta.url))],
    /http:\/\/\S+:(\d+)\/api\n/,
  );
  const sql = new pg.Client({ connectionString: database.href });
  await sql.connect();
  await sql.query(`CREATE TABLE hand_films (LIKE films INCLUDING ALL);
    INSERT INTO hand_films SELECT * FROM films;
    CREATE TABLE hand_lines (id uuid PRIMARY KEY, customer uuid NOT NULL, film uuid NOT NULL REFERENCES hand_films, quantity integer NOT NULL);
    CREATE INDEX ON hand_lines (customer);
    CREATE TABLE hand_orders (id uuid PRIMARY KEY, customer uuid NOT NULL, total bigint NOT NULL);
    UPDATE films SET stock = 1000000; UPDATE hand_films SET stock = 1000000; ANALYZE`);
  const { rows } = await sql.query<{ id: string }>("SELECT id FROM films ORDER BY id LIMIT 1000");
  await sql.end();
  const hand = await start("postgres-by-hand.ts", [], /port (\d+)\n/);
  const signIn = async (path: string, credentials: object): Promise<string> => {
    const { token }: { token: string } = JSON.parse((await ask(shop, "POST", `/api/auth/${path}`, credentials)).text);
    return token;
  };
  const boss = await signIn("sign-in", admin);
  const tokens: string[] = [];
  for (let client = 0; client < clients; client++)
    tokens.push(await signIn("sign-up", { email: `c${client}@example.com`, password: "a good password" }));
  const customers = tokens.map(() => crypto.randomUUID());
  const address = { name: "Ada", street: "1 Main St", city: "Berlin", postcode: "10115", country: "DE" };
  const film = { title: "A new film", price: 999, stock: 5, weight: 100 };
  const any = (): string => rows[Math.floor(Math.random() * rows.length)]?.id ?? "";

  const works: readonly [string, (client: number) => Promise<Asked>, (client: number) => Promise<Asked>][] = [
    ["point read", () => ask(shop, "GET", `/api/films/${any()}`), () => ask(hand, "GET", `/films/${any()}`)],
    ["page of 20", () => ask(shop, "GET", "/api/films"), () => ask(hand, "GET", "/films")],
    ["create", () => ask(shop, "POST", "/api/films", film, boss), () => ask(hand, "POST", "/films", film)],
    [
      "add to cart and check out",
      async (client) => {
        await ask(shop, "POST", "/api/actions/addToCart", { film: any() }, tokens[client]);
        return ask(shop, "POST", "/api/actions/checkout", { address }, tokens[client]);
      },
      (client) => ask(hand, "POST", "/checkout", { film: any(), customer: customers[client] }),
    ],
  ];
  const rates = works.map(() => ({ shop: [] as number[], hand: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [index, [, byShop, byHand]] of works.entries()) {
      const both = { shop: await rate(byShop), hand: await rate(byHand) };
      // The first round warms up.
      if (round === 0) continue;
      rates[index]?.shop.push(both.shop);
      rates[index]?.hand.push(both.hand);
    }
  }
  console.table(
    works.map(([what], index) => {
      const [ours, theirs] = [median(rates[index]?.shop ?? []), median(rates[index]?.hand ?? [])];
      return {
        what,
        "shop, a second": Math.round(ours),
        "by hand": Math.round(theirs),
        ratio: (ours / theirs).toFixed(2),
      };
    }),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

const manager = new pg.Client({ connectionString: server.href });
await manager.connect();
await manager.query(`CREATE DATABASE ${name}`);
try {
  await measure();
} finally {
  for (const child of children) child.removeAllListeners("exit").kill("SIGKILL");
  await manager.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await manager.end();
  rmSync(folder, { recursive: true, force: true });
  agent.destroy();
}
