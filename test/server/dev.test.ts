import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, isOpen, until } from "./ask.ts";
import { type GalleyProcess, spawnGalley, temporaryFolder } from "./spawn-server.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;
let started: GalleyProcess;

const define = (name: string): Promise<void> =>
  writeFile(
    file,
    `import { backend, collection, everyone, text } from "galley";
    const things = collection("${name}", { fields: { name: text() }, access: { read: everyone } });
    export default backend({ name: "${name}", collections: [things] });\n`,
  );

/** The port of the server that serves a definition, once it has been said `times` times that it does. */
async function portOf(name: string, times = 1): Promise<number> {
  const banner = `${name} on Galley[^]*?API +http://127\\.0\\.0\\.1:(\\d+)[^]*?Data .*\\n[^]*?`;
  const said = await started.said(new RegExp(banner.repeat(times)));
  return Number(said.at(-1));
}

beforeAll(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, "backend.ts");
  await define("notes");
  await mkdir(join(folder.path, "node_modules"));
  await symlink(repository, join(folder.path, "node_modules", "galley"));
  started = spawnGalley({ args: ["dev", "backend.ts"], data: join(folder.path, "data"), cwd: folder.path });
});
afterAll(async () => {
  await started.end();
  await folder.remove();
});

test("galley dev serves each change of the definition, and outlives one that is none", async () => {
  const first = await portOf("notes");
  expect((await ask(first, "/api/notes")).status).toBe(200);

  await define("books");
  const second = await portOf("books");
  expect((await ask(second, "/api/books")).status).toBe(200);
  expect((await ask(second, "/api/notes")).status).toBe(404);
  expect(await isOpen(first)).toBe(false);

  await writeFile(file, "export default {{;\n");
  await started.said(/SyntaxError[^]*Waiting for a change\.\n/);
  expect(await isOpen(second)).toBe(false);

  // Written while the start before it is still under way: one server is there in the end.
  await define("drafts");
  await new Promise((resolve) => setTimeout(resolve, 150));
  await define("letters");
  await new Promise((resolve) => setTimeout(resolve, 150));
  await define("songs");
  const third = await portOf("songs");
  expect((await ask(third, "/api/songs")).status).toBe(200);
  expect(started.stderr()).not.toContain("EADDRINUSE");

  // What the server itself writes is no change.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(started.stderr().match(/songs on Galley/g)).toHaveLength(1);

  started.signal("SIGTERM");
  expect(await started.exited).toEqual({ code: 0, signal: null });
  await until(async () => !(await isOpen(third)));
});
