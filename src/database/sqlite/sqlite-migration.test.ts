import { afterEach, expect, it } from "vitest";
import { collection } from "../../schema/collection.ts";
import { boolean } from "../../schema/field-boolean.ts";
import { integer } from "../../schema/field-number.ts";
import { ref } from "../../schema/field-ref.ts";
import { text } from "../../schema/field-text.ts";
import { createModel } from "../../schema/model.ts";
import { type Connection, openConnection } from "./sqlite-connection.ts";
import { sqliteImage } from "./sqlite-image.ts";
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

it("finds nothing to do in an image, which is what it makes of an empty file itself", () => {
  const migrated = open();
  migrateSqlite(migrated, model);
  const expected = schemaOf(migrated);
  migrated.close();
  const database = openConnection({ path: ":memory:", readOnly: false, image: sqliteImage(model) });
  connection = database;
  expect(schemaOf(database)).toEqual(expected);
  const version = database.first({ text: "PRAGMA schema_version", values: [] });
  migrateSqlite(database, model);
  expect(database.first({ text: "PRAGMA schema_version", values: [] })).toEqual(version);
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

const system = "'x', 'x', 1";
const addFilm = `INSERT INTO "films" ("id", "title", "stock", "live", "createdAt", "updatedAt", "version") VALUES ('a', 'A', 1, 1, ${system})`;
const wider = createModel([
  collection("films", { fields: { title: text(), stock: integer(), live: boolean(), price: integer().default(1) } }),
]);

it("keeps what the application has made for itself: tables, views, triggers and indexes", () => {
  const database = open();
  migrateSqlite(database, model);
  database.execute(`${addFilm};
    CREATE TABLE "log" ("film" TEXT REFERENCES "films" ("id"), "stock" INTEGER);
    CREATE INDEX "my_stock" ON "films" ("stock") WHERE "stock" > 0;
    CREATE VIEW "stocked" AS SELECT "title" FROM "films" WHERE "stock" > 0;
    CREATE TRIGGER "logged" AFTER UPDATE ON "films" BEGIN INSERT INTO "log" VALUES (new."id", new."stock"); END;
    CREATE TRIGGER "unlogged" AFTER DELETE ON "log" BEGIN UPDATE "films" SET "live" = 0 WHERE "id" = old."film"; END;`);
  const own = `SELECT type, name, sql FROM sqlite_master WHERE name IN ('log', 'my_stock', 'stocked', 'logged', 'unlogged') ORDER BY name`;
  const before = database.all({ text: own, values: [] });
  migrateSqlite(database, wider);
  expect(database.all({ text: own, values: [] })).toEqual(before);
  database.execute(`UPDATE "films" SET "stock" = 7; DELETE FROM "log"`);
  expect(database.all({ text: `SELECT "stock", "live", "price" FROM "films", "stocked"`, values: [] })).toEqual([
    [7, 0, 1],
  ]);
});

it("refuses a change that a trigger or a view of the application would not survive", () => {
  const database = open();
  migrateSqlite(database, model);
  const loose = createModel([collection("films", { fields: { title: text(), live: boolean() } })]);
  database.execute(`CREATE TRIGGER "logged" AFTER UPDATE ON "films" BEGIN SELECT new."stock"; END;`);
  const before = schemaOf(database);
  // There are no records, so the column that is no longer declared may go.
  expect(() => migrateSqlite(database, loose)).toThrow(
    /^The trigger logged no longer works: no such column: new.stock/,
  );
  expect(schemaOf(database)).toEqual(before);
});

it("makes no table where the application has one of that name", () => {
  const database = open();
  database.execute(`CREATE TABLE "films" ("title" TEXT)`);
  expect(() => migrateSqlite(database, model)).toThrow("films is a table or view already, which Galley has not made.");
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
