import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/database/engine.ts";
import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
import { always, type Comparison, type Predicate } from "../../src/query/predicate.ts";
import { collection } from "../../src/schema/collection.ts";
import { json } from "../../src/schema/field-json.ts";
import { text } from "../../src/schema/field-text.ts";
import { createModel } from "../../src/schema/model.ts";
import { recordOf } from "../contract/engine-home.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";

const model = createModel([
  collection("words", { id: text({ min: 1, max: 200 }), fields: { word: text().unique(), data: json() } }),
]);
const words = model.collection("words");
/** In the order of their code points, which is that of no language. */
const ordered = ["B", "Z", "a", "a b", "aB", "ab", "z", "ä", "Ä".normalize("NFD").toLowerCase(), "\u{1f600}"].toSorted(
  (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)),
);

let database: FreshDatabase;
let engine: Engine;
beforeAll(async () => {
  // Version 14 has no such databases, and its columns are what they are on every other.
  database = await freshDatabase("TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de'").catch(() => freshDatabase());
  engine = createPostgresEngine(model, {
    url: database.url,
    poolSize: 1,
    statementTime: 5000,
    transactionTime: 1000,
  });
  await engine.migrate(model);
  await engine.write(async (writer) => {
    for (const word of ordered.toReversed()) await writer.insert(words, recordOf({ id: word, word, data: { word } }));
  });
});
afterAll(async () => {
  await engine.close();
  await database.drop();
});

test("text has the order of its code points on a server of any language", async () => {
  const sorted = await database.run("SELECT w, version() FROM unnest($1::text[]) w ORDER BY w", [ordered]);
  if (!String(sorted[0]?.["version"]).startsWith("PostgreSQL 14.")) {
    expect(sorted.map(({ w }) => w)).not.toEqual(ordered);
  }
  for (const field of ["id", "word"]) {
    const order = [{ field, descending: false }];
    const found = await engine.read((reader) =>
      reader.select(words, { where: always, order, limit: 100, after: undefined }),
    );
    expect(found.map((row) => row["word"])).toEqual(ordered);
  }
  const figures = { sum: [], avg: [], min: ["word"], max: ["word"] };
  const groups = await engine.read((reader) =>
    reader.aggregate(words, { where: always, group: ["word"], figures }, 100),
  );
  expect(groups.map(({ group }) => group["word"])).toEqual(ordered);
  const [all] = await engine.read((reader) => reader.aggregate(words, { where: always, group: [], figures }, 1));
  expect(all?.figures).toMatchObject({ min: { word: ordered[0] }, max: { word: ordered.at(-1) } });
});

test.for<[Comparison, (word: string) => boolean]>([
  ["lt", (word) => ordered.indexOf(word) < ordered.indexOf("aB")],
  ["gte", (word) => ordered.indexOf(word) >= ordered.indexOf("aB")],
  ["eq", (word) => word === "aB"],
  ["startsWith", (word) => word.startsWith("aB")],
])("and is compared by it: %s", async ([comparison, holds]) => {
  for (const place of [
    { field: "word", path: [] },
    { field: "data", path: ["word"] },
  ]) {
    const where: Predicate = { kind: "compare", ...place, comparison, operand: "aB" };
    const order = [{ field: "id", descending: false }];
    const found = await engine.read((reader) => reader.select(words, { where, order, limit: 100, after: undefined }));
    expect(found.map((row) => row["word"])).toEqual(ordered.filter(holds));
  }
});
