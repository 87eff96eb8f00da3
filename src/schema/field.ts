import type { Violation } from "../kit/error-codes.ts";
import type { Json } from "./field-json.ts";
import { type FieldType, type JsonSchema, orNull } from "./field-type.ts";
import type { RuleLike } from "./rule.ts";
import type { Principal } from "./principal.ts";

/** Whether a client must, may or can't send the field. */
export type Presence = "required" | "optional" | "defaulted" | "computed";

/** Whether the field appears in answers: in all, in those to some, in none. */
export type Visibility = "shown" | "restricted" | "hidden";

/** What a default may be made from. */
export interface DefaultContext {
  /** The time of the request, RFC 3339 in UTC. */
  readonly now: string;
  /** Who asks; null for anonymous. */
  readonly user: Principal["user"];
}

/** A default: a value, or a function that makes one for each new record. */
export type Default<T> = T | ((context: DefaultContext) => T | null);

interface Modifiers {
  readonly presence: Presence;
  readonly visibility: Visibility;
  readonly unique: boolean;
  readonly search: boolean;
  readonly default: Json | ((context: DefaultContext) => unknown) | undefined;
  readonly readable: RuleLike | undefined;
  readonly writable: RuleLike | undefined;
  readonly renamedFrom: string | undefined;
}

const plain: Modifiers = {
  presence: "required",
  visibility: "shown",
  unique: false,
  search: false,
  default: undefined,
  readable: undefined,
  writable: undefined,
  renamedFrom: undefined,
};

/**
 * A field of a collection, of an action's input or of its output: a type and its modifiers. Immutable: each modifier
 * answers a new field.
 *
 * @typeParam T the type of a value that is there
 * @typeParam P whether it must be sent
 * @typeParam V whether it is shown
 * @typeParam D what it leads to or is made of, for the types of a client: the target of a ref, the item of a list
 */
export class Field<T = unknown, P extends Presence = Presence, V extends Visibility = Visibility, D = unknown> {
  /** Carries the types for inference; never set. */
  declare readonly types: { readonly value: T; readonly presence: P; readonly visibility: V; readonly details: D };
  readonly type: FieldType<T>;
  readonly modifiers: Modifiers;

  constructor(type: FieldType<T>, modifiers: Modifiers = plain) {
    this.type = type;
    this.modifiers = modifiers;
  }

  /** The value may be missing, and is then `null`. */
  optional(): Field<T, "optional", V, D> {
    return this.#with<"optional", V, D>({ presence: "optional" });
  }

  /** The value that a new record gets when none is sent: `boolean().default(false)`. */
  default(value: Default<T>): Field<T, "defaulted", V, D> {
    return this.#with<"defaulted", V, D>({ presence: "defaulted", default: value as Modifiers["default"] });
  }

  /** No two records have the same value; missing values don't count. */
  unique(): Field<T, P, V, D> {
    return this.#with<P, V, D>({ unique: true });
  }

  /** The words of this text are found by `search=`. */
  search(): Field<T, P, V, D> {
    return this.#with<P, V, D>({ search: true });
  }

  /** Stored and usable by actions; no answer shows it and no query may name it. */
  hidden(): Field<T, P, "hidden", D> {
    return this.#with<P, "hidden", D>({ visibility: "hidden" });
  }

  /** Who sees the field; others get the record without it. */
  readable(rule: RuleLike): Field<T, P, V extends "hidden" ? V : "restricted", D> {
    return this.#with<P, V extends "hidden" ? V : "restricted", D>({ readable: given(rule) });
  }

  /** Who may set the field; others are answered `forbidden` when they send it. */
  writable(rule: RuleLike): Field<T, P, V, D & { readonly writable: "restricted" }> {
    return this.#with<P, V, D & { readonly writable: "restricted" }>({ writable: given(rule) });
  }

  /** What the field was called before: a database that knows it by that name renames it, and keeps its values. */
  renamedFrom(name: string): Field<T, P, V, D> {
    return this.#with<P, V, D>({ renamedFrom: name });
  }

  /** Checks a value that is there or missing; a missing one is answered as `null`. */
  validate(value: unknown, path: string, violations: Violation[]): T | null {
    if (value === undefined || value === null) {
      if (this.modifiers.presence === "optional") return null;
      violations.push({ path, code: "required", message: "is required" });
      return null;
    }
    return this.type.validate(value, path, violations);
  }

  /** The JSON Schema of a value of this field, `null` included where it may be missing. */
  jsonSchema(): JsonSchema {
    const schema = this.type.jsonSchema();
    return this.modifiers.presence === "optional" ? orNull(schema) : schema;
  }

  #with<P2 extends Presence, V2 extends Visibility, D2>(change: Partial<Modifiers>): Field<T, P2, V2, D2> {
    return new Field<T, P2, V2, D2>(this.type, { ...this.modifiers, ...change });
  }
}

/** A rule that was given. One that came out as undefined is a mistake, and not a field for everyone. */
function given(rule: RuleLike | undefined): RuleLike {
  return rule ?? (null as unknown as RuleLike);
}

/** A field as an action answers it: without the limits that nobody has spoken. What is no field stays what it is. */
export function answeredField<F>(field: F): F {
  const type = isField(field) ? field.type.answered?.() : undefined;
  return isField(field) && type !== undefined ? (new Field(type, field.modifiers) as F) : field;
}

/** Fields as an action answers them. */
export function answeredFields(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, answeredField(field)]));
}

/** Whether a value is a field. `instanceof` alone would make one of unknown types of it. */
export function isField(value: unknown): value is Field {
  return value instanceof Field;
}

/** Whether values of the field are single ones that can be sorted, indexed and spelled in a path. */
export function hasOrder({ type }: Field): boolean {
  return type.family === "text" || type.family === "number" || type.family === "boolean";
}

/** The field of a list's items; undefined where the field is no list. */
export function itemOf({ type }: Field): Field | undefined {
  const { item } = type.options;
  return type.family === "list" && isField(item) ? item : undefined;
}

/** Named fields: of a collection, an input, an output or an object. */
export type Fields = { readonly [name: string]: Field };

/** Whether no client ever sees the field: it is declared hidden, or is a secret. */
export function isHidden(field: Field): boolean {
  return field.modifiers.visibility === "hidden" || field.type.name === "secret";
}
