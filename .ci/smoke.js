// Starts a backend with an empty folder for its data, asks it for films and stops it: the shop, the way the README says. With
// --installed, what a stranger would do with the built package: the README's program in an empty folder, and then an application
// of `galley create --install`, its test, its server, and `galley dev` with a mistake in a type.
import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startRegistry } from "./registry.js";
import { ask, serve } from "./serve.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "galley-smoke-"));
const data = (name) => join(home, "data", name);

try {
  if (process.argv.includes("--installed")) await tryInstalled();
  else await tryFilms({ folder: root, command: "npm", parameters: ["start"], data: data("shop") }, 1);
} catch (error) {
  console.error(`smoke: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}

async function tryFilms(how, films) {
  await serve(how, async ({ origin }) => {
    const page = await ask(`${origin}/api/films?limit=1`, 200);
    if (page.data?.length !== films) throw new Error(`${films} films were expected, and not ${JSON.stringify(page)}`);
  });
}

async function tryInstalled() {
  const tarball = join(
    home,
    execFileSync("npm", ["pack", "--silent", "--pack-destination", home], { cwd: root, encoding: "utf8" }).trim(),
  );
  const stranger = installReadme(tarball);
  const galley = join(stranger, "node_modules/.bin/galley");
  await tryFilms({ folder: stranger, command: galley, parameters: ["start", "backend.ts"], data: data("stranger") }, 0);

  const registry = await startRegistry(tarball, JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
  try {
    const env = { ...process.env, npm_config_registry: `${registry.origin}/`, npm_config_prefer_offline: "true" };
    // Not in one go: this process is the registry.
    await promisify(execFile)(galley, ["create", "my-app", "--install"], { cwd: home, env });
  } finally {
    registry.stop();
  }
  await tryCreated(join(home, "my-app"));
}

/** Installs the package into an empty folder, and puts the README's program there. */
function installReadme(tarball) {
  const folder = join(home, "stranger");
  const program = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1] ?? "";
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "stranger-app", private: true, type: "module" }));
  writeFileSync(join(folder, "backend.ts"), program);
  execFileSync("npm", ["install", tarball], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  return folder;
}

/** What `galley create` has made passes its test, is served, and hears of a mistake in its types. */
async function tryCreated(folder) {
  const tested = execFileSync("npm", ["test"], { cwd: folder, encoding: "utf8" });
  if (!/pass 2$[^]*fail 0$/m.test(tested)) throw new Error(`its test said:\n${tested}`);
  console.log("the test of my-app passes");
  const how = { folder, data: data("my-app") };
  await serve({ ...how, command: "npm", parameters: ["start"] }, ({ origin }) => ask(`${origin}/api/lists`, 401));
  const galley = join(folder, "node_modules/.bin/galley");
  await serve({ ...how, command: galley, parameters: ["dev"] }, async ({ origin, said }) => {
    const file = join(folder, "backend.ts");
    const right = readFileSync(file, "utf8");
    appendFileSync(file, 'export const wrong: number = "text";\n');
    await said(/^types .*backend\.ts.*TS2322/m);
    await ask(`${origin}/api/lists`, 401);
    writeFileSync(file, right);
    await said(/^types {2}All types are right again\.$/m);
    console.log("galley dev said what was wrong with a type, served it, and said when it was right again");
  });
}
