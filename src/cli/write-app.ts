import { mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isPlainObject } from "../schema/validator.ts";
import { mistakeInAppName } from "./app-name.ts";
import { version } from "./version.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** What the files of the template are called in an application; by these names tools would take them for Galley's own. */
const names: Readonly<Record<string, string>> = {
  gitignore: ".gitignore",
  "env.example": ".env.example",
  "tsconfig.app.json": "tsconfig.json",
};

/**
 * `npm start`. npm passes SIGTERM on to the shell only, and where that is dash it dies alone: with `exec` the server takes its
 * place, and stops in order. Windows has no such word, and no such signal: it goes on with what follows.
 */
const start = "exec galley start || galley start";

/**
 * Writes a new application into a folder of its name. It is written beside and moved there as a whole: nothing is half there.
 *
 * @param parent absolute path of the folder that the application's folder is made in
 * @throws Error that says what is in the way
 */
export async function writeApp(parent: string, name: string): Promise<void> {
  const mistake = mistakeInAppName(name);
  if (mistake !== undefined) throw new Error(`"${name}" can't be the name of an application: ${mistake}.`);
  const place = join(parent, name);
  const taken = await isEmptyFolder(place);
  if (taken === false)
    throw new Error(`${place} is there already, and not empty. Choose another name, or move it away.`);
  let unfinished: string | undefined;
  try {
    unfinished = await mkdtemp(join(parent, `.${name}-`));
    const app = join(unfinished, name);
    await mkdir(app);
    for (const [file, text] of Object.entries(await filesOf(name))) await writeFile(join(app, file), text);
    if (taken === true) await rmdir(place);
    await rename(app, place);
  } catch (error) {
    throw new Error(`${place} can't be made: ${reasonOf(error)}.`, { cause: error });
  } finally {
    if (unfinished !== undefined) await rm(unfinished, { recursive: true, force: true });
  }
}

/** Whether a folder is empty; undefined where there is nothing. A file is no empty folder. */
async function isEmptyFolder(place: string): Promise<boolean | undefined> {
  try {
    return (await stat(place)).isDirectory() && (await readdir(place)).length === 0;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new Error(`${place} can't be read: ${reasonOf(error)}.`, { cause: error });
  }
}

/** The files of an application, and what is in them. */
async function filesOf(name: string): Promise<Record<string, string>> {
  const template = join(root, "template");
  const files: Record<string, string> = { "package.json": `${JSON.stringify(await manifestOf(name), undefined, 2)}\n` };
  for (const file of await readdir(template)) {
    const text = await readFile(join(template, file), "utf8");
    files[names[file] ?? file] = text.replaceAll("my-app", name);
  }
  return files;
}

/** The package.json of an application: this Galley, and the compiler and the types that it was tested with. */
async function manifestOf(name: string): Promise<object> {
  const own: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const tested = isPlainObject(own) && isPlainObject(own["devDependencies"]) ? own["devDependencies"] : {};
  return {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    engines: { node: ">=20" },
    scripts: { dev: "galley dev", start, test: "galley test", typecheck: "tsc --noEmit" },
    dependencies: { galley: version },
    devDependencies: { "@types/node": tested["@types/node"], typescript: tested["typescript"] },
  };
}

function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case "EACCES":
    case "EPERM":
      return "you may not write there. Go to a folder of your own, or ask for the right to write";
    case "EROFS":
      return "the disk can only be read";
    case "ENOSPC":
      return "the disk is full";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
