// What somebody would write by hand for the four requests that bench/postgres.ts measures: node:http, pg, prepared statements,
// a pool, and a serializable transaction that is tried again. Its tables are made and filled by that program.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env["DATABASE_URL"] ?? "", max: 20 });
const columns = `id, title, price, stock, weight, genre, votes, "createdAt", "updatedAt", version`;
const insertFilm = `INSERT INTO hand_films (id, title, price, stock, weight, _words, "createdAt", "updatedAt", version) VALUES ($1, $2, $3, $4, $5, to_tsvector('simple', $2), now(), now(), 1) RETURNING ${columns}`;

async function answer(method: string, path: string, body: string): Promise<unknown> {
  if (method === "GET" && path.startsWith("/films/")) {
    const text = `SELECT ${columns} FROM hand_films WHERE id = $1`;
    return (await pool.query({ name: "get", text, values: [path.slice("/films/".length)] })).rows[0];
  }
  if (method === "GET") {
    const text = `SELECT ${columns} FROM hand_films ORDER BY id LIMIT $1`;
    return { data: (await pool.query({ name: "list", text, values: [20] })).rows };
  }
  if (path === "/films") {
    const { title, price, stock, weight } = JSON.parse(body);
    const values = [randomUUID(), title, price, stock, weight];
    return (await pool.query({ name: "create", text: insertFilm, values })).rows[0];
  }
  return checkout(JSON.parse(body));
}

async function checkout({ film, customer }: { film: string; customer: string }): Promise<unknown> {
  for (;;) {
    const client = await pool.connect();
    const run = (name: string, text: string, values: unknown[]) => client.query({ name, text, values });
    try {
      await client.query("BEGIN ISOLATION LEVEL SERIALIZABLE");
      const line = randomUUID();
      await run("cart", "INSERT INTO hand_lines (id, customer, film, quantity) VALUES ($1, $2, $3, 1)", [
        line,
        customer,
        film,
      ]);
      const lines = await run("lines", "SELECT id, film, quantity FROM hand_lines WHERE customer = $1", [customer]);
      const found = await run("film", "SELECT price, stock FROM hand_films WHERE id = $1", [film]);
      if (found.rows[0].stock < 1) throw new Error("out of stock");
      await run("stock", "UPDATE hand_films SET stock = stock - 1 WHERE id = $1", [film]);
      const order = randomUUID();
      const total = found.rows[0].price;
      await run("order", "INSERT INTO hand_orders (id, customer, total) VALUES ($1, $2, $3)", [order, customer, total]);
      for (const { id } of lines.rows) await run("bought", "DELETE FROM hand_lines WHERE id = $1", [id]);
      await client.query("COMMIT");
      return { order, total };
    } catch (error) {
      await client.query("ROLLBACK");
      if (!(error instanceof pg.DatabaseError && error.code === "40001")) throw error;
    } finally {
      client.release();
    }
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function serve(request: IncomingMessage): Promise<{ readonly status: number; readonly result: unknown }> {
  const { method = "GET", url = "/" } = request;
  try {
    return { status: 200, result: await answer(method, url, method === "GET" ? "" : await read(request)) };
  } catch (error) {
    return { status: 500, result: { message: String(error) } };
  }
}

const server = createServer((request, response) => {
  void serve(request).then(({ status, result }) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(result)),
  );
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stderr.write(`port ${typeof address === "object" && address !== null ? address.port : 0}\n`);
});
