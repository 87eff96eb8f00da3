import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** An application with Galley as npm installs it: compiled, without the sources. */
export interface Shipped {
  /** The folder of the application. */
  readonly app: string;
  readonly definition: string;
  /** Answers one request from within its own process. */
  readonly inProcess: string;
  /** The folder of the package. */
  readonly galley: string;
}

/** Builds Galley into an application of its own. */
export function shipGalley(folder: string): Shipped {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const app = join(folder, "app");
  const galley = join(app, "node_modules", "galley");
  mkdirSync(galley, { recursive: true });
  for (const name of ["package.json", "bin", "docs"]) cpSync(join(root, name), join(galley, name), { recursive: true });
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const built = spawnSync(tsc, ["-p", join(root, "tsconfig.build.json"), "--outDir", join(galley, "dist")]);
  if (!existsSync(join(galley, "dist", "cli", "main.js")))
    throw new Error(`Galley can't be built: ${String(built.error ?? built.stdout)}`);
  cpSync(join(root, "src/openapi/page"), join(galley, "dist/openapi/page"), { recursive: true });
  // What it depends on is found where it is installed already.
  symlinkSync(join(root, "node_modules"), join(galley, "node_modules"));
  // Node strips no types below node_modules.
  const compiled = (source: string, name: string): string => {
    const path = join(app, name);
    writeFileSync(path, stripTypeScriptTypes(readFileSync(join(root, source), "utf8")));
    return path;
  };
  writeFileSync(join(app, "package.json"), '{ "type": "module" }');
  const definition = compiled("bench/galley/backend.ts", "backend.js");
  return { app, galley, definition, inProcess: compiled("bench/galley/in-process.ts", "in-process.js") };
}
