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
  integer,
  json,
  list,
  money,
  number,
  object,
  record,
  ref,
  role,
  secret,
  signedIn,
  slug,
  text,
  timestamp,
  url,
  uuid,
} from "galley";

/** One of each kind of field, each modifier, and names that are easy to get wrong. */
const things = collection("things", {
  fields: {
    name: text({ min: 1, max: 100, pattern: /[^\n]+/ }).search(),
    address: slug({ from: "name" }).unique(),
    count: integer({ min: 0, max: 10 }).default(1),
    ratio: number({ min: 0 }).optional(),
    price: money({ currency: "EUR" }).optional(),
    flag: boolean().default(false),
    at: timestamp().default(({ now }) => now),
    day: date().optional(),
    size: choice(["small", "large"]).optional(),
    meta: json().default({}),
    tags: list(text({ max: 20 }), { max: 5 }).default([]),
    points: list(object({ x: number(), y: number() })).default([]),
    place: object({ city: text(), spot: object({ x: number().optional() }).optional() }).optional(),
    contact: email().optional(),
    link: url().optional(),
    token: uuid().optional(),
    apiKey: secret().optional(),
    note: text().optional().hidden(),
    cost: integer().optional().readable(role("admin")).writable(role("admin")),
    parent: ref("things", { onDelete: "clear", inverse: "children" }).optional(),
    total: integer().default(0),
    sum: integer().default(0),
    double: computed(integer(), (thing: { count: number }) => thing.count * 2),
  },
  access: { read: everyone, write: signedIn },
});

/** Clients choose its ids, and nobody may touch it but administrators. */
const categories = collection("categories", {
  id: slug(),
  fields: { title: text(), thing: ref("things", { onDelete: "cascade" }).optional() },
});

const move = action("moveThing", {
  summary: "Moves a thing.",
  method: "PUT",
  path: "/things/:thing/place/:x",
  input: { thing: ref("things"), x: number(), reason: text().optional() },
  output: { thing: record(things), others: list(record(things)), first: record(categories).optional() },
  access: signedIn,
  errors: { immovable: 409, too_heavy: { status: 422, title: "The thing is too heavy" } },
  run: async ({ input, db }) => ({ thing: await db(things).get(input.thing), others: [], first: null }),
});

const sumUp = action("sumUp", {
  method: "GET",
  input: { names: list(text()), exact: boolean().default(false), limit: integer().optional() },
  output: number().optional(),
  access: everyone,
  run: ({ input }) => input.names.length,
});

const quiet = action("quiet", { status: 202, access: everyone, run: () => undefined });

/** Its operation could be called like that of a collection. */
const thingsList = action("thingsList", {
  output: list(record(things)),
  access: ({ user }) => user?.["vip"] === true,
  run: () => [],
});

export default backend({
  name: "Every field",
  collections: [things, categories],
  actions: [move, sumUp, quiet, thingsList],
  limits: { requests: false },
});
