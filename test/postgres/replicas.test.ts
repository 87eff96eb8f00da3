import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask } from "../server/ask.ts";
import { serverOf, spawnGalley, type SpawnedServer, temporaryFolder } from "../server/spawn-server.ts";
import {
  address,
  type Answer,
  createVisitor,
  type Film,
  type Order,
  type OrderLine,
  type Visitor,
} from "../shop/shop-client.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";

const shop = fileURLToPath(new URL("../../examples/shop/backend.ts", import.meta.url));
const admin = { email: "admin@example.com", password: "the manager of the shop" };

let database: FreshDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let replicas: SpawnedServer[];

beforeAll(async () => {
  database = await freshDatabase();
  folder = await temporaryFolder();
  const env = {
    DATABASE_URL: database.url,
    GALLEY_THREADS: "1",
    GALLEY_RATE_LIMITS: "off",
    GALLEY_ADMIN_EMAIL: admin.email,
    GALLEY_ADMIN_PASSWORD: admin.password,
  };
  // All at once, on a database that is empty.
  const started = Array.from({ length: 4 }, () => spawnGalley({ args: ["start", shop], data: folder.path, env }));
  replicas = await Promise.all(started.map(serverOf));
  await Promise.all(replicas.splice(2).map((replica) => replica.stop()));
}, 120_000);
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.end()));
  await folder.remove();
  await database.drop();
});

/** A balancer in front of the replicas: each request goes to the next one. */
let turn = 0;
const balancer = {
  async fetch(request: Request): Promise<Response> {
    turn = (turn + 1) % replicas.length;
    const { pathname, search } = new URL(request.url);
    const body = request.body === null ? null : await request.text();
    const { method, headers } = request;
    return fetch(`${replicas[turn]?.origin}${pathname}${search}`, { method, headers, body });
  },
};

async function findFilm(visitor: Visitor, stock: number): Promise<Film> {
  const boss = await visitor.signIn(admin.email, admin.password);
  const { data } = await boss.get<{ data: [Film] }>("/films?limit=1&stock[gt]=0");
  return boss.patch<Film>(`/films/${data[0].id}`, { stock });
}

test("replicas that start together migrate, seed and make the administrator once", async () => {
  const [counts] = await database.run(
    `SELECT (SELECT count(*) FROM films) films, (SELECT count(DISTINCT title) FROM films) titles, (SELECT count(*) FROM users) users, (SELECT count(*) FROM pg_index WHERE NOT indisvalid) broken`,
  );
  expect(counts).toMatchObject({ films: "3201", users: "1", broken: "0" });
  for (const { port } of replicas) expect((await ask(port, "/readyz")).status).toBe(200);
});

/** What a slow machine refuses because too much waits is asked for again, as a client does. */
async function onceThereIsTime(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
    await sleep(200);
  }
}

test("customers spread over both never buy more copies than there are", { timeout: 120_000 }, async () => {
  const visitor = createVisitor(balancer);
  const film = await findFilm(visitor, 20);
  const customers: Visitor[] = [];
  for (let index = 0; index < 60; index += 20) {
    const few = Array.from({ length: 20 }, (_, offset) =>
      visitor.signUp(`buyer${index + offset}@example.com`, "the password of a buyer"),
    );
    customers.push(...(await Promise.all(few)));
  }
  const added = await Promise.all(
    customers.map((customer) => onceThereIsTime(() => customer.act("addToCart", { film: film.id }))),
  );
  expect(added.every(({ status }) => status < 300)).toBe(true);

  const answers = await Promise.all(
    customers.map((customer) => onceThereIsTime(() => customer.act("checkout", { address }))),
  );

  const placed = answers.filter(({ status }) => status === 200).map((answer) => answer.json<Order>());
  expect(placed).toHaveLength(20);
  expect(answers.filter(({ code }) => code === "out_of_stock")).toHaveLength(40);
  const boss = await visitor.signIn(admin.email, admin.password);
  expect((await boss.get<Film>(`/films/${film.id}`)).stock).toBe(0);
  const { data } = await boss.get<{ data: (Order & { lines: OrderLine[] })[] }>("/orders?limit=200&include=lines");
  expect(data.map(({ id }) => id).toSorted()).toEqual(placed.map(({ id }) => id).toSorted());
  expect(data.every(({ lines }) => lines.length === 1 && lines[0]?.quantity === 1)).toBe(true);
});

test("one Idempotency-Key sent to both at once is one order", async () => {
  const visitor = createVisitor(balancer);
  const film = await findFilm(visitor, 30);
  const ada = await visitor.signUp("ada@example.com", "the password of ada");
  await ada.act("addToCart", { film: film.id, quantity: 2 });
  const key = { "idempotency-key": "order-of-the-day" };
  const answers = await Promise.all(Array.from({ length: 20 }, () => ada.act("checkout", { address }, key)));
  const done = answers.filter(({ code }) => code !== "idempotency_in_progress");
  expect(done.map(({ status }) => status)).toEqual(done.map(() => 200));
  expect(new Set(done.map(({ text }) => text)).size).toBe(1);
  expect(done.filter(({ headers }) => headers.get("idempotency-replayed") === null)).toHaveLength(1);
  expect((await ada.get<{ data: Order[] }>("/orders")).data).toHaveLength(1);
  expect((await ada.get<Film>(`/films/${film.id}`)).stock).toBe(28);
});

test("a session made on one is valid on the other, and refused everywhere once it is signed out of", async () => {
  const [first, second] = replicas;
  if (first === undefined || second === undefined) throw new Error("There are fewer than two replicas.");
  const body = { email: "eve@example.com", password: "the password of eve" };
  const made = await ask(first.port, "/api/auth/sign-up", { body });
  expect(made.status).toBe(201);
  const { token }: { token: string } = JSON.parse(made.text);
  const headers = { authorization: `Bearer ${token}` };
  const statuses = (): Promise<number[]> =>
    Promise.all([first, second].map(async ({ port }) => (await ask(port, "/api/auth/session", { headers })).status));
  for (let time = 0; time < 3; time++) expect(await statuses()).toEqual([200, 200]);
  expect((await ask(second.port, "/api/auth/sign-out", { headers, body: {} })).status).toBe(204);
  expect(await statuses()).toEqual([401, 401]);
});

test("a rolling start on data that is there changes nothing and takes no part of the service away", async () => {
  const env = { DATABASE_URL: database.url, GALLEY_THREADS: "1", GALLEY_RATE_LIMITS: "off" };
  // An index that is made anew, concurrently, beside a replica that waits for its turn to migrate.
  const indexes = await indexesOf("films");
  await database.run(`DROP INDEX "${indexes[0]}"`);
  const started = Array.from({ length: 2 }, () => spawnGalley({ args: ["start", shop], data: folder.path, env }));
  const again = await Promise.all(started.map(serverOf));
  for (const { port } of [...replicas, ...again]) expect((await ask(port, "/api/films?limit=1")).status).toBe(200);
  expect(await indexesOf("films")).toEqual(indexes);
  await Promise.all(again.map((replica) => replica.end()));
});

async function indexesOf(table: string): Promise<string[]> {
  const indexes = await database.run(
    `SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = $1::regclass AND NOT indisprimary AND indisvalid ORDER BY relname`,
    [table],
  );
  return indexes.map(({ relname }) => String(relname));
}
