// One thread that answers requests, with connections of its own.
import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import pg from "pg";
import { uuidv7 } from "../../src/kit/uuid.ts";
import { filmOf, linesOf } from "../limit/bodies.ts";
import { body, refuse, send } from "../limit/exchange.ts";
import { checkOut } from "./check-out.ts";
import { statements } from "./statements.ts";

interface Where {
  readonly url: string;
  readonly port: number;
  /** Most connections of this thread to the database. */
  readonly connections: number;
}

interface Found {
  /** A film; null where there is none that may be seen. */
  readonly json: string | null;
}

const filmUrl = /^\/api\/films\/([\da-f-]{36})$/;
const pageUrl =
  /^\/api\/films\?category=([\da-f-]{36})&sort=-votes&limit=(\d{1,3})(&include=director)?(?:&after=(\d+)\.([\w-]+))?$/;

/** Listens, and answers with the port. */
export async function serve({ url, port, connections }: Where): Promise<number> {
  // Sums of money fit into a number.
  pg.types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({ connectionString: url, max: connections });
  pool.on("error", (error) => console.error(error));

  async function film(response: ServerResponse, token: string, id: string): Promise<void> {
    const { rows } = await pool.query<Found>({ ...statements.film, values: [token, id] });
    const [row] = rows;
    if (row === undefined) refuse(response, 401, "unauthenticated");
    else if (row.json === null) refuse(response, 404, "not_found");
    else send(response, 200, row.json);
  }

  async function list(response: ServerResponse, token: string, match: RegExpExecArray): Promise<void> {
    const [, category, limitText, included, votes, id] = match;
    const limit = Math.min(Number(limitText), 200);
    const first = included === undefined ? statements.page : statements.including;
    const following = included === undefined ? statements.pageAfter : statements.includingAfter;
    const values = [token, category, limit + 1];
    const { rows } = await pool.query<Found>(
      votes === undefined ? { ...first, values } : { ...following, values: [...values, votes, id] },
    );
    if (rows.length === 0) return refuse(response, 401, "unauthenticated");
    const films = rows.flatMap(({ json }) => json ?? []);
    let next = "null";
    if (films.length > limit) {
      films.pop();
      const last = JSON.parse(films.at(-1) ?? "{}") as { readonly votes: number; readonly id: string };
      next = `"${last.votes}.${last.id}"`;
    }
    send(response, 200, `{"data":[${films.join(",")}],"next":${next}}`);
  }

  async function create(response: ServerResponse, token: string, text: string): Promise<void> {
    const film = filmOf(text);
    if (film === undefined) return refuse(response, 422, "invalid_input");
    const { title, director, category, status, year, minutes, rating, votes, price, stock } = film;
    const id = uuidv7();
    const now = new Date().toISOString();
    const values = [token, id, title, director, category, status, year, minutes, rating, votes, price, stock, now];
    try {
      const { rows } = await pool.query<{ readonly seller: string }>({ ...statements.create, values });
      const seller = rows[0]?.seller;
      if (seller === undefined) return refuse(response, 401, "unauthenticated");
      const stamps = { createdAt: now, updatedAt: now, version: 1 };
      const made = { id, title, director, category, seller, status, year, minutes, rating, votes, price, stock };
      send(response, 201, JSON.stringify({ ...made, ...stamps }), `/api/films/${id}`);
    } catch (error) {
      // A reference leads nowhere.
      if (!(error instanceof pg.DatabaseError && error.code === "23503")) throw error;
      refuse(response, 422, "invalid_input");
    }
  }

  async function buy(response: ServerResponse, token: string, text: string): Promise<void> {
    const lines = linesOf(text);
    if (lines === undefined) return refuse(response, 422, "invalid_input");
    const outcome = await checkOut(pool, token, lines);
    if (typeof outcome === "string") send(response, 200, outcome);
    else refuse(response, outcome.status, outcome.code);
  }

  async function answer(request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    const { url = "", method, headers } = request;
    if (headers.authorization?.startsWith("Bearer ") !== true) return refuse(response, 401, "unauthenticated");
    const token = hash("sha256", headers.authorization.slice(7));
    if (method === "POST" && url === "/api/films") return create(response, token, text);
    if (method === "POST" && url === "/api/actions/checkout") return buy(response, token, text);
    const id = filmUrl.exec(url)?.[1];
    if (method === "GET" && id !== undefined) return film(response, token, id);
    const match = method === "GET" ? pageUrl.exec(url) : null;
    return match === null ? refuse(response, 404, "not_found") : list(response, token, match);
  }

  const server = createServer((request, response) => {
    const failed = (error: unknown): void => {
      console.error(error);
      refuse(response, 500, "internal");
    };
    if (request.method === "GET") answer(request, response, "").catch(failed);
    else body(request, (text) => void answer(request, response, text).catch(failed));
  });
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve) =>
    server.listen({ port, host: "127.0.0.1", reusePort: process.platform === "linux", backlog: 16_384 }, resolve),
  );
  return (server.address() as AddressInfo).port;
}

if (!isMainThread) {
  await serve(workerData as Where);
  parentPort?.postMessage("ready");
}
