import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Backend } from "../schema/backend.ts";
import { isPlainObject } from "../schema/validator.ts";
import { loadFailure } from "./load-failure.ts";

/**
 * Loads the definition that a module exports as its default.
 *
 * @param file absolute path
 * @throws Error that says what the module lacks, or where it has thrown
 */
export async function loadBackend(file: string): Promise<Backend> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new Error(`There is no file ${file}; name the module whose default export is your backend().`);
  const module = await importModule(file);
  const definition = typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
  if (!isBackend(definition))
    throw new Error(`${file} has no backend as its default export: write "export default backend({ ... })".`);
  return definition;
}

async function importModule(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (!(error instanceof SyntaxError && error.message.includes("import statement outside a module")))
      throw loadFailure(error, file);
    throw new Error(`${file} is taken for CommonJS. Set "type": "module" in the package.json beside it.`, {
      cause: error,
    });
  }
}

/** Whether a value is what `backend()` answers. */
export function isBackend(value: unknown): value is Backend {
  return isPlainObject(value) && value["declares"] === "backend";
}
