import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { findOlderNode, spawnGalley, spawnServer, temporaryFolder } from "./spawn-server.ts";

const workshop = fileURLToPath(new URL("fixtures/workshop.ts", import.meta.url));
const broken = fileURLToPath(new URL("fixtures/broken.ts", import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let number = 0;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** A new folder for the files of a test. */
async function scratch(): Promise<string> {
  const path = join(folder.path, String(++number));
  await mkdir(path);
  return path;
}

/** The lines of a start that fails, which must end with 1 and show nothing of its inside. */
async function refusal(file: string, options: { data?: string; env?: Record<string, string> } = {}): Promise<string[]> {
  const data = options.data ?? (await scratch());
  const started = spawnGalley({ args: ["start", file], data, cwd: folder.path, env: options.env ?? {} });
  onTestFinished(() => started.end());
  expect(await started.exited).toEqual({ code: 1, signal: null });
  expect(started.stdout()).toBe("");
  expect(started.stderr()).not.toMatch(/^\s+at /m);
  return started.stderr().trimEnd().split("\n");
}

test.for(["1", "2"])(
  "a port that is taken, asked for by %s threads, is one line, and nothing is stored",
  async (threads) => {
    const taken = await spawnServer(workshop, await scratch(), { GALLEY_THREADS: "2" });
    onTestFinished(() => taken.end());
    const data = await scratch();
    const env = { PORT: String(taken.port), GALLEY_THREADS: threads };
    expect(await refusal(workshop, { data, env })).toEqual([
      `listen EADDRINUSE: address already in use 127.0.0.1:${taken.port}: another program listens on this port. Set PORT to a free one.`,
    ]);
    expect(await readdir(data)).toEqual([]);
  },
);

test("an address that this machine has not is one line, with what to set", async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737).
  expect(await refusal(workshop, { env: { HOST: "192.0.2.1", PORT: "3000" } })).toEqual([
    "listen EADDRNOTAVAIL: address not available 192.0.2.1:3000: this machine has no such address. Set HOST to one that it has, or to 0.0.0.0 for all.",
  ]);
});

test("a port that another program has is one line", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once("listening", resolve));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect(await refusal(workshop, { env: { PORT: String(port) } })).toEqual([expect.stringContaining("EADDRINUSE")]);
});

test("a data folder that can't be made is one line, also where the system never says why", async () => {
  const data = "/proc/galley/data";
  expect(await refusal(workshop, { data })).toEqual([
    expect.stringMatching(
      /^The folder \/proc\/galley\/data can't be used for data \(E[A-Z]+\): .* Set GALLEY_DATA to another\.$/,
    ),
  ]);
});

test("a definition is refused with one line for each mistake", async () => {
  expect(await refusal(broken)).toEqual([
    "The definition has 3 mistakes:",
    '  - Collection "films": field "director" refers to "people", and there is no such collection.',
    '  - Collection "films": index names "titel", and there is no such field.',
    '  - Collection "reviews": field "stars" has min: 5 above max: 1.',
  ]);
});

test("a file that isn't there, or is a folder, is one line", async () => {
  for (const file of ["/nowhere/backend.ts", folder.path]) {
    expect(await refusal(file)).toEqual([
      `There is no file ${file}; name the module whose default export is your backend().`,
    ]);
  }
});

test("a module without a backend as its default export is one line", async () => {
  for (const text of ["export const a = 1;", "export default 42;", "export default { collections: [] };"]) {
    const file = join(await scratch(), "backend.mjs");
    await writeFile(file, text);
    expect(await refusal(file)).toEqual([
      `${file} has no backend as its default export: write "export default backend({ ... })".`,
    ]);
  }
});

test("a module that is no TypeScript is told with its place, and nothing of the loader", async () => {
  const file = join(await scratch(), "backend.ts");
  await writeFile(file, "export default {{;\n");
  const lines = await refusal(file);
  expect(lines[0]).toBe(`${file}:1`);
  expect(lines.join("\n")).toContain("SyntaxError");
});

