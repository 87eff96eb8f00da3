import { resolve } from "node:path";
import type { Route } from "../kit/exchange.ts";
import { accessTable } from "../operations/access-table.ts";
import { assemble } from "../operations/assemble.ts";
import { whoMay } from "../operations/who-may.ts";
import { createApp } from "../server/create-app.ts";
import { loadBackend } from "../server/load-backend.ts";
import { print } from "./print.ts";

/** `galley routes`: prints every route with the operation that it runs and who may. It reads the definition and nothing else. */
export function routes(file: string): Promise<void> {
  return print(async () => {
    const backend = await loadBackend(resolve(file));
    const who = new Map(accessTable(assemble(backend)).rows.map((row) => [row.what, whoMay(row)]));
    // In memory, and empty.
    const app = await createApp({ ...backend, seed: undefined });
    const lines = app.routes.filter(isWorthALine).map(({ method, path, operation = "" }) => {
      const audience =
        operation === "batch" ? "as its members may" : operation === "" ? "everyone" : who.get(operation);
      return [method, path, operation, audience ?? ""] as const;
    });
    await app.close();
    return table(lines);
  });
}

/** The files of a page are no routes that anyone asks for. */
function isWorthALine({ path, operation }: Route, _index: number, all: readonly Route[]): boolean {
  return (
    operation !== undefined || !all.some((other) => other.operation === undefined && path.startsWith(`${other.path}/`))
  );
}

function table(lines: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)) + 2);
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("")
        .trimEnd(),
    )
    .join("\n");
}
