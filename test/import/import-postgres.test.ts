import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { backend, collection, integer, ref, text } from "galley";
import { runImport } from "../../src/cli/run-import.ts";
import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { marks } from "../../src/operations/bootstrap-marks.ts";
import { assemble } from "../../src/operations/assemble.ts";
import { openDatabase } from "../../src/records/open-database.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";

const films = collection("films", {
  fields: { title: text({ max: 20 }), year: integer({ min: 1888 }), sku: text().unique() },
});
const reviews = collection("reviews", { fields: { film: ref("films"), stars: integer() } });
const { model } = assemble(backend({ collections: [films, reviews] }));

test("PostgreSQL stores and refuses the same, in transactions that go on after a refusal", async () => {
  const fresh = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), "galley-import-"));
  const engine = createPostgresEngine(model, {
    url: fresh.url,
    poolSize: 2,
    statementTime: 30_000,
    transactionTime: 2000,
  });
  onTestFinished(async () => {
    await engine.close();
    await fresh.drop();
    await rm(folder, { recursive: true });
  });
  await engine.migrate(model);
  const db = openDatabase({ model, engine, clock: systemClock });

  async function importing(name: string, content: string, upsert?: string) {
    const path = join(folder, `${name}.csv`);
    await writeFile(path, content);
    const lines: string[] = [];
    const stream = {
      write: (line: string) => void (line.startsWith(path) && lines.push(line.trimEnd().replace(`${path}:`, "line "))),
    };
    const signal = new AbortController().signal;
    const { position } = await runImport({ model, engine }, name, path, { upsert }, { stream, signal });
    return { ...position, lines };
  }

  const rows = Array.from(
    { length: 1200 },
    (_, at) => `Film ${at},${at === 3 ? 1 : 1900},${at === 700 ? "s5" : `s${at}`}`,
  );
  expect(await importing("films", `title,year,sku\n${rows.join("\n")}\n`)).toMatchObject({
    created: 1198,
    refused: 2,
    lines: ["line 5: year must be at least 1888", "line 702: films has another record with the same sku."],
  });
  expect(await db(films).count()).toBe(1198);
  expect(await importing("films", "sku,title,year\ns5,Again,1950\ns700,New,1950\n", "sku")).toMatchObject({
    created: 1,
    changed: 1,
  });
  const nobody = "0198c2a0-0000-7000-8000-000000000000";
  const [film] = await db(films).all({ where: { sku: "s5" } });
  expect(await importing("reviews", `film,stars\n${nobody},1\n${film?.id},2\n`)).toMatchObject({
    created: 1,
    refused: 1,
  });
  expect(await importing("reviews", "film.sku,stars\ns6,1\nnone,2\n")).toMatchObject({ created: 1, refused: 1 });
  // An import that has ended leaves nothing of itself.
  expect(await db.unrestricted(marks).count()).toBe(0);
});
