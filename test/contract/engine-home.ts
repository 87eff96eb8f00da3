import type { Engine, Writer } from "../../src/database/engine.ts";
import type { Row } from "../../src/query/sort.ts";
import type { Model } from "../../src/schema/model.ts";

/** Where an engine under test keeps its data. */
export interface EngineHome {
  /** Whether data outlive the engine, so that another can be opened on them. */
  readonly keeps: boolean;
  /** Opens an engine on the data; the one before must have been closed. */
  open(model: Model, options?: { readonly transactionTime?: number }): Engine;
  /** Removes the data. */
  remove(): Promise<void>;
}

/** Makes a place without data. */
export type CreateHome = () => EngineHome;

/** Opens an engine on no data, brings it to the model, and closes it whatever becomes of the work. */
export async function withEngine<T>(
  createHome: CreateHome,
  model: Model,
  work: (engine: Engine, home: EngineHome) => Promise<T>,
  options?: { readonly transactionTime?: number },
): Promise<T> {
  const home = createHome();
  const engine = home.open(model, options);
  try {
    await engine.migrate(model);
    return await work(engine, home);
  } finally {
    await engine.close();
    await home.remove();
  }
}

/** A whole record: what the layers above make before they give it to an engine. */
export function recordOf(fields: Row): Row {
  const now = "2026-01-01T00:00:00.000Z";
  return { createdAt: now, updatedAt: now, version: 1, ...fields };
}

/** Stores records of several collections that refer to each other, in whatever order the engine takes them. */
export async function insertAll(
  writer: Writer,
  model: Model,
  rows: ReadonlyMap<string, readonly Row[]>,
): Promise<void> {
  // A ref that may be missing can be set once both of its ends are there; the others lead to what was given before.
  const refsOf = (name: string): string[] => {
    const { fields, relations } = model.collection(name);
    return [...relations.values()].flatMap(({ kind, field }) =>
      kind === "one" && fields.get(field)?.modifiers.presence === "optional" ? [field] : [],
    );
  };
  for (const [name, members] of rows) {
    const empty = Object.fromEntries(refsOf(name).map((field) => [field, null]));
    for (const row of members) await writer.insert(model.collection(name), { ...row, ...empty });
  }
  for (const [name, members] of rows) {
    const refs = refsOf(name);
    for (const row of members) {
      const changes = Object.fromEntries(refs.map((field) => [field, row[field] ?? null]));
      await writer.update(model.collection(name), String(row["id"]), changes);
    }
  }
}
