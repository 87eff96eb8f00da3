import type { Violation } from "../../kit/error-codes.ts";
import { type Field, isHidden } from "../../schema/field.ts";
import { type CollectionModel, type Model, systemFields } from "../../schema/model.ts";
import { jsonTypeOf } from "../../schema/field-type.ts";
import { isPlainObject } from "../../schema/validator.ts";
import { valueFromCell } from "./field-cell.ts";
import { type FileRecord, reasonColumn } from "./file-record.ts";

/** A record as it is to be stored, before it is checked. */
export interface ImportInput {
  /** Where the file says it, and clients can't choose it. */
  readonly id: unknown;
  readonly values: Record<string, unknown>;
  /** Records to refer to, by a unique field of theirs. */
  readonly references: readonly { readonly reference: Reference; readonly value: unknown }[];
  readonly violations: readonly Violation[];
}

/** A field that refers to a record by something else than its id: `director.name`. */
export interface Reference {
  readonly field: string;
  readonly target: CollectionModel;
  readonly by: string;
}

/** What a column is for. */
interface Target {
  readonly name: string;
  readonly field: Field;
  readonly reference: Reference | undefined;
}

/** How columns become fields. */
export interface ColumnOptions {
  /** Columns by the field that they are for. */
  readonly map: ReadonlyMap<string, string>;
  /** Values of every record, as text. */
  readonly set: ReadonlyMap<string, string>;
  /** Whether columns that are no fields are left out. */
  readonly ignoreUnknown: boolean;
}

/** Makes inputs of the records of a file. */
export interface Columns {
  /** Takes the first line of a CSV file. @throws Error when it names what is no field */
  header(names: readonly string[]): void;
  inputOf(record: FileRecord): ImportInput;
}

