import { describe, expect, test } from "vitest";
import {
  action,
  backend,
  boolean,
  choice,
  collection,
  computed,
  date,
  email,
  integer,
  json,
  list,
  money,
  object,
  owner,
  record,
  ref,
  role,
  secret,
  signedIn,
  slug,
  text,
  timestamp,
  url,
  users,
  uuid,
} from "../../src/index.ts";
import { assemble } from "../../src/operations/assemble.ts";
import { DefinitionError } from "../../src/schema/definition-mistakes.ts";

// What TypeScript would refuse is written in JavaScript, and by casts: it is told in words, with the place, like any mistake.

/** What a definition is refused with. */
function refusal(declare: () => unknown): readonly string[] {
  try {
    assemble(declare() as never);
  } catch (error) {
    if (error instanceof DefinitionError) return error.mistakes;
    throw error;
  }
  return [];
}

const films = collection("films", { fields: { title: text() } });
const run = (): undefined => undefined;
/** A builder or declaration that takes anything, as it does in JavaScript. */
const js = (declare: unknown): ((...given: unknown[]) => never) => declare as never;

describe("a field", () => {
  test.each<[string, () => unknown, string]>([
    ["text({ mx })", () => js(text)({ mx: 3 }), 'has the option "mx"; did you mean max?'],
    [
      "text({ length })",
      () => js(text)({ length: 3 }),
      'has the option "length", and text() takes an object that has min',
    ],
    ["text(200)", () => js(text)(200), "has text(200), and text() takes an object that has min, max or pattern."],
    ["text(null)", () => js(text)(null), "has text(null), and text() takes an object"],
    ["a pattern that is a text", () => js(text)({ pattern: "abc" }), 'has the pattern "abc", which must be a regular'],
    ["secret({ maximum })", () => js(secret)({ maxi: 3 }), 'has the option "maxi"; did you mean max?'],
    ["integer({ maxi })", () => js(integer)({ maxi: 3 }), 'has the option "maxi"; did you mean max?'],
    ["integer(null)", () => js(integer)(null), "has integer(null), and integer() takes an object that has min or max."],
    ["money({ curency })", () => js(money)({ curency: "EUR" }), 'has the option "curency"; did you mean currency?'],
    ['money("EUR")', () => js(money)("EUR"), 'has money("EUR"), and money() takes an object that has currency, min'],
    ["list(text(), 5)", () => js(list)(text(), 5), "has list(5), and list() takes an object that has min or max."],
    ["list()", () => js(list)(), "has items that are no field"],
    ["list of bad items", () => list(js(text)({ mx: 3 })), 'has items, of which each has the option "mx"'],
    ["json({ maxx })", () => js(json)({ maxx: 3 }), 'has the option "maxx"; did you mean max?'],
    ["json(null)", () => js(json)(null), "has json(null), and json() takes an object that has max."],
    ["slug({ form })", () => js(slug)({ form: "title" }), 'has the option "form"; did you mean from?'],
    ['slug("title")', () => js(slug)("title"), 'has slug("title"), and slug() takes an object that has from.'],
    ["ref({ ondelete })", () => js(ref)("films", { ondelete: "clear" }), '"ondelete"; did you mean onDelete?'],
    ["email({ max })", () => js(email)({ max: 9 }), "has email(an object), and email() takes no options."],
    ["url({ max })", () => js(url)({ max: 9 }), "has url(an object), and url() takes no options."],
    ["uuid(4)", () => js(uuid)(4), "has uuid(4), and uuid() takes no options."],
    ["timestamp({ auto })", () => js(timestamp)({ auto: true }), "and timestamp() takes no options."],
    ["date({ min })", () => js(date)({ min: "2026-01-01" }), "has date(an object), and date() takes no options."],
    ["boolean(true)", () => js(boolean)(true), "has boolean(true), and boolean() takes no options."],
    ["ref(films)", () => js(ref)(films), "has ref(an object), and ref() takes the name of a collection"],
    ["ref()", () => js(ref)(), "has ref(undefined), and ref() takes the name of a collection"],
    ["choice of a text", () => js(choice)("a"), 'has choice("a"), and choice() takes a list of words'],
    ["choice()", () => js(choice)(), "has choice(undefined), and choice() takes a list of words"],
    ["object()", () => js(object)(), "has object(undefined), and object() takes fields by their names"],
    ["object of none", () => js(object)({ a: "text" }), "has a, which is no field"],
    ["computed()", () => js(computed)(), "has computed() without a field and a function"],
    ["computed without a function", () => js(computed)(boolean()), "has computed() without a field and a function"],
    ["record() by name", () => js(list)(js(record)("films")), 'has record("films"), and record() takes a collection'],
    ["readable by undefined", () => text().readable(undefined as never), "is no rule; use everyone"],
    ["writable by undefined", () => text().writable(undefined as never), "is no rule; use everyone"],
    ["default of undefined", () => text().default(undefined as never), "has default(undefined); give it a value"],
  ])("of %s is told by its name", (_, build, mistake) => {
    const inCollection = refusal(() =>
      backend({ collections: [films, collection("things", { fields: { odd: build() as never } })] }),
    );
    expect(inCollection).toContainEqual(expect.stringContaining(mistake));
    expect(inCollection.every((one) => one.startsWith('Collection "things": field "odd" '))).toBe(true);
    if (mistake.includes("computed") || mistake.includes("rule")) return;
    const inInput = refusal(() =>
      backend({ collections: [films], actions: [action("act", { input: { odd: build() as never }, run })] }),
    );
    expect(inInput).toContainEqual(expect.stringContaining(mistake));
    expect(inInput.every((one) => one.startsWith('Action "act": input "odd" '))).toBe(true);
  });
});

