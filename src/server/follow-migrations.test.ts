import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "../kit/logger.ts";
import { collection } from "../schema/collection.ts";
import { text } from "../schema/field-text.ts";
import type { Fields } from "../schema/field.ts";
import { createModel, type Model } from "../schema/model.ts";
import { readConfiguration } from "./configuration.ts";
import { followMigrations } from "./follow-migrations.ts";
import { migrationsOf } from "./open-migrations.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "galley-follow-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modelOf = (fields: Fields): Model => createModel([collection("notes", { fields })]);
const before = modelOf({ words: text() });
const after = modelOf({ words: text(), author: text().optional() });
const definition = (): string => join(folder, "backend.ts");
const configurationOf = (manner?: string) =>
  readConfiguration(manner === undefined ? {} : { GALLEY_MIGRATE: manner }, { folder });

/** What a start would do before it serves a model. */
const follow = (model: Model, manner?: string): Promise<void> =>
  followMigrations(definition(), model, configurationOf(manner), silentLogger);

async function write(model: Model): Promise<void> {
  const migrations = migrationsOf(definition(), model, configurationOf().database);
  await migrations.write("change", {});
  await migrations.close();
}

async function check(model: Model): Promise<string[]> {
  const migrations = migrationsOf(definition(), model, configurationOf().database);
  const lines = await migrations.check();
  await migrations.close();
  return lines;
}

test("where there are no migrations, nothing is done, and nothing is opened", async () => {
  await follow(before);
  expect(readdirSync(folder)).toEqual([]);
});

test("where there are, a start waits until somebody has applied them", async () => {
  await write(before);
  await expect(follow(before)).rejects.toThrow(
    /^The database is not where the definition wants it:\n {2}- \d+_change.sql is pending/,
  );
  await follow(before, "apply");
  await follow(before);
  await expect(follow(after)).rejects.toThrow(
    "notes.author is in the definition and not in the database.\ngalley migrate new NAME writes what is missing as a file",
  );
  await expect(follow(after, "apply")).rejects.toThrow("notes.author is in the definition and not in the database.");
  await write(after);
  await expect(follow(after, "check")).rejects.toThrow("is pending");
  await follow(after, "apply");
  expect(await check(after)).toEqual([]);
});

test("a start that is to change nothing may be had without migrations, too", async () => {
  await expect(follow(before, "check")).rejects.toThrow("notes is in the definition and not in the database.");
});

test("a start that does what is safe applies what is pending, and leaves the rest to what loses nothing", async () => {
  await write(before);
  await follow(after, "safe");
  expect(await check(after)).toEqual(["notes.author is in the definition and not in the database."]);
});

test("files that were changed or are missing are nothing that a start can mend", async () => {
  await write(before);
  await follow(before, "apply");
  const [file = ""] = readdirSync(join(folder, "migrations"));
  const path = join(folder, "migrations", file);
  writeFileSync(path, `${readFileSync(path, "utf8")}\nDROP TABLE notes;\n`);
  await follow(before);
  await follow(before, "apply");
  expect(await check(before)).toEqual([expect.stringContaining("was changed after it was applied")]);
});
