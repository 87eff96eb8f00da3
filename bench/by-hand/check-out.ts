import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { uuidv7 } from "../../src/kit/uuid.ts";
import type { Bought } from "../limit/messages.ts";
import { checkoutStatements as statements } from "./statements.ts";

/** What came of it: a text to answer, or a refusal. */
export type Outcome = string | { readonly status: number; readonly code: string };

/** Lost against another transaction, or each waited for the other. */
const retryable = new Set(["40001", "40P01"]);

/** Beyond which somebody would have to look at why. */
const mostRuns = 50;

/** Buys films in a serializable transaction, which is run again when it has lost against another. */
export async function checkOut(pool: pg.Pool, token: string, lines: readonly Bought[]): Promise<Outcome> {
  // Everyone locks films in the same order.
  const sorted = lines.toSorted((left, right) => (left.film < right.film ? -1 : 1));
  for (let run = 1; ; run++) {
    const client = await pool.connect();
    try {
      await client.query("BEGIN ISOLATION LEVEL SERIALIZABLE");
      const outcome = await buy(client, token, sorted);
      await client.query(typeof outcome === "string" ? "COMMIT" : "ROLLBACK");
      return outcome;
    } catch (error) {
      await client.query("ROLLBACK");
      if (!(error instanceof pg.DatabaseError && retryable.has(error.code ?? "") && run < mostRuns)) throw error;
    } finally {
      client.release();
    }
    await sleep(Math.random() * 5 * Math.min(run, 10));
  }
}

async function buy(client: pg.PoolClient, token: string, lines: readonly Bought[]): Promise<Outcome> {
  const { rows: accounts } = await client.query<{ user: string; id: string | null; balance: number }>({
    ...statements.account,
    values: [token],
  });
  const [account] = accounts;
  if (account === undefined) return { status: 401, code: "unauthenticated" };
  if (account.id === null) return { status: 409, code: "no_account" };
  const quantities = new Map<string, number>();
  for (const { film, quantity } of lines) quantities.set(film, (quantities.get(film) ?? 0) + quantity);
  const films = [...quantities.keys()];
  const { rows } = await client.query<{ id: string; price: number; stock: number }>({
    ...statements.films,
    values: [films, account.user],
  });
  if (rows.length < films.length) return { status: 404, code: "not_found" };
  const prices = new Map(rows.map(({ id, price }) => [id, price]));
  if (rows.some(({ id, stock }) => stock < (quantities.get(id) ?? 0))) return { status: 409, code: "out_of_stock" };
  const total = lines.reduce((sum, { film, quantity }) => sum + (prices.get(film) ?? 0) * quantity, 0);
  if (account.balance < total) return { status: 409, code: "not_enough_money" };
  const now = new Date().toISOString();
  const order = uuidv7();
  await client.query({ ...statements.takeStock, values: [films, [...quantities.values()], now] });
  await client.query({ ...statements.pay, values: [account.id, total, now] });
  await client.query({ ...statements.order, values: [order, account.user, total, now] });
  const values = [
    lines.map(() => uuidv7()),
    order,
    lines.map(({ film }) => film),
    lines.map(({ film }) => prices.get(film)),
    lines.map(({ quantity }) => quantity),
    now,
  ];
  await client.query({ ...statements.lines, values });
  const stamps = { createdAt: now, updatedAt: now, version: 1 };
  return JSON.stringify({ id: order, customer: account.user, status: "placed", total, ...stamps });
}
