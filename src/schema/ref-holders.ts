import { type Field, type Fields, isField, itemOf } from "./field.ts";

/** A field whose values hold references: a ref itself, or a list or an object with refs inside. */
export interface RefHolder {
  readonly name: string;
  readonly field: Field;
}

/** A reference that a value holds. */
export interface HeldRef {
  /** Where it stands: the name of the field, and the way on inside of its value, as in `lines/0/film`. */
  readonly name: string;
  /** The collection that it leads to. */
  readonly target: string;
  readonly id: string;
}

/** The stored fields whose values hold references. */
export function refHoldersOf(fields: Fields): RefHolder[] {
  return Object.entries(fields)
    .filter(([, field]) => field.type.storage !== "none" && holdsRefs(field))
    .map(([name, field]) => ({ name, field }));
}

/** Adds the references in a value to those that were found. */
export function findRefs(field: Field, value: unknown, name: string, found: HeldRef[]): void {
  if (value === null || value === undefined) return;
  const { target } = field.type.options;
  const item = itemOf(field);
  if (target !== undefined) {
    if (typeof value === "string") found.push({ name, target, id: value });
  } else if (item === undefined) {
    const values = new Map(Object.entries(value));
    for (const [inner, one] of innerFields(field)) findRefs(one, values.get(inner), `${name}/${inner}`, found);
  } else if (Array.isArray(value) && holdsRefs(item)) {
    value.forEach((one, index) => findRefs(item, one, `${name}/${index}`, found));
  }
}

function holdsRefs(field: Field): boolean {
  const item = itemOf(field);
  return (
    field.type.options.target !== undefined ||
    (item !== undefined && holdsRefs(item)) ||
    innerFields(field).some(([, inner]) => holdsRefs(inner))
  );
}

function innerFields({ type }: Field): [string, Field][] {
  const { fields } = type.options;
  if (typeof fields !== "object" || fields === null) return [];
  return Object.entries(fields).filter((entry): entry is [string, Field] => isField(entry[1]));
}
