import { afterEach, expect, it } from "vitest";
import { collection } from "../../schema/collection.ts";
import { boolean } from "../../schema/field-boolean.ts";
import { integer } from "../../schema/field-number.ts";
import { ref } from "../../schema/field-ref.ts";
import { text } from "../../schema/field-text.ts";
import { createModel } from "../../schema/model.ts";
import { type Connection, openConnection } from "./sqlite-connection.ts";
import { migrateSqlite } from "./sqlite-migration.ts";

let connection: Connection | undefined;

function open(): Connection {
  connection = openConnection({ path: ":memory:", readOnly: false });
  return connection;
}

const schemaOf = ({ all }: Connection): string[] =>
  all({ text: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name", values: [] }).map(String);

afterEach(() => connection?.close());

const model = createModel([
  collection("films", {
    fields: { title: text().search(), stock: integer(), live: boolean(), sequel: ref("films").optional() },
    indexes: [["-stock"]],
    unique: [["title", "stock"]],
  }),
]);

it("leaves every statement of the schema as it is where nothing has changed", () => {
  const database = open();
  migrateSqlite(database, model);
  const before = schemaOf(database);
  const [version] = database.first({ text: "PRAGMA schema_version", values: [] }) ?? [];
  migrateSqlite(database, model);
  expect(schemaOf(database)).toEqual(before);
  expect(database.first({ text: "PRAGMA schema_version", values: [] })).toEqual([version]);
});

it("ends as a fresh database would, whatever it was before", () => {
  const fresh = open();
  migrateSqlite(fresh, model);
  const expected = schemaOf(fresh);
  fresh.close();
  const database = open();
  const before = createModel([
    collection("films", {
      fields: { title: text().optional(), stock: integer(), live: boolean() },
      indexes: [["title"], ["stock"]],
      unique: [["stock"]],
    }),
  ]);
  migrateSqlite(database, before);
  const columns = `("id", "title", "stock", "live", "createdAt", "updatedAt", "version")`;
  database.execute(`INSERT INTO "films" ${columns} VALUES ('a', 'A', 1, 1, 'x', 'x', 1)`);
  migrateSqlite(database, model);
  // How often a name is quoted is all that renaming a table leaves behind.
  expect(schemaOf(database).map((sql) => sql.replaceAll('"', ""))).toEqual(
    expected.map((sql) => sql.replaceAll('"', "")),
  );
});

it("checks references again once it is done", () => {
  const database = open();
  migrateSqlite(database, model);
  expect(database.first({ text: "PRAGMA foreign_keys", values: [] })).toEqual([1]);
  expect(database.inTransaction).toBe(false);
});

it("leaves the database as it was when it fails", () => {
  const database = open();
  migrateSqlite(database, model);
  const columns = `("id", "title", "stock", "live", "createdAt", "updatedAt", "version")`;
  database.execute(`INSERT INTO "films" ${columns} VALUES ('a', 'A', 1, 1, 'x', 'x', 1)`);
  const before = schemaOf(database);
  const wanted = createModel([
    collection("actors", { fields: { name: text() } }),
    collection("films", { fields: { title: integer() } }),
  ]);
  expect(() => migrateSqlite(database, wanted)).toThrow("films.title was text and is now integer");
  expect(schemaOf(database)).toEqual(before);
  expect(database.first({ text: "PRAGMA foreign_keys", values: [] })).toEqual([1]);
});