test.each<[unknown, string]>([
  [undefined, "the options must be an object that has fields, access"],
  [null, "the options must be an object that has fields, access"],
  [{}, "its fields are undefined; give them by their names."],
  [{ fields: "title" }, 'its fields are "title"; give them by their names.'],
  [{ fields: [text()] }, "its fields are a list; give them by their names."],
  [{ fields: {}, acess: {} }, '"acess" is no option; did you mean access?'],
  [{ fields: {}, indexes: "title" }, 'indexes must be a list of lists of names, such as [["name"]].'],
  [{ fields: { a: text() }, indexes: ["a"] }, 'indexes must be a list of lists of names, such as [["name"]].'],
  [{ fields: { a: text() }, unique: ["a"] }, 'unique must be a list of lists of names, such as [["name"]].'],
  [{ fields: {}, unique: [[5]] }, "unique must be a list of lists of names"],
  [{ fields: {}, hooks: { beforeCreat: run } }, '"hooks.beforeCreat" is no option; did you mean beforeCreate?'],
  [{ fields: {}, hooks: { beforeCreate: "x" } }, 'hooks.beforeCreate is "x"; it must be a function.'],
  [{ fields: {}, hooks: "x" }, '"hooks" must be an object that has beforeCreate'],
  [{ fields: {}, feed: "no" }, 'feed is "no"; it must be true or false.'],
  [{ fields: {}, id: "slug" }, 'the id is "slug"; it must be slug(), uuid() or text('],
  [{ fields: {}, access: { read: "everyone" } }, "access.read is no rule; use everyone"],
])("a collection of %j says what is wrong", (options, mistake) => {
  const mistakes = refusal(() => backend({ collections: [js(collection)("things", options)] }));
  expect(mistakes).toContainEqual(expect.stringContaining(`Collection "things": ${mistake}`));
});

test.each<[unknown, string]>([
  [undefined, "the options must be an object that has summary, input"],
  [{ run, inpt: {} }, '"inpt" is no option; did you mean input?'],
  [{ run, input: "film" }, 'input is "film"; it must be an object.'],
  [{ run, output: "film" }, 'the output is "film"; it must be fields by their names, one field, or a collection.'],
  [{ run, output: null }, "the output is null; it must be fields by their names, one field, or a collection."],
  [{ run, errors: ["sold_out"] }, "errors is a list; it must be an object."],
  [{ run, errors: { sold_out: null } }, 'the error "sold_out" is null; it must be a status, or { status, title }'],
  [{ run, errors: { sold_out: "409" } }, 'the error "sold_out" has the status 409; it must be 400 to 499'],
  [
    { run, errors: { not_found: 409 } },
    'the error "not_found" is one of Galley\'s own, with the status 404; name yours',
  ],
  [{ run, errors: { conflict: 400 } }, 'throw new GalleyError("conflict", "...") answers it without being declared).'],
  [{ run, method: "FETCH" }, 'the method is "FETCH"; it must be one of GET, POST, PUT, PATCH, DELETE.'],
  [{ run, method: "get" }, 'the method is "get"; it must be one of GET, POST'],
  [{ run, path: 5 }, 'the path "5" must be like /orders/:order/ship.'],
  [{ run, limit: 5 }, "the limit must be a number of calls in a number of seconds"],
  [{ run, limit: null }, "the limit must be a number of calls in a number of seconds"],
  [{ run, prepare: "x" }, "prepare must be a function."],
  [{ run, transaction: "no" }, "transaction must be true or false."],
  [{ run: "x" }, "run must be a function."],
])("an action of %j says what is wrong", (options, mistake) => {
  const mistakes = refusal(() => backend({ collections: [], actions: [js(action)("act", options)] }));
  expect(mistakes).toContainEqual(expect.stringMatching(/^Action "act": /));
  expect(mistakes.join("\n")).toContain(mistake);
});

