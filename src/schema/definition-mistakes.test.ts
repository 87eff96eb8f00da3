import { describe, expect, test } from "vitest";
import { action, type Action } from "./action.ts";
import { backend } from "./backend.ts";
import { collection, type Collection, internalCollection } from "./collection.ts";
import { DefinitionError, definitionMistakes } from "./definition-mistakes.ts";
import { boolean } from "./field-boolean.ts";
import { choice } from "./field-choice.ts";
import { computed } from "./field-computed.ts";
import { json } from "./field-json.ts";
import { list } from "./field-list.ts";
import { integer } from "./field-number.ts";
import { object } from "./field-object.ts";
import { record } from "./field-record.ts";
import { ref } from "./field-ref.ts";
import { slug } from "./field-slug.ts";
import { secret, text } from "./field-text.ts";
import { uuid } from "./field-uuid.ts";
import type { Fields } from "./field.ts";
import { everyone, owner, role, type RuleLike, signedIn } from "./rule.ts";

const users = collection("users", { fields: { name: text() } });

function mistakesOf(
  collections: readonly Collection[],
  actions: readonly Action[] = [],
  roles: readonly string[] = [],
): string[] {
  return definitionMistakes(backend({ collections, actions, roles }), collections, actions);
}

/** Mistakes of a collection of these fields. */
function ofFields(fields: Fields): string[] {
  return mistakesOf([users, collection("films", { fields })]);
}

const run = (): undefined => undefined;

test("a definition that makes sense has no mistakes", () => {
  const films = collection("films", {
    fields: {
      title: text({ max: 200 }).search().unique(),
      slug: slug({ from: "title" }),
      tags: list(text()).default([]),
      status: choice(["a", "b"]).default("a"),
      customer: ref("users", { onDelete: "clear", inverse: "bought" }).optional(),
      meta: json().optional().readable(owner("customer")),
      inStock: computed(boolean(), () => true).readable(role("clerk")),
      key: secret().optional(),
    },
    access: { read: everyone, write: role("clerk"), delete: owner("customer").or(role("admin")) },
    indexes: [
      ["title", "-createdAt"],
      ["customer", "id"],
    ],
    unique: [["status", "title"]],
  });
  const reviews = collection("reviews", {
    id: text({ min: 1, max: 40 }),
    fields: { film: ref("films"), text: text() },
    access: { read: owner("film.customer"), update: owner("id") },
  });
  const buy = action("buy", {
    input: { film: ref("films"), gifts: list(object({ to: ref("users") })).default([]) },
    output: { film: record(films), reviews: list(record(reviews)), note: text().optional().hidden() },
    access: role("clerk").or(signedIn),
    errors: { out_of_stock: 409 },
    path: "/films/:film/buy",
    limit: { limit: 10, window: 60 },
    run: run as never,
  });
  expect(
    mistakesOf([users, films, reviews, internalCollection("_log", { fields: { at: text() } })], [buy], ["clerk"]),
  ).toEqual([]);
});

test("every mistake is one message, and all of them are told at once", () => {
  const mistakes = mistakesOf([
    collection("Films", { fields: { in: text(), title: text({ min: 2, max: 1 }).search().hidden() } }),
    collection("shows", { fields: { film: ref("movies") }, access: { read: role("clerk") } }),
  ]);
  expect(mistakes).toEqual([
    'Collection "Films": the name must be a camelCase identifier of at most 63 letters and digits.',
    'Collection "Films": field "in" has a name that is kept for Galley.',
    'Collection "Films": field "title" has min: 2 above max: 1.',
    'Collection "Films": field "title" is searched and hidden; a search would give it away.',
    'Collection "shows": field "film" refers to "movies", and there is no such collection.',
    'Collection "shows": access.read names the role "clerk", which is not in backend({ roles }).',
  ]);
  expect(new DefinitionError(mistakes).message).toBe(
    `The definition has 6 mistakes:\n${mistakes.map((mistake) => `  - ${mistake}`).join("\n")}`,
  );
  expect(new DefinitionError(["a"]).message).toBe("The definition has 1 mistake:\n  - a");
});

