// Hono on Node.js and Kysely on better-sqlite3: hono/jwt, bodies checked by zod, relations by Kysely's helpers for JSON.
import { serve } from "@hono/node-server";
import { zValidator } from "@hono/zod-validator";
import Database from "better-sqlite3";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { jwt, type JwtVariables } from "hono/jwt";
import { type ExpressionBuilder, type Insertable, Kysely, ParseJSONResultsPlugin, SqliteDialect } from "kysely";
import { jsonObjectFrom } from "kysely/helpers/sqlite";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import { environment, startProcesses } from "../common/cluster.ts";
import { decodeCursor, pageOf } from "../common/cursor.ts";
import { retryWhenBusy } from "../common/retry.ts";

interface Stamps {
  createdAt: string;
  updatedAt: string;
  version: number;
}

interface Tables {
  directors: { id: string; name: string; country: string; born: number } & Stamps;
  films: {
    id: string;
    title: string;
    director: string;
    category: string;
    seller: string;
    status: string;
    year: number;
    minutes: number;
    rating: number;
    votes: number;
    price: number;
    stock: number;
  } & Stamps;
  accounts: { id: string; user: string; balance: number; orders: number } & Stamps;
  orders: { id: string; customer: string; status: string; total: number } & Stamps;
  orderLines: { id: string; order: string; film: string; price: number; quantity: number } & Stamps;
}

const client = new Database(environment.database, { timeout: 5000 });
client.pragma("journal_mode = WAL");
client.pragma("synchronous = FULL");
const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: client }) });

const pageQuery = z.strictObject({
  category: z.uuid(),
  sort: z.literal("-votes"),
  limit: z.coerce.number().int().min(1).max(200).default(20),
  include: z.literal("director").optional(),
  after: z.string().optional(),
});

const newFilm = z.strictObject({
  title: z.string().max(200),
  director: z.uuid(),
  category: z.uuid(),
  status: z.enum(["draft", "published"]).default("published"),
  year: z.int().min(1880).max(2100),
  minutes: z.int().min(1),
  rating: z.number().min(0).max(10),
  votes: z.int().min(0).default(0),
  price: z.int().min(0),
  stock: z.int().min(0),
});

const basket = z.strictObject({
  lines: z
    .array(z.strictObject({ film: z.uuid(), quantity: z.int().min(1).max(100) }))
    .min(1)
    .max(10),
});

const visibleTo = (user: string) => (eb: ExpressionBuilder<Tables, "films">) =>
  eb.or([eb("films.status", "=", "published"), eb("films.seller", "=", user)]);

const app = new Hono<{ Variables: JwtVariables<{ sub: string }> }>();
app.use("/api/*", jwt({ secret: environment.secret, alg: "HS256" }));

app.get("/api/films", zValidator("query", pageQuery), async (c) => {
  const { category, limit, include, after } = c.req.valid("query");
  let query = db
    .selectFrom("films")
    .selectAll("films")
    .where("films.category", "=", category)
    .where(visibleTo(c.var.jwtPayload.sub))
    .orderBy("films.votes", "desc")
    .orderBy("films.id", "desc")
    .limit(limit + 1);
  if (after !== undefined) {
    const { votes, id } = decodeCursor(after);
    query = query.where((eb) => eb(eb.refTuple("films.votes", "films.id"), "<", eb.tuple(votes, id)));
  }
  if (include === undefined) return c.json(pageOf(await query.execute(), limit));
  const including = query
    .select((eb) =>
      jsonObjectFrom(
        eb
          .selectFrom("directors as d")
          .select(["d.id", "d.name", "d.country", "d.born", "d.createdAt", "d.updatedAt", "d.version"])
          .whereRef("d.id", "=", "films.director"),
      ).as("director"),
    )
    .withPlugin(new ParseJSONResultsPlugin());
  return c.json(pageOf(await including.execute(), limit));
});

app.get("/api/films/:id", async (c) => {
  const film = await db
    .selectFrom("films")
    .selectAll()
    .where("films.id", "=", c.req.param("id"))
    .where(visibleTo(c.var.jwtPayload.sub))
    .executeTakeFirst();
  if (film === undefined) throw new HTTPException(404);
  return c.json(film);
});

app.post("/api/films", zValidator("json", newFilm), async (c) => {
  const now = new Date().toISOString();
  const film: Insertable<Tables["films"]> = {
    id: uuidv7(),
    ...c.req.valid("json"),
    seller: c.var.jwtPayload.sub,
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  const created = await db.insertInto("films").values(film).returningAll().executeTakeFirstOrThrow();
  return c.json(created, 201, { location: `/api/films/${created.id}` });
});

app.post("/api/actions/checkout", zValidator("json", basket), async (c) => {
  const { lines } = c.req.valid("json");
  const user = c.var.jwtPayload.sub;
  const updatedAt = new Date().toISOString();
  const stamps = { createdAt: updatedAt, updatedAt, version: 1 };
  const order = await retryWhenBusy(() =>
    db.transaction().execute(async (trx) => {
      const account = await trx.selectFrom("accounts").selectAll().where("user", "=", user).executeTakeFirst();
      if (account === undefined) throw new HTTPException(409, { message: "You have no account to pay from." });
      const bought: { film: string; price: number; quantity: number }[] = [];
      let total = 0;
      for (const { film: id, quantity } of lines) {
        const film = await trx
          .selectFrom("films")
          .select(["price", "stock"])
          .where("films.id", "=", id)
          .where(visibleTo(user))
          .executeTakeFirst();
        if (film === undefined) throw new HTTPException(404);
        if (film.stock < quantity) throw new HTTPException(409, { message: `Only ${film.stock} copies are left.` });
        bought.push({ film: id, price: film.price, quantity });
        total += film.price * quantity;
      }
      if (account.balance < total) throw new HTTPException(409, { message: "You have not enough money." });
      for (const { film, quantity } of bought)
        await trx
          .updateTable("films")
          .set((eb) => ({ stock: eb("stock", "-", quantity), version: eb("version", "+", 1), updatedAt }))
          .where("id", "=", film)
          .execute();
      await trx
        .updateTable("accounts")
        .set((eb) => ({
          balance: eb("balance", "-", total),
          orders: eb("orders", "+", 1),
          version: eb("version", "+", 1),
          updatedAt,
        }))
        .where("id", "=", account.id)
        .execute();
      const placed = await trx
        .insertInto("orders")
        .values({ id: uuidv7(), customer: user, status: "placed", total, ...stamps })
        .returningAll()
        .executeTakeFirstOrThrow();
      await trx
        .insertInto("orderLines")
        .values(bought.map((line) => ({ id: uuidv7(), order: placed.id, ...line, ...stamps })))
        .execute();
      return placed;
    }),
  );
  return c.json(order);
});

await startProcesses(
  (port) =>
    new Promise((resolve) => {
      serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, (address) => resolve(address.port));
    }),
);
