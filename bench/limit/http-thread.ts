// One thread that answers requests: it reads on a connection of its own, and hands writes to the writer in batches.
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import { hashRaw } from "@node-rs/argon2";
import { uuidv7 } from "../../src/kit/uuid.ts";
import { filmOf, linesOf } from "./bodies.ts";
import { body, refuse, send } from "./exchange.ts";
import type { Write, Written } from "./messages.ts";

interface Where {
  readonly file: string;
  readonly port: number;
  readonly writer: MessagePort;
}

const directorJson =
  "json_object('id', d.id, 'name', d.name, 'country', d.country, 'born', d.born, 'createdAt', d.createdAt, 'updatedAt', d.updatedAt, 'version', d.version)";
const filmJson = (director: string): string =>
  `json_object('id', f.id, 'title', f.title, 'director', ${director}, 'category', f.category, 'seller', f.seller, 'status', f.status, 'year', f.year, 'minutes', f.minutes, 'rating', f.rating, 'votes', f.votes, 'price', f.price, 'stock', f.stock, 'createdAt', f.createdAt, 'updatedAt', f.updatedAt, 'version', f.version)`;
const visible = "(f.status = 'published' OR f.seller = ?)";
const pageUrl =
  /^\/api\/films\?category=([^&]+)&sort=-votes&limit=(\d{1,3})(&include=director)?(?:&after=(\d+)\.([\w-]+))?$/;

