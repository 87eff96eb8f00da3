import { afterAll, expect } from "vitest";
import type { Engine } from "../../src/database/engine.ts";
import type { Soon } from "../../src/kit/soon.ts";
import { always, type Predicate } from "../../src/query/predicate.ts";
import type { Row } from "../../src/query/sort.ts";
import { collection, type Collection } from "../../src/schema/collection.ts";
import { text } from "../../src/schema/field-text.ts";
import type { Field } from "../../src/schema/field.ts";
import { createModel, type Model } from "../../src/schema/model.ts";
import { type CreateHome, type EngineHome, insertAll, recordOf } from "./engine-home.ts";

export type FieldsOf = Record<string, Field>;

export const id = text({ min: 1, max: 200 });
export const films = (fields: FieldsOf, options: Pick<Collection, "unique"> | object = {}): Collection =>
  collection("films", { id, fields, ...options });
export const modelOf = (fields: FieldsOf, options: object = {}): Model => createModel([films(fields, options)]);

/** A database that follows one definition after another. */
export interface Following {
  /** Whether there is anything to come back to. */
  readonly keeps: boolean;
  /** Opens what is there with another definition, brings it there, and closes it again. */
  follow<T>(home: EngineHome, model: Model, work: (engine: Engine) => Promise<T>): Promise<T>;
  /** Works on a database of one definition with rows in its collections, which is removed afterwards. */
  withRows(
    before: Model,
    rows: Readonly<Record<string, readonly Row[]>>,
    work: (home: EngineHome) => Promise<void>,
  ): Promise<void>;
  /** What a definition is refused with, line by line. */
  refusalOf(home: EngineHome, model: Model): Promise<string[]>;
  rowsOf(engine: Engine, model: Model, where?: Predicate, name?: string): Soon<readonly Row[]>;
}

/** Made for one description: it asks a home whether it keeps anything. */
export function createFollowing(createHome: CreateHome): Following {
  async function follow<T>(home: EngineHome, model: Model, work: (engine: Engine) => Promise<T>): Promise<T> {
    const engine = home.open(model);
    try {
      await engine.migrate(model);
      return await work(engine);
    } finally {
      await engine.close();
    }
  }

  async function withRows(
    before: Model,
    rows: Readonly<Record<string, readonly Row[]>>,
    work: (home: EngineHome) => Promise<void>,
  ): Promise<void> {
    const home = createHome();
    try {
      const whole = Object.entries(rows).map(([name, some]): [string, Row[]] => [
        name,
        some.map((row) => recordOf(row)),
      ]);
      await follow(home, before, (engine) => engine.write((writer) => insertAll(writer, before, new Map(whole))));
      await work(home);
    } finally {
      await home.remove();
    }
  }

  async function refusalOf(home: EngineHome, model: Model): Promise<string[]> {
    const engine = home.open(model);
    try {
      const error: unknown = await engine.migrate(model).then(
        () => new Error("It was not refused."),
        (thrown: unknown) => thrown,
      );
      const [head, ...lines] = String(error instanceof Error ? error.message : error).split("\n");
      expect(head).toBe("The database can't follow the definition without losing something:");
      return lines.map((line) => line.replace(/^ {2}- /, ""));
    } finally {
      await engine.close();
    }
  }

  // Whether there is anything to come back to only a home can say.
  const probe = createHome();
  afterAll(() => probe.remove());
  const rowsOf = (engine: Engine, model: Model, where: Predicate = always, name = "films") =>
    engine.read((reader) =>
      reader.select(model.collection(name), {
        where,
        order: [{ field: "id", descending: false }],
        limit: 100,
        after: undefined,
      }),
    );

  return { keeps: probe.keeps, follow, withRows, refusalOf, rowsOf };
}
