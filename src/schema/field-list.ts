import type { Violation } from "../kit/error-codes.ts";
import { answeredField, Field, isField, type Presence, type Visibility, isHidden } from "./field.ts";
import { type FieldType, isEnough, jsonTypeOf, violate } from "./field-type.ts";
import { builderMistakes, optionsOf } from "./option-mistakes.ts";
import { checkRange, limitMistakes } from "./text-checks.ts";

const words = { verb: "have", noun: " items", small: "too_few", large: "too_many" };

const defaultMax = 1000;

/** Limits of a list. */
export interface ListOptions {
  /** Fewest items. */
  readonly min?: number;
  /**
   * Most items.
   * @defaultValue 1,000
   */
  readonly max?: number;
}

/**
 * A list of values of one field. Queries ask for an item with `has`: `tags[has]=sale`.
 *
 * @param item the field of each item
 * @example
 * tags: list(text({ max: 40 }), { max: 20 }).default([])
 */
export function list<T, P extends Presence, V extends Visibility, D>(
  item: Field<T, P, V, D>,
  options: ListOptions = {},
): Field<readonly (P extends "optional" ? T | null : T)[], "required", "shown", { readonly item: Field<T, P, V, D> }> {
  type Items = readonly (P extends "optional" ? T | null : T)[];
  return new Field<Items, "required", "shown", { readonly item: Field<T, P, V, D> }>(
    listType(item, options, defaultMax) as FieldType<Items>,
  );
}

/** @param unspoken the limit where none is given; undefined for what is answered */
function listType(item: Field, options: ListOptions, unspoken: number | undefined): FieldType<readonly unknown[]> {
  const limits = { max: unspoken, ...optionsOf(options) };
  return {
    name: "list",
    family: "list",
    storage: "json",
    options: { item, min: limits.min, max: limits.max },
    validate: (value, path, violations) =>
      checkItems(value, limits, path, violations, (one, at) => item.validate(one, at, violations)),
    operand(value) {
      if (!Array.isArray(value)) return undefined;
      const items = value.map((one) => item.type.operand(one));
      return items.includes(undefined) ? undefined : items;
    },
    fromText: () => undefined,
    jsonSchema: () => ({
      type: "array",
      items: item.jsonSchema(),
      ...(limits.min === undefined ? {} : { minItems: limits.min }),
      ...(limits.max === undefined ? {} : { maxItems: limits.max }),
    }),
    answered: () => listType(answeredField(item), options, undefined),
    mistakes: () => [
      ...builderMistakes("list", options, ["min", "max"]),
      ...limitMistakes(limits, 0),
      ...(isField(item) ? itemMistakes(item) : ["has items that are no field"]),
    ],
  };
}

/** Checks a list, and each of its items by its own check. */
export function checkItems<T>(
  value: unknown,
  limits: { readonly min?: number | undefined; readonly max?: number | undefined },
  path: string,
  violations: Violation[],
  checkItem: (item: unknown, path: string) => T,
): readonly T[] {
  if (!Array.isArray(value)) {
    return violate(violations, path, "wrong_type", `must be an array, and is ${jsonTypeOf(value)}`);
  }
  checkRange(value.length, limits, words, path, violations);
  const items: T[] = [];
  // The items of a list that is too long are not worth checking.
  if (limits.max !== undefined && value.length > limits.max) return items;
  for (let index = 0; index < value.length && !isEnough(violations); index++) {
    items.push(checkItem(value[index], `${path}/${index}`));
  }
  return items;
}

function itemMistakes(item: Field): string[] {
  return [
    ...item.type.mistakes().map((mistake) => `has items, of which each ${mistake}`),
    ...(item.modifiers.presence === "defaulted" ? ["has items with a default, which are never missing"] : []),
    ...(isHidden(item) ? ["has items that are hidden; hide the whole list"] : []),
    ...(item.modifiers.unique || item.modifiers.search
      ? ["has items that are unique or searched; lists can't be"]
      : []),
  ];
}
