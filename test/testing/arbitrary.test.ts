import fc from "fast-check";
import { expect, test } from "vitest";
import {
  action,
  backend,
  boolean,
  choice,
  collection,
  computed,
  date,
  email,
  everyone,
  type Field,
  integer,
  json,
  list,
  money,
  nobody,
  number,
  object,
  ref,
  secret,
  slug,
  text,
  timestamp,
  url,
  uuid,
} from "galley";
import { createTestApp } from "galley/testing";
import { arbitrary } from "galley/testing/arbitrary";

const places = collection("places", {
  id: text({ min: 1, max: 200 }),
  fields: { name: text() },
  access: { read: everyone, write: everyone },
});

/** Every field with every limit that it may have. */
const things = collection("things", {
  fields: {
    text: text(),
    short: text({ max: 3 }).optional(),
    long: text({ min: 30, max: 60 }).search(),
    exact: text({ min: 5, max: 5 }).default("exact"),
    code: text({ pattern: /[A-Z]{2}-\d{1,4}/ }),
    pattern: text({ pattern: /^[a-z]+( [a-z]+)*$/i, min: 2, max: 12 }),
    capital: text({ pattern: /\p{Lu}\p{Ll}*/u }).optional(),
    secret: secret({ min: 8 }).optional(),
    hidden: text().hidden(),
    integer: integer(),
    age: integer({ min: 18, max: 120 }),
    between: integer({ min: 0.5, max: 2.5 }),
    number: number(),
    rating: number({ min: 0, max: 10 }),
    price: money({ currency: "EUR", min: 0 }),
    boolean: boolean(),
    choice: choice(["red", "green", "ß"]),
    time: timestamp(),
    date: date().optional(),
    email: email(),
    url: url(),
    uuid: uuid(),
    slug: slug(),
    made: slug({ from: "text" }),
    json: json(),
    small: json({ max: 20 }),
    tags: list(text({ max: 40 }), { min: 1, max: 3 }),
    gaps: list(integer().optional(), { max: 4 }),
    object: object({ city: text({ max: 20 }), floor: integer().optional(), lift: boolean().default(true) }),
    lines: list(object({ count: integer({ min: 1 }), tags: list(choice(["a", "b"])) }), { max: 2 }),
    parent: ref("things").optional(),
    place: ref("places"),
    author: ref("users").optional(),
    double: computed(integer(), (thing: { age: number }) => thing.age * 2),
  },
  access: { read: everyone, write: everyone, delete: nobody },
});

const note = action("note", {
  access: everyone,
  input: { word: text({ min: 1, max: 9 }), times: integer({ min: 1, max: 3 }).default(1) },
  output: { said: text() },
  run: ({ input }) => ({ said: input.word.repeat(input.times) }),
});

const definition = backend({ collections: [places, things], actions: [note] });

test("every record that is made up is taken, and answered as it was sent", async () => {
  await using app = await createTestApp(definition);
  const { id } = await app.create(places, { id: "home" });
  const records = arbitrary(things, { place: fc.constant(id) });
  await fc.assert(
    fc.asyncProperty(records, async (record) => {
      const { hidden, secret: kept, ...shown } = record;
      const answer = await app.post<object>("/api/things", record);
      expect(answer.status, answer.text).toBe(201);
      expect(answer.body).toMatchObject(shown);
      expect(await app.db(things).get((answer.body as { id: string }).id)).toMatchObject({
        hidden,
        ...(kept && { secret: kept }),
      });
    }),
    { numRuns: 100 },
  );
});

test("records whose id is chosen have one that is taken", async () => {
  await using app = await createTestApp(definition);
  const taken = new Set<string>();
  await fc.assert(
    fc.asyncProperty(arbitrary(places), async (place) => {
      const answer = await app.post("/api/places", place);
      expect(answer.status, answer.text).toBe(taken.has(place.id) ? 409 : 201);
      if (taken.has(place.id)) return;
      taken.add(place.id);
      expect(await app.get(answer.headers.get("location") ?? "")).toMatchObject({ status: 200, body: place });
    }),
  );
});

test("an action's input is made up like a record", async () => {
  await using app = await createTestApp(definition);
  await fc.assert(
    fc.asyncProperty(arbitrary(note.input), async (input) => {
      const { status, body } = await app.post("/api/actions/note", input);
      expect({ status, body }).toEqual({ status: 200, body: { said: input.word.repeat(input.times ?? 1) } });
    }),
  );
});

test("what may be missing is missing at times, and what is given is never", () => {
  const seen = (given?: object) =>
    fc.sample(arbitrary(things, { place: fc.constant("home"), ...given }), { numRuns: 200, seed: 1 });
  const plain = seen();
  for (const name of ["short", "date", "capital"] as const) {
    const values = new Set(plain.map((thing) => typeof thing[name]));
    expect(values, name).toEqual(new Set(["string", "object", "undefined"]));
  }
  expect(new Set(plain.map(({ exact }) => typeof exact))).toEqual(new Set(["string", "undefined"]));
  expect(new Set(plain.map(({ parent }) => parent))).toEqual(new Set([null, undefined]));
  expect(new Set(seen({ parent: fc.constant("a") }).map(({ parent }) => parent))).toEqual(new Set(["a"]));
  expect(plain.every((thing) => !("double" in thing))).toBe(true);
});

test("one field has arbitrary values, too", () => {
  fc.assert(fc.property(arbitrary(integer({ min: 3, max: 5 })), (value) => [3, 4, 5].includes(value)));
});

test.each<[string, () => unknown, string]>([
  [
    "a ref",
    () => arbitrary(things),
    "things.place refers to places: give it ids, as { place: fc.constantFrom(...ids) }.",
  ],
  ["a ref in a list", () => arbitrary({ all: list(ref("films")) }), "each item of all refers to films: give it ids"],
  [
    "a pattern that looks ahead",
    () => arbitrary(collection("codes", { fields: { code: text({ pattern: /(?=a)a/ }) } })),
    "No texts can be made up for codes.code, which match /(?=a)a/",
  ],
  [
    "a name that is no field's",
    () => arbitrary(places, { nmae: fc.string() } as never),
    "places.nmae, which is no field",
  ],
])("%s for which nothing can be made up is named", (_, make, message) => {
  expect(make).toThrow(message);
});

test("what can't be made up may be given", () => {
  const fields = { code: text({ pattern: /(?=a)a/ }) as Field<string, "required"> };
  expect(fc.sample(arbitrary(fields, { code: fc.constant("a") }), 1)).toEqual([{ code: "a" }]);
});
