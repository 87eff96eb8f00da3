// Express 5 and Prisma 7 with the driver adapter for better-sqlite3. JSON Web Tokens by jsonwebtoken, checked bodies by zod.
import { once } from "node:events";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import express, { type NextFunction, type Request, type Response } from "express";
import jwt from "jsonwebtoken";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import { environment, startProcesses } from "../common/cluster.ts";
import { decodeCursor, pageOf } from "../common/cursor.ts";
import { retryWhenBusy } from "../common/retry.ts";
import { Prisma, PrismaClient } from "./generated/client.ts";

const prisma = new PrismaClient({
  adapter: new PrismaBetterSqlite3({ url: `file:${environment.database}`, timeout: 5000 }),
  // All who wait for the one connection are let in, however long it takes.
  transactionOptions: { maxWait: 60_000, timeout: 60_000 },
});

class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

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

const visibleTo = (user: string): Prisma.FilmWhereInput => ({ OR: [{ status: "published" }, { sellerId: user }] });

function signedIn(request: Request, response: Response, next: NextFunction): void {
  const [scheme, token = ""] = request.headers.authorization?.split(" ") ?? [];
  try {
    if (scheme !== "Bearer") throw new Error("No token.");
    response.locals["user"] = (jwt.verify(token, environment.secret, { algorithms: ["HS256"] }) as { sub: string }).sub;
  } catch {
    throw new HttpError(401, "Sign in first.");
  }
  next();
}

const app = express();
app.use(express.json());
app.use("/api", signedIn);

app.get("/api/films", async (request, response) => {
  const { category, limit, include, after } = pageQuery.parse(request.query);
  const cursor = after === undefined ? undefined : decodeCursor(after);
  const films = await prisma.film.findMany({
    where: { categoryId: category, ...visibleTo(response.locals["user"]) },
    orderBy: [{ votes: "desc" }, { id: "desc" }],
    take: limit + 1,
    include: { director: include === "director" },
    ...(cursor === undefined ? {} : { cursor: { id: cursor.id }, skip: 1 }),
  });
  response.json(pageOf(films, limit));
});

app.get("/api/films/:id", async (request, response) => {
  const film = await prisma.film.findFirst({ where: { id: request.params.id, ...visibleTo(response.locals["user"]) } });
  if (film === null) throw new HttpError(404, "There is no such film.");
  response.json(film);
});

app.post("/api/films", async (request, response) => {
  const { director, category, ...film } = newFilm.parse(request.body);
  const now = new Date().toISOString();
  const created = await prisma.film.create({
    data: {
      ...film,
      id: uuidv7(),
      directorId: director,
      categoryId: category,
      sellerId: response.locals["user"],
      createdAt: now,
      updatedAt: now,
    },
  });
  response.status(201).location(`/api/films/${created.id}`).json(created);
});

app.post("/api/actions/checkout", async (request, response) => {
  const { lines } = basket.parse(request.body);
  const user: string = response.locals["user"];
  const updatedAt = new Date().toISOString();
  const stamps = { createdAt: updatedAt, updatedAt };
  const order = await retryWhenBusy(() =>
    prisma.$transaction(
      async (tx) => {
        const account = await tx.account.findUnique({ where: { userId: user } });
        if (account === null) throw new HttpError(409, "You have no account to pay from.");
        const bought: { filmId: string; price: number; quantity: number }[] = [];
        let total = 0;
        for (const { film: id, quantity } of lines) {
          const film = await tx.film.findFirst({ where: { id, ...visibleTo(user) } });
          if (film === null) throw new HttpError(404, "There is no such film.");
          if (film.stock < quantity) throw new HttpError(409, `Only ${film.stock} copies are left.`);
          bought.push({ filmId: id, price: film.price, quantity });
          total += film.price * quantity;
        }
        if (account.balance < total) throw new HttpError(409, "You have not enough money.");
        for (const { filmId, quantity } of bought)
          await tx.film.update({
            where: { id: filmId },
            data: { stock: { decrement: quantity }, version: { increment: 1 }, updatedAt },
          });
        await tx.account.update({
          where: { id: account.id },
          data: { balance: { decrement: total }, orders: { increment: 1 }, version: { increment: 1 }, updatedAt },
        });
        const placed = await tx.order.create({ data: { id: uuidv7(), customerId: user, total, ...stamps } });
        await tx.orderLine.createMany({
          data: bought.map((line) => ({ id: uuidv7(), orderId: placed.id, ...line, ...stamps })),
        });
        return placed;
      },
      { isolationLevel: Prisma.TransactionIsolationLevel.Serializable },
    ),
  );
  response.json(order);
});

// Express knows a handler of errors by its four parameters.
app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  if (error instanceof HttpError) response.status(error.status).json({ message: error.message });
  else if (error instanceof z.ZodError) response.status(422).json({ message: "Not valid", issues: error.issues });
  else {
    console.error(error);
    response.status(500).json({ message: "Internal error" });
  }
});

await startProcesses(async (port) => {
  // better-sqlite3 syncs less than is needed for commits to survive a power cut.
  await prisma.$queryRawUnsafe("PRAGMA synchronous = FULL");
  const server = app.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
});
