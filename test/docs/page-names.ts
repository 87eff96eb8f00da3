import { readdir } from "node:fs/promises";

/** The pages of the documentation, as paths in docs: `rules.md`, `reference/fields.md`. */
export async function pageNames(): Promise<string[]> {
  const names = await readdir(new URL("../../docs/", import.meta.url), { recursive: true });
  return names.filter((name) => name.endsWith(".md")).toSorted();
}
