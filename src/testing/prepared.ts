import { sqliteImage } from "../database/sqlite/sqlite-image.ts";
import { type Assembly, assemble } from "../operations/assemble.ts";
import type { Backend } from "../schema/backend.ts";
import { isBackend } from "../server/load-backend.ts";

/** What follows from a definition alone. */
export interface Prepared {
  readonly assembly: Assembly;
  /** An empty database of the model. */
  readonly image: Uint8Array;
}

/** Definitions never change, so nobody can tell whether this was made for them or for a test before. */
const known = new WeakMap<Backend, Prepared>();

/**
 * Prepares a definition: what costs most of a start, and is done once for all tests of a process.
 * @throws DefinitionError when the definition makes no sense
 */
export function prepared(backend: Backend): Prepared {
  if (!isBackend(backend)) throw new Error("A test takes what backend({ ... }) answers.");
  let found = known.get(backend);
  if (found === undefined) {
    const assembly = assemble(backend);
    found = { assembly, image: sqliteImage(assembly.model) };
    known.set(backend, found);
  }
  return found;
}