describe("a field", () => {
  test.each<[string, Fields, string]>([
    ["that is none", { title: "text" as never }, '"title" is no field; use a builder such as text() or integer()'],
    ["without a proper name", { first_name: text() }, '"first_name" must have a camelCase identifier of at most'],
    ["with a name too long", { ["a".repeat(64)]: text() }, "must have a camelCase identifier of at most 63"],
    ["named like a system field", { version: text() }, '"version" has a name that is kept for Galley'],
    ["named like a prototype's", { constructor: text() }, '"constructor" has a name that is kept for Galley'],
    ["named like an operator", { contains: text() }, '"contains" has a name that is kept for Galley'],
    ["named like a connective", { or: text() }, '"or" has a name that is kept for Galley'],
    ["named like another in other case", { ab: text(), aB: text() }, '"aB" differs from another only in upper and'],
    ["with a bad default", { n: integer({ min: 1 }).default(0) }, '"n" has a default that must be at least 1'],
    [
      "with a default of a list",
      { n: list(text(), { max: 1 }).default(["a", "b"]) },
      "a default that must have at most 1 item",
    ],
    [
      "optional with a default",
      { n: text().default("a").optional() },
      '"n" is optional() and has a default(), of which',
    ],
    ["record()", { film: record(users) }, '"film" is a record(), which only outputs have; use ref()'],
    ["list of records", { film: list(record(users)) }, '"film" is a record(), which only outputs have'],
    ["computed within", { a: list(computed(text(), () => "x")) }, '"a" is computed(), which only the fields of a'],
    ["computed optional", { a: computed(text(), () => "x").optional() }, '"a" is computed, and takes neither'],
    ["list of refs to nothing", { a: list(ref("movies")) }, '"a" refers to "movies", and there is no such collection'],
    ["object of refs to nothing", { a: object({ b: ref("movies") }) }, '"a" refers to "movies", and there is no such'],
    ["searched number", { n: integer().search() }, '"n" is searched, and only text can be'],
    ["searched ref", { n: ref("users").search() }, '"n" is searched, and only text can be'],
    ["searched and hidden", { n: text().search().hidden() }, '"n" is searched and hidden; a search would give it away'],
    ["searched, not readable", { n: text().search().readable(signedIn) }, '"n" is searched and not readable by all'],
    ["unique list", { n: list(text()).unique() }, '"n" is unique, and a list field can\'t be'],
    ["unique computed", { n: computed(text(), () => "x").unique() }, '"n" is unique, and a computed field can\'t be'],
    ["slug from nothing", { s: slug({ from: "title" }) }, '"s" is made from "title", which is no text field here'],
    [
      "slug from a number",
      { n: integer(), s: slug({ from: "n" }) },
      '"s" is made from "n", which is no text field here',
    ],
    ["slug from what is inherited", { s: slug({ from: "toString" }) }, '"s" is made from "toString", which is no'],
    [
      "renamed from no name",
      { a: text().renamedFrom("b c") },
      '"a" has renamedFrom("b c"), which can\'t have been the',
    ],
    ["renamed from what records have", { a: text().renamedFrom("id") }, 'renamedFrom("id"), which can\'t have been'],
    [
      "renamed from another",
      { a: text().renamedFrom("b"), b: text() },
      '"a" has renamedFrom("b"), which another field is or was called',
    ],
    ["renamed and computed", { a: computed(text(), () => "x").renamedFrom("b") }, "renamedFrom(), and is not stored"],
    ["rule for a strange role", { n: text().writable(role("boss")) }, '"n" names the role "boss", which is not in'],
    ["rule for a strange field", { n: text().readable(owner("boss")) }, '"n" names owner("boss"), and there is no'],
    [
      "rule that leads out",
      { u: ref("users"), n: text().readable(owner("u.boss")) },
      'owner("u.boss"), which leads out',
    ],
    ["cleared, not optional", { u: ref("users", { onDelete: "clear" }) }, '"u" is cleared when its target is deleted'],
    [
      "inverse of a bad name",
      { u: ref("users", { inverse: "my films" }) },
      '"u" has the inverse "my films", which must be',
    ],
    [
      "inverse that is taken",
      { u: ref("users", { inverse: "name" }) },
      '"u" has the inverse "name", which "users" uses',
    ],
    ["inverse that is kept", { u: ref("users", { inverse: "id" }) }, '"u" has the inverse "id", which "users" uses'],
  ])("%s is a mistake", (_, fields, mistake) => {
    expect(ofFields(fields)).toEqual([expect.stringContaining(mistake)]);
  });
});

