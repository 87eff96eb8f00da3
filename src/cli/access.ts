import { resolve } from "node:path";
import { accessTable } from "../operations/access-table.ts";
import { accessText } from "../operations/access-text.ts";
import { assemble } from "../operations/assemble.ts";
import { loadBackend } from "../server/load-backend.ts";
import { print } from "./print.ts";

/** `galley access`: prints who may do what. It reads the definition and nothing else. */
export function access(file: string): Promise<void> {
  return print(async () => accessText(accessTable(assemble(await loadBackend(resolve(file))))));
}
