import fc from "fast-check";
import type { Violation } from "../kit/error-codes.ts";
import { type Field, type Fields, isField, itemOf } from "../schema/field.ts";

/** Arbitraries by the name of a field, in place of those that the schema gives. */
export type Given = { readonly [name: string]: fc.Arbitrary<unknown> | undefined };

const letters = "abcdefghijklmnopqrstuvwxyz0123456789".split("");
/** Code points that are no text alone. */
const surrogates = { from: 0xd800, count: 0x800 };

/** Characters as every engine stores them: mostly those of a keyboard, and any other now and then. */
const character: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 0x10ffff - surrogates.count }) },
  )
  .map((point) => String.fromCodePoint(point < surrogates.from ? point : point + surrogates.count));

const slugs: fc.Arbitrary<string> = fc
  .array(fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 9 })
  .map((words) => words.join("-"));

const times: fc.Arbitrary<string> = fc
  .date({
    min: new Date("0001-01-01T00:00:00.000Z"),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  })
  .map((time) => time.toISOString());

const jsonValues: fc.Arbitrary<unknown> = fc
  .jsonValue({ maxDepth: 4, stringUnit: character })
  .filter((value) => value !== null)
  // -0 is 0 once it is sent.
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

/**
 * Objects of some fields, as they may be sent: what must be there is, what may be missing is now and then, and computed fields are
 * never sent.
 *
 * @param path where the fields are, for messages: `films.`
 */
export function arbitraryFields(fields: Fields, path: string, given: Given = {}): fc.Arbitrary<object> {
  const [stranger] = Object.keys(given).filter((name) => !Object.hasOwn(fields, name));
  if (stranger !== undefined) throw new Error(`An arbitrary was given for ${path}${stranger}, which is no field.`);
  const sent = Object.entries(fields).filter(([, { modifiers }]) => modifiers.presence !== "computed");
  const values = sent.map(([name, field]) => [name, given[name] ?? arbitraryPresent(field, path + name)] as const);
  const required = sent.filter(([, { modifiers }]) => modifiers.presence === "required").map(([name]) => name);
  return fc.record(Object.fromEntries(values), {
    // What is given is wanted.
    requiredKeys: [...required, ...Object.keys(given).filter((name) => given[name] !== undefined)],
    noNullPrototype: true,
  });
}

/** Values of a field, null where it may be missing. */
function arbitraryPresent(field: Field, path: string): fc.Arbitrary<unknown> {
  if (field.modifiers.presence !== "optional") return arbitraryValue(field, path);
  const target = field.type.options.target;
  return target === undefined ? fc.option(arbitraryValue(field, path), { freq: 3 }) : fc.constant(null);
}

/**
 * Values of a field that are there, in their normal form: what an answer will show.
 * @throws Error where the schema says too little or too much to make any up
 */
export function arbitraryValue(field: Field, path: string): fc.Arbitrary<unknown> {
  return candidates(field, path)
    .map((value) => normalForm(field, value))
    .filter((value) => value !== undefined);
}

/** A value as it would be stored; undefined for one that isn't valid, which is rare. */
function normalForm({ type }: Field, value: unknown): unknown {
  const violations: Violation[] = [];
  const normal = type.validate(value, "", violations);
  return violations.length === 0 ? normal : undefined;
}

function candidates(field: Field, path: string): fc.Arbitrary<unknown> {
  const { name, options } = field.type;
  const { min, max, pattern, choices, fields, target } = options;
  const minimum = min === undefined ? {} : { min };
  const maximum = max === undefined ? {} : { max };
  const lengths = { minLength: Math.ceil(min ?? 0), ...(max === undefined ? {} : { maxLength: Math.floor(max) }) };
  switch (name) {
    case "text":
    case "secret":
      return pattern === undefined ? fc.string({ unit: character, ...lengths }) : matching(pattern, path, max);
    case "integer":
    case "money":
      return fc.integer({
        min: Math.max(Math.ceil(min ?? -Infinity), Number.MIN_SAFE_INTEGER),
        max: Math.min(Math.floor(max ?? Infinity), Number.MAX_SAFE_INTEGER),
      });
    case "number":
      return fc.double({ ...minimum, ...maximum, noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "choice":
      return fc.constantFrom(...(choices ?? []));
    case "timestamp":
      return times;
    case "date":
      return times.map((time) => time.slice(0, 10));
    case "email":
      return fc.emailAddress();
    case "url":
      return fc.webUrl({ withQueryParameters: true, withFragments: true });
    case "uuid":
      return fc.uuid();
    case "slug":
      return slugs;
    case "json":
      return jsonValues;
    case "object":
      return arbitraryFields(fieldsOf(fields), `${path}.`);
    case "list": {
      const item = itemOf(field);
      if (item !== undefined) return fc.array(arbitraryPresent(item, `each item of ${path}`), lengths);
      break;
    }
    case "ref":
      throw new Error(
        `${path} refers to ${target}: give it ids, as { ${path.split(".").at(-1)}: fc.constantFrom(...ids) }.`,
      );
  }
  throw new Error(`No values can be made up for ${path} (${name}); give it an arbitrary.`);
}

/** Texts that a pattern matches as a whole. */
function matching(pattern: RegExp, path: string, max: number | undefined): fc.Arbitrary<string> {
  try {
    // Upper and lower case make no difference to it, so either will do.
    const whole = new RegExp(`^(?:${pattern.source})$`, `${pattern.flags.replace(/[dgimuy]/g, "")}u`);
    return fc.stringMatching(whole, max === undefined ? {} : { maxLength: Math.floor(max) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `No texts can be made up for ${path}, which match ${String(pattern)}: ${reason}. Give it an arbitrary.`,
      {
        cause,
      },
    );
  }
}

function fieldsOf(fields: unknown): Fields {
  const entries = typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, Field] => isField(entry[1])));
}
