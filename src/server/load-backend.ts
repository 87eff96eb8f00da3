import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Backend } from "../schema/backend.ts";
import { isPlainObject } from "../schema/validator.ts";

/**
 * Loads the definition that a module exports as its default.
 *
 * @param file absolute path
 * @throws Error that says what the module lacks
 */
export async function loadBackend(file: string): Promise<Backend> {
  if (!existsSync(file)) throw new Error(`There is no file ${file}; name the module whose default export is your backend().`);
  const module: { readonly default?: unknown } = await import(pathToFileURL(file).href);
  if (!isBackend(module.default)) throw new Error(`${file} has no backend as its default export: write "export default backend({ ... })".`);
  return module.default;
}

function isBackend(value: unknown): value is Backend {
  return isPlainObject(value) && value["declares"] === "backend";
}
