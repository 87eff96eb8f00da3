import { expect, test } from "vitest";
import type { Writer } from "../database/engine.ts";
import { always } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import { collection } from "../schema/collection.ts";
import { integer } from "../schema/field-number.ts";
import { createModel } from "../schema/model.ts";
import { TransactionWriter } from "./transaction-writer.ts";

const films = createModel([collection("films", { fields: { stock: integer() } })]).collection("films");
const order = [{ field: "id", descending: false }];

/** A database whose answers arrive when a test says so, each with what was stored when it was asked. */
function slowDatabase() {
  let stored: Row = { id: "f", stock: 1 };
  const asked: (() => void)[] = [];
  const answer = <T>(value: T): Promise<T> => new Promise((resolve) => asked.push(() => resolve(value)));
  const writer = {
    get: () => answer(stored),
    select: () => answer([stored]),
    update: async (_collection: unknown, _id: string, changes: Row) => void (stored = { ...stored, ...changes }),
  } as unknown as Writer;
  return { writer, asked, arrive: () => asked.splice(0).forEach((one) => one()) };
}

test("what was read before a change and arrives after it is not remembered", async () => {
  const { writer, asked, arrive } = slowDatabase();
  const transaction = new TransactionWriter(writer, { written: 0, broken: undefined, underWay: 0, ended: false });
  const early = transaction.get(films, "f", always);
  const query = { where: always, order, limit: 1, after: undefined };
  const page = transaction.select(films, query);
  await transaction.update(films, "f", { stock: 0 });
  arrive();
  expect([await early, ...(await page)]).toEqual([
    { id: "f", stock: 1 },
    { id: "f", stock: 1 },
  ]);
  const late = transaction.get(films, "f", always);
  arrive();
  expect(await late).toEqual({ id: "f", stock: 0 });
  // What was read since is.
  expect(await transaction.get(films, "f", always)).toEqual({ id: "f", stock: 0 });
  expect(asked).toEqual([]);
});