describe("a collection", () => {
  test.each<[string, Parameters<typeof collection>[1] & object, string]>([
    ["index of nothing", { fields: {}, indexes: [[]] }, "an entry of index names no field"],
    ["index of a strange field", { fields: {}, indexes: [["-a"]] }, 'index names "a", and there is no such field'],
    ["index of what is inherited", { fields: {}, indexes: [["toString"]] }, 'index names "toString", and there is no'],
    [
      "index of a list and more",
      { fields: { a: list(text()), b: text() }, indexes: [["a"], ["a", "b"]] },
      'index names "a", and a list is indexed alone, as ["a"]',
    ],
    [
      "index of a list downwards",
      { fields: { a: list(integer()) }, indexes: [["-a"]] },
      'index names "-a", and a list is indexed alone, as ["a"]',
    ],
    [
      "index of a list of lists",
      { fields: { a: list(list(text())) }, indexes: [["a"]] },
      'index names "a", and a list field has no order',
    ],
    [
      "unique of a list",
      { fields: { a: list(text()) }, unique: [["a"]] },
      'unique names "a", and a list field has no order',
    ],
    ["unique of json", { fields: { a: json() }, unique: [["a"]] }, 'unique names "a", and a json field has no order'],
    ["id without limits", { fields: {}, id: text() }, "the id must be slug(), uuid() or text({ min: 1, max: 200 })"],
    ["id that may be missing", { fields: {}, id: uuid().optional() }, "the id must be slug(), uuid() or text("],
    ["id made from a field", { fields: { a: text() }, id: slug({ from: "a" }) }, "the id must be slug(), uuid() or"],
    [
      "id that is a number",
      { fields: {}, id: integer() },
      "the id must be slug(), uuid() or text({ min: 1, max: 200 })",
    ],
    [
      "strange deed",
      { fields: {}, access: { browse: everyone } as never },
      'access has "browse"; it knows read, write',
    ],
    [
      "rule that is none",
      { fields: {}, access: { read: true as never } },
      "access.read is no rule; use everyone, signedIn",
    ],
    [
      "strange owner",
      { fields: {}, access: { read: owner("a") } },
      'access.read names owner("a"), and there is no such',
    ],
    [
      "strange far owner",
      { fields: { u: ref("users") }, access: { read: owner("u.a") } },
      'names owner("u.a"), and there',
    ],
    [
      "owner that is a number",
      { fields: { a: integer() }, access: { read: owner("a").not() } },
      'names owner("a"), and',
    ],
  ])("with an %s is a mistake", (_, options, mistake) => {
    expect(mistakesOf([users, collection("films", options)])).toEqual([expect.stringContaining(mistake)]);
  });

  test.each([
    ["batch", 'Collection "batch": the name is kept for Galley.'],
    ["constructor", 'Collection "constructor": the name is kept for Galley.'],
    ["version", 'Collection "version": the name is kept for Galley.'],
    ["order_lines", 'Collection "order_lines": the name must be a camelCase identifier'],
    ["", 'Collection "": the name must be a camelCase identifier'],
    ["__proto__", 'Collection "__proto__": the name must be a camelCase identifier'],
  ])("can't be named %j", (name, mistake) => {
    expect(mistakesOf([collection(name, { fields: {} })])).toEqual([expect.stringContaining(mistake)]);
  });

  test("can't be there twice, nor in another case", () => {
    const twice = [collection("films", { fields: {} }), collection("films", { fields: {} })];
    expect(mistakesOf(twice)).toEqual([expect.stringContaining('There are two collections named "films"')]);
    const cases = [collection("carLots", { fields: {} }), collection("carlots", { fields: {} })];
    expect(mistakesOf(cases)).toEqual([expect.stringContaining('There are two collections named "carlots"')]);
  });

  test("can't be known to another by one inverse twice", () => {
    const films = collection("films", {
      fields: { a: ref("users", { inverse: "films" }), b: ref("users", { inverse: "films" }) },
    });
    expect(mistakesOf([users, films])).toEqual(['Collection "users": two fields elsewhere have the inverse "films".']);
  });

  test("may refer to another twice, where neither is asked for from there", () => {
    const fields = { from: ref("users"), to: ref("users") };
    expect(mistakesOf([users, collection("transfers", { fields })])).toEqual([]);
  });

  test("can't have been called what another is or was called", () => {
    const renamed = (name: string, renamedFrom: string) => collection(name, { fields: {}, renamedFrom });
    expect(mistakesOf([renamed("films", "users"), users])).toEqual([
      'Collection "films": renamedFrom is "users", which another collection is or was called.',
    ]);
    expect(mistakesOf([renamed("films", "shows"), renamed("plays", "shows")])).toHaveLength(2);
    expect(mistakesOf([renamed("films", "my-films")])).toEqual([
      expect.stringContaining("renamedFrom must be a camel"),
    ]);
    expect(mistakesOf([renamed("films", "shows"), users])).toEqual([]);
  });

  test("finds an owner at the end of an inverse", () => {
    const teams = collection("teams", { fields: { name: text() }, access: { read: owner("members.user") } });
    const members = collection("members", { fields: { team: ref("teams"), user: ref("users") } });
    expect(mistakesOf([users, teams, members])).toEqual([]);
  });
});

