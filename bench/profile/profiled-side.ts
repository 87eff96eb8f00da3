import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { galleyFrom } from "../sides/galley.ts";
import type { Side } from "../sides/side.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * The bench's Galley from a checkout, with the recorder in each of its threads. The definition stands beside it as an application
 * does, so that a checkout may be older than the bench.
 *
 * @param folder where the definition goes: nowhere within `node_modules`, from where Node takes no TypeScript
 */
export function profiledSide(tree: string, folder: string): Side {
  const definition = join(folder, "backend.ts");
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  copyFileSync(here("../galley/backend.ts"), definition);
  symlinkSync(resolve(tree), join(folder, "node_modules", "galley"));
  return galleyFrom({
    bin: join(resolve(tree), "bin/galley.js"),
    definition,
    options: ["--conditions=galley-source", "--import", here("record-threads.ts")],
  });
}
