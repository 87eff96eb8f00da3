import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask } from "./ask.ts";
import { spawnGalley, spawnServer, temporaryFolder } from "./spawn-server.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data = "";

beforeAll(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, "data");
  await mkdir(join(folder.path, "node_modules"));
  await symlink(repository, join(folder.path, "node_modules", "galley"));
});
afterAll(() => folder.remove());

const define = (fields: string): Promise<void> =>
  writeFile(
    join(folder.path, "backend.ts"),
    `import { backend, collection, everyone, integer, text } from "galley";
    const notes = collection("notes", { fields: { ${fields} }, access: { read: everyone, create: everyone } });
    export default backend({ collections: [notes] });\n`,
  );

/** Runs `galley migrate`, and answers its exit code and what it said. */
async function migrate(...args: string[]): Promise<{ code: number | null; said: string }> {
  const started = spawnGalley({ args: ["migrate", ...args], data, cwd: folder.path });
  const { code } = await started.exited;
  return { code, said: started.stdout() + started.stderr() };
}

test("galley migrate brings a database along by files, from its first start to a rename, and a start goes by them", async () => {
  await define("words: text()");
  const first = await spawnServer(join(folder.path, "backend.ts"), data, {}, folder.path);
  expect((await ask(first.port, "/api/notes", { body: { words: "kept" } })).status).toBe(201);
  await first.stop();

  // The database is there already: the first file says what it has, and takes note of it.
  expect(await migrate("new", "begin")).toMatchObject({
    code: 0,
    said: expect.stringMatching(/^Written: migrations\/\d{14}_begin.sql\n$/),
  });
  expect(await migrate("apply")).toMatchObject({ code: 0, said: expect.stringMatching(/^Noted: .*_begin.sql/) });

  await define("title: text(), stars: integer()");
  const refused = await migrate("new");
  expect(refused.code).toBe(1);
  expect(refused.said.trimEnd().split("\n")).toHaveLength(3);
  const naming = ["--rename", "notes.words=title", "--backfill", "notes.stars=5"];
  expect((await migrate("new", "stars", ...naming)).code).toBe(0);
  const [, file = ""] = await readdir(join(folder.path, "migrations"));
  expect(await readFile(join(folder.path, "migrations", file), "utf8")).toContain('RENAME COLUMN "words" TO "title"');
  expect(await migrate("check")).toMatchObject({ code: 1, said: `${file} is pending: galley migrate apply.\n` });

  const waiting = spawnGalley({ args: ["start", "backend.ts"], data, cwd: folder.path });
  expect(await waiting.exited).toMatchObject({ code: 1 });
  expect(waiting.stderr()).toBe(
    `The database is not where the definition wants it:\n  - ${file} is pending: galley migrate apply.\n`,
  );
  const second = await spawnServer(join(folder.path, "backend.ts"), data, { GALLEY_MIGRATE: "apply" }, folder.path);
  const answer = await ask(second.port, "/api/notes");
  expect(JSON.parse(answer.text)).toMatchObject({ data: [{ title: "kept", stars: 5 }] });
  await second.stop();
  expect(await migrate("check")).toMatchObject({ code: 0, said: "Files, database and definition agree.\n" });
});