/** Decides what becomes of each column. @throws Error when `map` or `set` name what is no field */
export function createColumns(collection: CollectionModel, model: Model, options: ColumnOptions): Columns {
  const kept = collection.declaration.id === undefined;
  // What the server keeps or computes is in an export, and nobody's to set.
  const isOwn = (name: string): boolean =>
    name === reasonColumn || Object.hasOwn(systemFields, name) || collection.computed.includes(name);
  const mapped = new Map([...options.map].map(([name, column]) => [column, targetOf(name, "--map")]));
  const constants = Object.fromEntries([...options.set].map(([name, text]) => [name, constantOf(name, text)]));
  const renamed = new Set([...mapped.values()].map(({ name }) => name));
  let targets: readonly (Target | undefined)[] = [];
  let titles: readonly string[] = [];

  function find(name: string): Target | undefined {
    const field = collection.fields.get(name);
    if (field !== undefined) return { name, field, reference: undefined };
    const [own = "", by = "", ...more] = name.split(".");
    const ref = collection.refs.find((one) => one.name === own);
    if (ref === undefined || more.length > 0) return undefined;
    const target = model.collection(ref.target);
    const other = target.fields.get(by);
    if (other === undefined || !isUnique(target, by)) return undefined;
    return { name, field: other, reference: { field: own, target, by } };
  }

  function targetOf(name: string, option: string): Target {
    const target = isOwn(name) ? undefined : find(name);
    const [own = "", by = ""] = name.split(".");
    const ref = collection.refs.find((one) => one.name === own);
    if (target === undefined && ref !== undefined && model.collection(ref.target).fields.has(by))
      throw new Error(
        `${option} names ${name}, and ${by} is not unique in ${ref.target}: records are found by a field that is unique(), or by their id.`,
      );
    if (target === undefined)
      throw new Error(`${option} names ${name}, which can't be set in ${collection.name}; there are ${names()}.`);
    return target;
  }

  function constantOf(name: string, text: string): unknown {
    const violations: Violation[] = [];
    const { field, reference } = targetOf(name, "--set");
    if (reference !== undefined)
      throw new Error(`--set names ${name}; give the id of the record, as ${reference.field}.`);
    const value = valueFromCell(field, text, violations, name);
    if (violations.length === 0) field.validate(value, `/${name}`, violations);
    const [first] = violations;
    if (first !== undefined) throw new Error(`--set ${name}=${text}: ${name} ${first.message}.`);
    return value;
  }

  function names(): string {
    return [...collection.fields.keys()].filter((name) => !isOwn(name)).join(", ");
  }

  /** What becomes of a column; undefined where it is left out. */
  function columnTarget(title: string): Target | undefined {
    const target = mapped.get(title) ?? (isOwn(title) || renamed.has(title) ? undefined : find(title));
    return target !== undefined && Object.hasOwn(constants, target.name) ? undefined : target;
  }

  function isKnown(title: string): boolean {
    return mapped.has(title) || isOwn(title) || find(title) !== undefined;
  }

  function checkMapped(given: readonly string[]): void {
    const missing = [...mapped.keys()].find((title) => !given.includes(title));
    if (missing !== undefined)
      throw new Error(`--map names the column "${missing}", which is not in the file; there are ${quoted(given)}.`);
  }

  function collect(entries: Iterable<readonly [Target, unknown]>, violations: Violation[]): ImportInput {
    const values: Record<string, unknown> = {};
    const references: { reference: Reference; value: unknown }[] = [];
    let id: unknown;
    for (const [{ name, reference }, value] of entries) {
      if (reference !== undefined) references.push({ reference, value });
      else if (name === "id" && kept) id = value;
      else values[name] = value;
    }
    return { id, values: Object.assign(values, constants), references, violations };
  }

  return {
    header(given) {
      checkMapped(given);
      const strangers = given.filter((title) => !isKnown(title));
      if (strangers.length > 0 && !options.ignoreUnknown)
        throw new Error(
          `${quoted(strangers)}: no such field in ${collection.name}; there are ${names()}. ` +
            "--map field=column says what it is for, and --ignore-unknown leaves it out.",
        );
      titles = given;
      targets = given.map(columnTarget);
      const taken = targets.flatMap((target) => (target === undefined ? [] : [target.name]));
      const twice = taken.find((name, at) => taken.indexOf(name) !== at);
      if (twice !== undefined) throw new Error(`Two columns of the file are for ${twice}.`);
    },
    inputOf(record) {
      const violations: Violation[] = [];
      const entries: [Target, unknown][] = [];
      const wrong = (message: string): ImportInput => collect([], [{ path: "", code: "malformed", message }]);
      if (record.kind === "broken") return wrong(record.mistake);
      if (record.kind === "cells") {
        const { cells } = record;
        if (cells.length !== titles.length)
          return wrong(
            `has ${counted(cells.length, "value")}, and the first line has ${counted(titles.length, "name")}`,
          );
        for (const [at, target] of targets.entries()) {
          const cell = cells[at] ?? null;
          if (target === undefined || cell === null) continue;
          entries.push([target, valueFromCell(target.field, cell, violations, target.name)]);
        }
        return collect(entries, violations);
      }
      if (!isPlainObject(record.value)) return wrong(`must be an object, and is ${jsonTypeOf(record.value)}`);
      for (const [title, value] of Object.entries(record.value)) {
        const target = columnTarget(title);
        if (target !== undefined) entries.push([target, value]);
        else if (!isKnown(title) && !options.ignoreUnknown)
          violations.push({ path: `/${title}`, code: "unknown_field", message: "is not a field here" });
      }
      return collect(entries, violations);
    },
  };
}

/** Whether at most one record has a value of this field. */
export function isUnique(collection: CollectionModel, name: string): boolean {
  const field = collection.fields.get(name);
  if (field === undefined || (isHidden(field) && field.type.family === "none")) return false;
  const alone = collection.declaration.unique.some((names) => names.length === 1 && names[0] === name);
  return name === "id" || field.modifiers.unique || alone;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
