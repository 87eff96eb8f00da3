import type { Row } from "../query/sort.ts";
import type { Collection } from "../schema/collection.ts";
import { exampleValue } from "../schema/example-value.ts";
import type { Field } from "../schema/field.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import type { Database } from "../schema/repository.ts";

/** Makes records of which a test says only what it is about. */
export interface Fixtures {
  /** Creates a record: what is given as it is, the rest made up, what it must refer to included. */
  create(db: Database, collection: Collection, given: Row): Promise<Row>;
}

/**
 * Creates a maker of fixtures. What it makes up is the same each time and valid by the schema: `title 1`, `email2@example.com`.
 * Fields that may be missing are missing, and those with a default have it.
 */
export function createFixtures(model: Model, now: () => string): Fixtures {
  const made = new Map<string, number>();

  function nextOf(name: string): number {
    const serial = (made.get(name) ?? 0) + 1;
    made.set(name, serial);
    return serial;
  }

  /** Whether a record can't be without the field, and has no value of its own for it. */
  function isMissing({ modifiers, type }: Field): boolean {
    if (modifiers.presence === "required") return true;
    if (modifiers.presence !== "defaulted" || type.options.from !== undefined) return false;
    // A default that is the caller's, such as the author of a review, comes to nothing where nobody calls.
    const { default: fallback } = modifiers;
    return typeof fallback === "function" && (fallback({ now: now(), user: null }) ?? null) === null;
  }

  async function create(db: Database, name: string, given: Row, trail: readonly string[]): Promise<Row> {
    const collection = model.collection(name);
    const serial = nextOf(name);
    const values: Record<string, unknown> = {};
    for (const [field, declared] of declaredFields(collection)) {
      if (given[field] !== undefined || !isMissing(declared)) continue;
      const { target } = declared.type.options;
      values[field] =
        target === undefined
          ? exampleValue(declared, field, serial)
          : (await create(db, target, {}, along(trail, name, `${name}.${field}`)))["id"];
      if (values[field] === undefined)
        throw new Error(`No value can be made up for ${name}.${field} (${declared.type.name}); give it one.`);
    }
    return db.unrestricted(collection.declaration).create({ ...values, ...given });
  }

  return { create: (db, { name }, given) => create(db, name, given, []) };
}

function declaredFields({ declaration: { id, fields } }: CollectionModel): [string, Field][] {
  return Object.entries(id === undefined ? fields : { id, ...fields });
}

/** @throws Error when a record can only be made after itself */
function along(trail: readonly string[], name: string, field: string): readonly string[] {
  if (trail.includes(name))
    throw new Error(`${field} needs a record that in the end needs one of ${name} itself; give it an id.`);
  return [...trail, name];
}
