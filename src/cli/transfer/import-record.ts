import type { Violation } from "../../kit/error-codes.ts";
import { invalid } from "../../kit/galley-error.ts";
import { always, equal } from "../../query/predicate.ts";
import type { Row } from "../../query/sort.ts";
import { unrestricted } from "../../records/permission.ts";
import type { WriteContext } from "../../records/record-context.ts";
import { createRecord, updateRecord } from "../../records/record-writer.ts";
import type { CollectionModel } from "../../schema/model.ts";
import type { ImportInput, Reference } from "./columns.ts";

/** What one record is to become: checked, and not stored yet. */
export type Step =
  | { readonly kind: "create"; readonly values: Record<string, unknown>; readonly id: string | undefined }
  | { readonly kind: "change"; readonly values: Record<string, unknown>; readonly id: string };

/** Ids of records that were referred to; whatever comes beyond is looked up again. */
const mostKnown = 10_000;

/** Makes records of inputs, one after another. */
export interface RecordImporter {
  /** Checks an input, and looks up what it needs. Nothing is written. @throws GalleyError with everything that is wrong */
  prepare(input: ImportInput, context: WriteContext): Promise<Step>;
  /** @returns the record as it is now */
  store(step: Step, context: WriteContext): Promise<Row>;
  /** A transaction was taken back: what was looked up in it may not be there. */
  forget(): void;
}

/**
 * Creates the importer of a collection.
 *
 * @param upsert the unique field by which a record is found that is there already, and changed
 */
export function createRecordImporter(collection: CollectionModel, upsert: string | undefined): RecordImporter {
  const known = new Map<string, string>();
  const idField = collection.fields.get("id");

  async function idOf({ target, by }: Reference, value: unknown, context: WriteContext): Promise<string | undefined> {
    const operand = operandOf(target, by, value);
    if (operand === undefined) return undefined;
    const key = JSON.stringify([target.name, by, operand]);
    const found = known.get(key);
    if (found !== undefined) return found;
    const id = await find(target, by, operand, context);
    if (id !== undefined && known.size < mostKnown) known.set(key, id);
    return id;
  }

  /** Puts ids in the places of what they were found by. */
  async function refer({ references }: ImportInput, into: Record<string, unknown>, context: WriteContext) {
    const violations: Violation[] = [];
    for (const { reference, value } of references) {
      const { field, target, by } = reference;
      const id = value === null ? null : await idOf(reference, value, context);
      if (id !== undefined) into[field] = id;
      else
        violations.push({
          path: `/${field}`,
          code: "missing",
          message: `refers to no record of ${target.name}: none has the ${by} ${JSON.stringify(value)}`,
        });
    }
    return violations;
  }

  async function existing(input: ImportInput, context: WriteContext): Promise<string | undefined> {
    if (upsert === undefined) return undefined;
    const value = upsert === "id" ? (input.id ?? input.values["id"]) : input.values[upsert];
    if (value === null || value === undefined)
      throw invalid("invalid_input", [
        { path: `/${upsert}`, code: "required", message: "is required: --upsert finds records by it" },
      ]);
    const operand = operandOf(collection, upsert, value);
    return operand === undefined ? undefined : find(collection, upsert, operand, context);
  }

  return {
    async prepare(input, context) {
      const values = { ...input.values };
      const violations = [...input.violations];
      if (input.references.length > 0) violations.push(...(await refer(input, values, context)));
      const there = violations.length === 0 ? await existing(input, context) : undefined;
      if (there !== undefined) {
        delete values["id"];
        const patch = collection.validators.patch.check(values, "", violations);
        if (violations.length > 0) throw invalid("invalid_input", violations);
        return { kind: "change", id: there, values: patch };
      }
      const given = withoutNulls(values);
      // A value that couldn't be read is reported once.
      const wrong = new Set(violations.map(({ path }) => path));
      const found: Violation[] = [];
      const checked = wrong.has("") ? {} : collection.validators.create.check(given, "", found);
      violations.push(...found.filter(({ path }) => !wrong.has(path)));
      const id =
        input.id === undefined || input.id === null ? undefined : idField?.validate(input.id, "/id", violations);
      if (violations.length > 0) throw invalid("invalid_input", violations);
      return { kind: "create", values: checked, id: typeof id === "string" ? id : undefined };
    },
    store(step, context) {
      if (step.kind === "create") return createRecord(collection, step.values, unrestricted, context, step.id);
      return updateRecord(collection, step.id, step.values, { write: unrestricted, read: unrestricted }, context);
    },
    forget: () => known.clear(),
  };
}

/** In a new record, null says no more than nothing: a default takes its place. */
function withoutNulls(values: Record<string, unknown>): Record<string, unknown> {
  for (const name in values) if (values[name] === null) delete values[name];
  return values;
}

function operandOf(collection: CollectionModel, name: string, value: unknown): string | number | boolean | undefined {
  const operand = collection.fields.get(name)?.type.operand(value);
  const single = typeof operand === "string" || typeof operand === "number" || typeof operand === "boolean";
  return single ? operand : undefined;
}

async function find(
  collection: CollectionModel,
  name: string,
  operand: string | number | boolean,
  { reader }: WriteContext,
): Promise<string | undefined> {
  if (name === "id")
    return (await reader.get(collection, String(operand), always)) === undefined ? undefined : String(operand);
  const where = equal(name, operand);
  const order = [{ field: "id", descending: false }];
  const [row] = await reader.select(collection, { where, order, limit: 1, after: undefined });
  return row === undefined ? undefined : String(row["id"]);
}