describe("an action", () => {
  const films = collection("films", { fields: {} });
  const strange = collection("strange", { fields: {} });

  test.each<[string, Parameters<typeof action>[1], string]>([
    ["input that is none", { input: { a: "text" as never }, run }, 'input "a" is no field; use a builder'],
    ["input of a bad name", { input: { "a-b": text() }, run }, 'input "a-b" must have a camelCase identifier'],
    ["input of bad limits", { input: { a: text({ max: -1 }) }, run }, 'input "a" has max: -1'],
    ["input with a bad default", { input: { a: text({ max: 1 }).default("ab") }, run }, 'input "a" has a default that'],
    ["computed input", { input: { a: computed(text(), () => "x") }, run }, 'input "a" is computed(), which only the'],
    ["record as input", { input: { a: record(films) }, run }, 'input "a" is a record(), which only outputs have'],
    ["ref to nothing", { input: { a: ref("movies") }, run }, 'input "a" refers to "movies", and there is no such'],
    ["output that is none", { output: { a: 1 as never }, run }, 'output "a" is no field'],
    ["computed output", { output: computed(text(), () => "x"), run }, "the output is computed(), which"],
    ["output of a strange record", { output: { a: record(strange) }, run }, 'output "a" refers to "strange"'],
    ["strange output", { output: strange, run }, 'the output is a record of "strange", and there is no'],
    ["relative path", { path: "buy", run }, 'the path "buy" must be like /orders/:order/ship'],
    ["path with a slash at its end", { path: "/buy/", run }, 'the path "/buy/" must be like /orders/:order/ship'],
    ["path of a strange input", { path: "/buy/:film", run }, 'the path names ":film", and there is no such input'],
    ["path of what is inherited", { path: "/buy/:toString", run }, 'the path names ":toString", and there is no such'],
    ["path of a list", { path: "/buy/:a", input: { a: list(text()) }, run }, 'the path names ":a", and a list can\'t'],
    ["path that names twice", { path: "/:a/:a", input: { a: text() }, run }, "the path names an input twice"],
    [
      "path of a collection",
      { path: "/films/:a", method: "GET", input: { a: text() }, run },
      'is one of the collection "films"',
    ],
    ["path of a search", { path: "/films/search", run }, 'the path "/films/search" is one of the collection "films"'],
    ["path that is kept", { path: "/auth/sign-in", run }, 'the path "/auth/sign-in" is kept for Galley'],
    ["error in capitals", { errors: { SoldOut: 409 }, run }, 'the error "SoldOut" must be in snake_case'],
    ["error that is a success", { errors: { fine: 200 }, run }, 'the error "fine" has the status 200; it must be 400'],
    [
      "error of the server",
      { errors: { bad: { status: 500, title: "Bad" } }, run },
      "status 500; it must be 400 to 499",
    ],
    ["status that is no success", { status: 302, run }, "the status 302 is no success"],
    ["status below success", { status: 100, run }, "the status 100 is no success"],
    [
      "limit of nothing",
      { limit: { limit: 0, window: 60 }, run },
      "the limit must be a number of calls in a number of",
    ],
    ["strange role", { access: role("boss"), run }, 'access names the role "boss", which is not in backend({ roles })'],
    ["rule that is none", { access: "everyone" as never, run }, "access is no rule; use everyone, signedIn"],
    ["owner", { access: owner("customer"), run }, 'access names owner("customer"), and an action has no record'],
  ])("with an %s is a mistake", (_, options, mistake) => {
    expect(mistakesOf([users, films], [action("buy", options)])).toEqual([expect.stringContaining(mistake)]);
  });

  test("can't be there twice, nor at the path of another", () => {
    const buy = action("buy", { run });
    expect(mistakesOf([], [buy, action("buy", { path: "/other", run })])).toEqual([
      'There are two actions named "buy".',
    ]);
    const input = { a: text(), b: text() };
    const [one, two] = [action("one", { path: "/x/:a", input, run }), action("two", { path: "/x/:b", input, run })];
    expect(mistakesOf([], [one, two])).toEqual(["There are two actions at POST /x/:."]);
    // Each is called by its name too, wherever else it is.
    const far = action("far", { method: "GET", path: "/far", run });
    expect(mistakesOf([], [far, action("near", { path: "/actions/far", run })])).toEqual([
      "There are two actions at POST /actions/far.",
    ]);
    expect(mistakesOf([], [one, action("two", { path: "/x/:b", method: "GET", input, run })])).toEqual([]);
  });

  test.each(["Buy", "buy-it", "", "a.b"])("can't be named %j", (name) => {
    expect(mistakesOf([], [action(name, { path: "/x", run })])).toEqual([
      `Action "${name}": the name must be a camelCase identifier of at most 63 letters and digits.`,
    ]);
  });

  test("has titles for its errors, and a status that says whether there is an output", () => {
    const buy = action("buy", { errors: { out_of_stock: 409, sold: { status: 410, title: "Gone" } }, run });
    expect(buy.errors).toEqual({
      out_of_stock: { status: 409, title: "Out of stock" },
      sold: { status: 410, title: "Gone" },
    });
    expect([buy.status, buy.method, buy.path, buy.transaction]).toEqual([204, "POST", "/actions/buy", true]);
    expect(action("get", { output: text(), run: () => "x" }).status).toBe(200);
  });
});

test("rules that are functions are taken as they are", () => {
  const rule: RuleLike = ({ user }) => user !== null;
  expect(mistakesOf([collection("films", { fields: { a: text().readable(rule) }, access: { read: rule } })])).toEqual(
    [],
  );
});