/** Listens, and answers with the port. */
export async function serve({ file, port, writer }: Where): Promise<number> {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  database.exec("PRAGMA mmap_size = 4294967296; PRAGMA temp_store = MEMORY");
  const prepare = (text: string): StatementSync => {
    const statement = database.prepare(text);
    statement.setReturnArrays(true);
    return statement;
  };
  const sessionUser = prepare("SELECT user FROM sessions WHERE tokenHash = ? AND expiresAt > ?");
  const credentials = prepare("SELECT id, password, name FROM users WHERE email = ?");
  // The session and the film in one statement; what it doesn't find is looked into afterwards.
  const filmForToken = prepare(
    `SELECT ${filmJson("f.director")} FROM sessions s JOIN films f ON f.id = ? WHERE s.tokenHash = ? AND s.expiresAt > ? AND (f.status = 'published' OR f.seller = s.user)`,
  );
  const page = (director: string, joined: string, after: string): StatementSync =>
    prepare(
      `SELECT ${filmJson(director)} FROM films f ${joined} WHERE f.category = ? AND ${visible} ${after} ORDER BY f.votes DESC, f.id DESC LIMIT min(?, 201)`,
    );
  const afterSql = "AND (f.votes, f.id) < (?, ?)";
  const joinSql = "JOIN directors d ON d.id = f.director";
  const pages = { first: page("f.director", "", ""), next: page("f.director", "", afterSql) };
  const including = { first: page(directorJson, joinSql, ""), next: page(directorJson, joinSql, afterSql) };

  const due: ((written: Written) => void)[] = [];
  let batch: Write[] = [];
  const flush = (): void => {
    writer.postMessage(batch);
    batch = [];
  };
  function write(one: Write, then: (written: Written) => void): void {
    due.push(then);
    if (batch.push(one) === 1) setImmediate(flush);
  }
  writer.on("message", (outcomes: readonly Written[]) => {
    for (const outcome of outcomes) due.shift()?.(outcome);
  });

  function tokenHashOf({ headers: { authorization } }: IncomingMessage): string | undefined {
    return authorization?.startsWith("Bearer ") === true ? hash("sha256", authorization.slice(7)) : undefined;
  }

  function userOf(tokenHash: string | undefined): string | undefined {
    if (tokenHash === undefined) return undefined;
    const row = sessionUser.get(tokenHash, new Date().toISOString());
    return row === undefined ? undefined : (row as unknown as [string])[0];
  }

  function read(response: ServerResponse, id: string, tokenHash: string | undefined): void {
    const row = filmForToken.get(id, tokenHash ?? null, new Date().toISOString()) as unknown as [string] | undefined;
    if (row !== undefined) send(response, 200, row[0]);
    else if (userOf(tokenHash) === undefined) refuse(response, 401, "unauthenticated");
    else refuse(response, 404, "not_found");
  }

  function list(response: ServerResponse, user: string, match: RegExpExecArray): void {
    const [, category = "", limitText = "", included, votes, id] = match;
    const limit = Number(limitText);
    const statements = included === undefined ? pages : including;
    const rows = (votes === undefined || id === undefined
      ? statements.first.all(category, user, limit + 1)
      : statements.next.all(category, user, Number(votes), id, limit + 1)) as unknown as [string][];
    let next = "null";
    if (rows.length > limit) {
      rows.pop();
      const last = JSON.parse(rows.at(-1)?.[0] ?? "{}") as { readonly votes: number; readonly id: string };
      next = `"${last.votes}.${last.id}"`;
    }
    // An array of one text is that text.
    send(response, 200, `{"data":[${rows.join(",")}],"next":${next}}`);
  }

  function create(response: ServerResponse, user: string, text: string): void {
    const film = filmOf(text);
    if (film === undefined) return refuse(response, 422, "invalid_input");
    const { title, director, category, status, year, minutes, rating, votes, price, stock } = film;
    const id = uuidv7();
    const now = new Date().toISOString();
    const answer = `{"id":"${id}","title":${JSON.stringify(title)},"director":"${director}","category":"${category}","seller":"${user}","status":"${status}","year":${year},"minutes":${minutes},"rating":${rating},"votes":${votes},"price":${price},"stock":${stock},"createdAt":"${now}","updatedAt":"${now}","version":1}`;
    const values = [id, title, director, category, user, status, year, minutes, rating, votes, price, stock, now, now];
    write({ kind: "film", values }, (written) => {
      if (written === null) send(response, 201, answer, `/api/films/${id}`);
      else settle(response, written);
    });
  }

  function checkOut(response: ServerResponse, user: string, text: string): void {
    const lines = linesOf(text);
    if (lines === undefined) return refuse(response, 422, "invalid_input");
    write({ kind: "checkout", user, lines, now: new Date().toISOString() }, (written) => settle(response, written));
  }

  const hashing: (() => void)[] = [];
  let atOnce = 0;
  function signIn(response: ServerResponse, text: string): void {
    const { email, password } = JSON.parse(text) as { readonly email: string; readonly password: string };
    const row = credentials.get(email) as unknown as [string, string, string] | undefined;
    const start = (): void => {
      const [, salt = "", tag = ""] = /\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(row?.[1] ?? "") ?? [];
      const nonce = salt === "" ? Buffer.alloc(16) : Buffer.from(salt, "base64");
      const options = { salt: nonce, memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };
      const settled = (made: Buffer): void => {
        atOnce--;
        hashing.shift()?.();
        if (row === undefined || !timingSafeEqual(made, Buffer.from(tag, "base64"))) {
          return refuse(response, 401, "unauthenticated");
        }
        const token = randomBytes(32).toString("base64url");
        write({ kind: "session", values: [hash("sha256", token), row[0], "2099-01-01T00:00:00.000Z"] }, () =>
          send(response, 200, JSON.stringify({ user: { id: row[0], email, name: row[2] }, token })),
        );
      };
      void hashRaw(password, options).then(settled);
    };
    // More at a time would only share the same cores, and hold 19 MiB each.
    const run = (): void => {
      atOnce++;
      start();
    };
    if (atOnce >= 2) hashing.push(run);
    else run();
  }

  const server = createServer((request, response) => {
    const { url = "", method } = request;
    if (method === "POST" && url === "/api/auth/sign-in") return body(request, (text) => signIn(response, text));
    const tokenHash = tokenHashOf(request);
    if (method === "GET" && url.startsWith("/api/films/")) return read(response, url.slice(11), tokenHash);
    const user = userOf(tokenHash);
    if (user === undefined) return refuse(response, 401, "unauthenticated");
    if (method === "GET") {
      const match = pageUrl.exec(url);
      return match === null ? refuse(response, 404, "not_found") : list(response, user, match);
    }
    if (method === "POST" && url === "/api/films") return body(request, (text) => create(response, user, text));
    if (method === "POST" && url === "/api/actions/checkout")
      return body(request, (text) => checkOut(response, user, text));
    refuse(response, 404, "not_found");
  });
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve) =>
    server.listen({ port, host: "127.0.0.1", reusePort: process.platform === "linux", backlog: 16_384 }, resolve),
  );
  return (server.address() as AddressInfo).port;
}

function settle(response: ServerResponse, written: Written): void {
  if (typeof written === "string") send(response, 200, written);
  else refuse(response, written?.status ?? 500, written?.code ?? "internal");
}

if (!isMainThread) {
  await serve(workerData as Where);
  parentPort?.postMessage("ready");
}