test.each<[unknown, string]>([
  [undefined, "backend(): the options must be an object that has name, version"],
  [{ colections: [] }, 'backend(): "colections" is no option; did you mean collections?'],
  [{ collections: { films } }, "backend({ collections }) is an object; it must be a list."],
  [
    { collections: [films, undefined] },
    'backend({ collections }) has undefined at 1; it must be what collection("name"',
  ],
  [{ collections: [js(collection)({ fields: {} })] }, "collection(an object): its name comes first, as in collection("],
  [{ actions: [films] }, 'backend({ actions }) has an object at 0; it must be what action("name", { ... }) answers.'],
  [{ actions: [js(action)(undefined, { run })] }, "action(undefined): its name comes first, as in action("],
  [{ roles: "editor" }, 'backend({ roles }) is "editor"; it must be a list.'],
  [{ roles: [5] }, 'backend({ roles }) has 5 at 0; it must be a text, such as "editor".'],
  [{ auth: "none" }, 'backend(): "auth" must be an object that has signUp or sessionDays.'],
  [{ collections: [users({ fields: { name: "text" as never } })] }, 'Collection "users": field "name" is no field'],
  [{ collections: [js(users)({ field: {} })] }, 'Collection "users": "field" is no option; did you mean fields?'],
])("a backend says what is wrong, of strange options %#", (options, mistake) => {
  expect(refusal(() => js(backend)(options))).toContainEqual(expect.stringContaining(mistake));
});

test("a mistake in a field that is sent at sign-up is told once", () => {
  const people = users({ fields: { name: js(text)({ mx: 3 }) } });
  expect(refusal(() => backend({ collections: [people] }))).toEqual([
    'Collection "users": field "name" has the option "mx"; did you mean max?',
  ]);
});

test.each<[unknown, string]>([
  [{ name: 5 }, "name is 5; it must be a text."],
  [{ version: 1 }, "version is 1; it must be a text."],
  [{ seed: {} }, "seed is an object; it must be a function."],
  [{ auth: { signUp: "no" } }, 'auth.signUp is "no"; it must be true or false.'],
  [{ limits: { requests: 5 } }, "limits.requests is 5; it must be { limit, window }, both above 0, or false."],
  [{ limits: { requests: { limit: 5 } } }, "limits.requests is an object; it must be { limit, window }, both above 0"],
  [
    { limits: { transactionTime: "2s" } },
    'limits.transactionTime is "2s"; it must be a number of milliseconds above 0.',
  ],
])("a setting of a backend says what is wrong: %j", (options, mistake) => {
  expect(refusal(() => js(backend)(options))).toEqual([expect.stringContaining(`backend(): ${mistake}`)]);
});

test.each<[string, unknown, string]>([
  ["role()", js(role)(), 'has role(undefined), and role() takes a name, as in role("admin")'],
  ["owner()", js(owner)(), 'has owner(undefined), and owner() takes a field, as in owner("customer")'],
  ["or", signedIn.or("clerk" as never), 'is combined with "clerk", which is no rule'],
  ["and, not", signedIn.and(undefined as never).not(), "is combined with undefined, which is no rule"],
])("a rule that is made of nothing is a mistake where it stands: %s", (_, rule, mistake) => {
  const things = collection("things", {
    fields: { a: text().readable(rule as never) },
    access: { read: rule as never },
  });
  const act = action("act", { access: rule as never, run });
  expect(refusal(() => backend({ collections: [things], actions: [act] }))).toEqual([
    `Collection "things": field "a" ${mistake}.`,
    `Collection "things": access.read ${mistake}.`,
    `Action "act": access ${mistake}.`,
  ]);
});

test("what makes sense is taken, and a backend that extends another is", () => {
  const first = backend({ collections: [films], actions: [action("act", { output: films, run: run as never })] });
  expect(refusal(() => first)).toEqual([]);
  expect(refusal(() => backend({ ...first, roles: ["editor"] }))).toEqual([]);
});
