// Fastify 5 and Drizzle on better-sqlite3: schemas by TypeBox for what comes in and what goes out, @fastify/jwt, prepared queries
// as Drizzle's page on performance advises.
import jwt from "@fastify/jwt";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Database from "better-sqlite3";
import { and, desc, eq, lt, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import Fastify from "fastify";
import Type from "typebox";
import { v7 as uuidv7 } from "uuid";
import { environment, startProcesses } from "../common/cluster.ts";
import { decodeCursor, pageOf } from "../common/cursor.ts";
import * as schema from "./schema.ts";

const { accounts, films, orderLines, orders } = schema;

declare module "@fastify/jwt" {
  interface FastifyJWT {
    payload: { sub: string };
    user: { sub: string };
  }
}

const client = new Database(environment.database, { timeout: 5000 });
client.pragma("journal_mode = WAL");
client.pragma("synchronous = FULL");
const db = drizzle(client, { schema });

const uuid = Type.String({ pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" });
const stamps = { createdAt: Type.String(), updatedAt: Type.String(), version: Type.Integer() };
const filmFields = {
  title: Type.String({ maxLength: 200 }),
  year: Type.Integer({ minimum: 1880, maximum: 2100 }),
  minutes: Type.Integer({ minimum: 1 }),
  rating: Type.Number({ minimum: 0, maximum: 10 }),
  price: Type.Integer({ minimum: 0 }),
  stock: Type.Integer({ minimum: 0 }),
};
const status = Type.Union([Type.Literal("draft"), Type.Literal("published")]);
const newFilm = Type.Object(
  {
    ...filmFields,
    director: uuid,
    category: uuid,
    status: Type.Optional(status),
    votes: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);
const director = Type.Object({
  id: Type.String(),
  name: Type.String(),
  country: Type.String(),
  born: Type.Integer(),
  ...stamps,
});
const film = Type.Object({
  id: Type.String(),
  ...filmFields,
  directorId: Type.String(),
  categoryId: Type.String(),
  sellerId: Type.String(),
  status: Type.String(),
  votes: Type.Integer(),
  ...stamps,
  director: Type.Optional(director),
});
const page = Type.Object({ data: Type.Array(film), next: Type.Union([Type.String(), Type.Null()]) });
const pageQuery = Type.Object({
  category: uuid,
  sort: Type.Literal("-votes"),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 20 }),
  include: Type.Optional(Type.Literal("director")),
  after: Type.Optional(Type.String()),
});
const basket = Type.Object({
  lines: Type.Array(Type.Object({ film: uuid, quantity: Type.Integer({ minimum: 1, maximum: 100 }) }), {
    minItems: 1,
    maxItems: 10,
  }),
});
const order = Type.Object({
  id: Type.String(),
  customerId: Type.String(),
  status: Type.String(),
  total: Type.Integer(),
  ...stamps,
});

const visible = or(eq(films.status, "published"), eq(films.sellerId, sql.placeholder("user")));
const filmById = db
  .select()
  .from(films)
  .where(and(eq(films.id, sql.placeholder("id")), visible))
  .prepare();
const inCategory = and(eq(films.categoryId, sql.placeholder("category")), visible);
const after = or(
  lt(films.votes, sql.placeholder("votes")),
  and(eq(films.votes, sql.placeholder("votes")), lt(films.id, sql.placeholder("id"))),
);
const newest = [desc(films.votes), desc(films.id)];
const firstPage = db
  .select()
  .from(films)
  .where(inCategory)
  .orderBy(...newest)
  .limit(sql.placeholder("limit"))
  .prepare();
const nextPage = db
  .select()
  .from(films)
  .where(and(inCategory, after))
  .orderBy(...newest)
  .limit(sql.placeholder("limit"))
  .prepare();
const withDirector = { director: true } as const;
const firstIncluding = db.query.films
  .findMany({ where: inCategory, orderBy: newest, limit: sql.placeholder("limit"), with: withDirector })
  .prepare();
const nextIncluding = db.query.films
  .findMany({ where: and(inCategory, after), orderBy: newest, limit: sql.placeholder("limit"), with: withDirector })
  .prepare();

class Refusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

const app = Fastify().withTypeProvider<TypeBoxTypeProvider>();
app.register(jwt, { secret: environment.secret });
app.addHook("onRequest", async (request) => {
  await request.jwtVerify();
});

app.get("/api/films", { schema: { querystring: pageQuery, response: { 200: page } } }, async (request) => {
  const { category, limit, include, after } = request.query;
  const values = {
    category,
    user: request.user.sub,
    limit: limit + 1,
    ...(after === undefined ? {} : decodeCursor(after)),
  };
  if (include === undefined) return pageOf((after === undefined ? firstPage : nextPage).all(values), limit);
  return pageOf((after === undefined ? firstIncluding : nextIncluding).execute(values).sync(), limit);
});

app.get(
  "/api/films/:id",
  { schema: { params: Type.Object({ id: Type.String() }), response: { 200: film } } },
  async (request) => {
    const found = filmById.get({ id: request.params.id, user: request.user.sub });
    if (found === undefined) throw new Refusal(404, "There is no such film.");
    return found;
  },
);

app.post("/api/films", { schema: { body: newFilm, response: { 201: film } } }, async (request, reply) => {
  const { director, category, ...fields } = request.body;
  const now = new Date().toISOString();
  const [created] = db
    .insert(films)
    .values({
      status: "published",
      votes: 0,
      ...fields,
      id: uuidv7(),
      directorId: director,
      categoryId: category,
      sellerId: request.user.sub,
      createdAt: now,
      updatedAt: now,
    })
    .returning()
    .all();
  if (created === undefined) throw new Error("The film was not stored.");
  reply.code(201).header("location", `/api/films/${created.id}`);
  return created;
});

app.post("/api/actions/checkout", { schema: { body: basket, response: { 200: order } } }, async (request) => {
  const user = request.user.sub;
  const updatedAt = new Date().toISOString();
  const stamps = { createdAt: updatedAt, updatedAt };
  return db.transaction(
    (tx) => {
      const account = tx.select().from(accounts).where(eq(accounts.userId, user)).get();
      if (account === undefined) throw new Refusal(409, "You have no account to pay from.");
      const bought: { filmId: string; price: number; quantity: number }[] = [];
      let total = 0;
      for (const { film: id, quantity } of request.body.lines) {
        const film = tx
          .select()
          .from(films)
          .where(and(eq(films.id, id), or(eq(films.status, "published"), eq(films.sellerId, user))))
          .get();
        if (film === undefined) throw new Refusal(404, "There is no such film.");
        if (film.stock < quantity) throw new Refusal(409, `Only ${film.stock} copies are left.`);
        bought.push({ filmId: id, price: film.price, quantity });
        total += film.price * quantity;
      }
      if (account.balance < total) throw new Refusal(409, "You have not enough money.");
      for (const { filmId, quantity } of bought)
        tx.update(films)
          .set({ stock: sql`${films.stock} - ${quantity}`, version: sql`${films.version} + 1`, updatedAt })
          .where(eq(films.id, filmId))
          .run();
      tx.update(accounts)
        .set({
          balance: sql`${accounts.balance} - ${total}`,
          orders: sql`${accounts.orders} + 1`,
          version: sql`${accounts.version} + 1`,
          updatedAt,
        })
        .where(eq(accounts.id, account.id))
        .run();
      const [placed] = tx
        .insert(orders)
        .values({ id: uuidv7(), customerId: user, total, ...stamps })
        .returning()
        .all();
      if (placed === undefined) throw new Error("The order was not placed.");
      tx.insert(orderLines)
        .values(bought.map((line) => ({ id: uuidv7(), orderId: placed.id, ...line, ...stamps })))
        .run();
      return placed;
    },
    { behavior: "immediate" },
  );
});

await startProcesses(async (port) => {
  const origin = await app.listen({ port, host: "127.0.0.1" });
  return Number(new URL(origin).port);
});
