import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Backend } from "galley";
import { typeText } from "../../src/cli/type-text.ts";
import { assemble } from "../../src/operations/assemble.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

const definition = `
import * as g from "galley";
export const shelves = g.collection("shelves", { fields: { room: g.text() } });
export const films = g.collection("films", {
  id: g.slug(),
  fields: {
    title: g.text(),
    genre: g.choice(["comedy", "drama"]).optional(),
    state: g.choice(["new", "old"]).default("new"),
    stock: g.integer().default(0),
    live: g.boolean(),
    price: g.money(),
    released: g.date().optional(),
    code: g.secret().optional(),
    notes: g.text().hidden().optional(),
    shelf: g.ref("shelves").optional(),
    tags: g.list(g.text()).default([]),
    marks: g.list(g.choice(["a", "b"]).optional()),
    meta: g.json().optional(),
    size: g.object({ width: g.number(), unit: g.choice(["cm", "in"]).optional(), inner: g.object({ deep: g.boolean() }) }),
    cheap: g.computed(g.boolean(), (film: { price: number }) => film.price < 500),
  },
});
export default g.backend({ collections: [shelves, films] });
`;

test("the types that are printed are those that TypeScript infers", async () => {
  // Inside the project, so that "galley" is found as an application would find it.
  const folder = await mkdtemp(join(root, "test/cli/types-"));
  try {
    await writeFile(join(folder, "backend.ts"), definition);
    const module: { readonly default: Backend } = await import(pathToFileURL(join(folder, "backend.ts")).href);
    const printed = typeText(assemble(module.default).model.collection("films"));
    const [, record = "", create = ""] =
      /^RecordOf<typeof films> = (\{\n[^]*?\n\})\nCreateOf<typeof films> = (\{\n[^]*?\n\})\n/.exec(printed) ?? [];
    const check = `
      import type { CreateOf, Json, RecordOf } from "galley";
      import type { films } from "./backend.ts";
      type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
      type Flat<T> = { [K in keyof T]: T[K] };
      type PrintedRecord = ${record};
      type PrintedCreate = ${create};
      export const record: Same<Flat<RecordOf<typeof films>>, Flat<PrintedRecord>> = true;
      export const create: Same<Flat<CreateOf<typeof films>>, Flat<PrintedCreate>> = true;
      export const json: Json = null;
    `;
    await writeFile(join(folder, "check.ts"), check);
    const configuration = { extends: "../../../tsconfig.json", include: ["*.ts"], exclude: [] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(configuration));
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const run = promisify(execFile)(process.execPath, [compiler, "--noEmit", "-p", folder]);
    await expect(run.catch(({ stdout }: { stdout: string }) => ({ stdout }))).resolves.toMatchObject({ stdout: "" });
    expect(printed).toContain('readonly genre?: "comedy" | "drama" | null | Comparisons<"comedy" | "drama">;');
    expect(printed).toContain("readonly shelf?: string | null | Comparisons<string> | Where<typeof shelves.fields>;");
    expect(printed).toContain('readonly tags?: Pick<Comparisons<readonly string[]>, "has" | "isNull">;');
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