test.for([
  ['throw new Error("KEY is not set.");', "2: KEY is not set."],
  ["text().maxx(3);", "2: TypeError: text(...).maxx is not a function"],
  ["ref(null).nothing();", "2: TypeError: ref(...).nothing is not a function"],
  [
    "await new Promise((_, no) => setTimeout(no, 1, new RangeError()));",
    "2: RangeError: it was thrown without a message",
  ],
])("what a module throws while it is loaded is told with its own place: %s", async ([code = "", told = ""]) => {
  const file = join(await scratch(), "backend.ts");
  const galley = new URL("../../src/index.ts", import.meta.url).href;
  await writeFile(file, `import { ref, text } from ${JSON.stringify(galley)};\n${code}\nvoid [ref, text];\n`);
  expect(await refusal(file)).toEqual([`${relative(folder.path, file)}:${told}`]);
});

test("what is thrown by a function is told with the places that called it, across modules", async () => {
  const path = await scratch();
  await writeFile(
    join(path, "key.ts"),
    '\nexport function keyOf(): never {\n  throw new Error("KEY is not set.");\n}\n',
  );
  await writeFile(join(path, "backend.ts"), 'import { keyOf } from "./key.ts";\n\nkeyOf();\n');
  const name = relative(folder.path, path);
  expect(await refusal(join(path, "backend.ts"))).toEqual([
    `${name}/key.ts:3: KEY is not set.`,
    `  from ${name}/backend.ts:3`,
  ]);
});

test("every mistake of the configuration is one line", async () => {
  const env = { PORT: "a lot", GALLEY_THREADS: "0", LOG_LEVEL: "loud", GALLEY_DATTA: "x", FILES_URL: "s3://a" };
  expect(await refusal(workshop, { env })).toEqual([
    "FILES_URL in the environment is not supported by this version: it must not be set.",
    "GALLEY_DATTA in the environment is no setting. Did you mean GALLEY_DATA?",
    'PORT in the environment is "a lot": it must be a whole number from 0 to 65535.',
    'GALLEY_THREADS in the environment is "0": it must be a whole number from 1 to 256.',
    expect.stringContaining('LOG_LEVEL in the environment is "loud": it must be one of debug,'),
  ]);
});

test("a database file that is none is one line, and stays as it is", async () => {
  const data = await scratch();
  await copyFile(workshop, join(data, "galley.db"));
  expect(await refusal(workshop, { data })).toEqual([
    `The database file ${join(data, "galley.db")} can't be opened: file is not a database.`,
  ]);
  expect(await readFile(join(data, "galley.db"))).toEqual(await readFile(workshop));
});

test("a folder in the place of the database file is one line", async () => {
  const data = await scratch();
  await mkdir(join(data, "galley.db"));
  expect(await refusal(workshop, { data })).toEqual([expect.stringMatching(/^The database file .* can't be opened: /)]);
});

test("a file in the place of the data folder is one line", async () => {
  const file = join(await scratch(), "file");
  await writeFile(file, "");
  expect(await refusal(workshop, { env: { GALLEY_DATA: file } })).toEqual([
    expect.stringMatching(/^The folder .* can't be used for data \(EEXIST\): /),
  ]);
});

// Root may write everywhere.
test.skipIf(process.getuid?.() === 0)("a data folder that can't be written to is one line", async () => {
  const data = await scratch();
  await chmod(data, 0o500);
  expect(await refusal(workshop, { env: { GALLEY_DATA: data } })).toEqual([
    expect.stringMatching(/^The folder .* can't be used for data \(EACCES\): /),
  ]);
});

const older = findOlderNode();

test.skipIf(older === undefined)("an older Node.js without a newer one beside it is one line", async () => {
  const alone = await scratch();
  await mkdir(join(alone, "bin"));
  await copyFile(new URL("../../bin/galley.js", import.meta.url), join(alone, "bin", "galley.js"));
  await writeFile(join(alone, "package.json"), '{ "type": "module" }');
  const command = [older ?? "", join(alone, "bin", "galley.js")];
  const started = spawnGalley({ args: ["start", workshop], data: alone, command });
  expect(await started.exited).toEqual({ code: 1, signal: null });
  expect(started.stderr()).toMatch(
    /^Galley needs Node\.js \d+\.\d+ or newer, and this is [\d.]+\. Run it with npm .*\n$/,
  );
});
