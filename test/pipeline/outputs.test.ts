import { describe, expect, test } from "vitest";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { computed } from "../../src/schema/field-computed.ts";
import { email } from "../../src/schema/field-email.ts";
import { json } from "../../src/schema/field-json.ts";
import { list } from "../../src/schema/field-list.ts";
import { integer } from "../../src/schema/field-number.ts";
import { object } from "../../src/schema/field-object.ts";
import { record } from "../../src/schema/field-record.ts";
import { text } from "../../src/schema/field-text.ts";
import { timestamp } from "../../src/schema/field-timestamp.ts";
import { everyone, nobody, role } from "../../src/schema/rule.ts";
import { type OpenApp, openApp } from "./open-app.ts";

const films = collection("films", {
  fields: {
    title: text(),
    cost: integer().default(5).readable(role("admin")),
    code: text().optional().hidden(),
    loud: computed(text(), (film: { title: string }) => film.title.toUpperCase()),
  },
  access: { read: nobody, write: everyone },
});

const output = {
  count: integer({ max: 10 }),
  note: text().optional(),
  at: timestamp().optional(),
  by: email().default("nobody@example.com"),
  lines: list(object({ film: record(films).optional(), price: integer() }), { max: 2 }).optional(),
  tags: list(text({ max: 3 })).optional(),
  key: text().optional().hidden(),
};

/** What the next run answers; where it is undefined, a stored film. */
let answer: unknown;
const store = action("store", {
  output,
  access: everyone,
  async run({ db }) {
    await db.unrestricted(films).create({ title: "M" });
    return answer as never;
  },
});
const read = action("read", { method: "GET", output, access: everyone, run: () => answer as never });
const outside = action("outside", { output, access: everyone, transaction: false, run: () => answer as never });
const through = action("through", {
  output: { count: integer() },
  access: everyone,
  run: async ({ call }) => ({ count: (await call(store, {})).count }),
});
const single = action("single", { output: integer(), access: everyone, run: () => answer as never });
const film = action("film", {
  output: films,
  access: everyone,
  run: async ({ db }) => (answer ?? (await db.unrestricted(films).create({ title: "M", code: "c" }))) as never,
});
const quiet = action("quiet", { access: everyone, run: () => answer as never });

const open = (): Promise<OpenApp> =>
  openApp({ collections: [films], actions: [store, read, outside, through, single, film, quiet] });

/** Why a call failed, as the log has it. */
function reasons({ logged }: OpenApp): string[] {
  return logged.map(({ fields }) =>
    JSON.stringify(fields, (_, value) => (value instanceof Error ? value.message : (value as unknown))),
  );
}

describe("an action that answers what it doesn't declare", () => {
  test.each<[string, unknown, string]>([
    ["nothing", undefined, "it must be an object with count, note, at, by, lines, tags, key, and is missing"],
    ["a list", [], "it must be an object with count"],
    ["what is missing", {}, "/count is required"],
    ["another type", { count: "5" }, "/count must be a whole number between -(2^53-1) and 2^53-1, and is a string"],
    ["what is above a limit", { count: 11 }, "/count must be at most 10"],
    ["no number", { count: Number.NaN }, "/count must be a whole number between -(2^53-1) and 2^53-1, and is NaN"],
    ["a Date", { count: 1, at: new Date() }, "/at must be a string, and is an object"],
    ["more items", { count: 1, lines: [1, 2, 3] }, "/lines must have at most 2 items"],
    ["a wrong item", { count: 1, tags: ["a", "abcd"] }, "/tags/1 must have at most 3 characters"],
    ["a wrong field of an item", { count: 1, lines: [{ price: 1 }, { price: 0.5 }] }, "/lines/1/price must be a whole"],
    [
      "a part of a record",
      { count: 1, lines: [{ price: 1, film: { title: "M" } }] },
      "/lines/0/film must be a record of films, whole, and is an object",
    ],
    ["a promise", { count: Promise.resolve(1) }, "/count must be a whole number"],
    ["much that is wrong", { note: 1, at: 1, by: 1, tags: 1, key: 1 }, "/count is required; /note must be"],
  ])("fails, is told why in the log, and has stored nothing: %s", async (_, wrong, why) => {
    const app = await open();
    answer = wrong;
    for (const name of ["store", "outside", "through"]) {
      const { status, code, text: told } = await app.anonymous.post(`/actions/${name}`, {});
      expect([name, status, code]).toEqual([name, 500, "internal"]);
      expect(told).not.toContain("count");
    }
    expect((await app.anonymous.get("/actions/read")).code).toBe("internal");
    expect(reasons(app).map((reason) => reason.includes(why))).toEqual([true, true, true, true]);
    expect(reasons(app)[0]).toContain(`The action \\"store\\" answered what its output doesn't declare: `);
    expect(app.feed()).toEqual([]);
  });

  test("fails as well where the output is one field, or a record", async () => {
    const app = await open();
    answer = "5";
    expect((await app.anonymous.post("/actions/single", {})).code).toBe("internal");
    answer = { id: "x", title: "M" };
    expect((await app.anonymous.post("/actions/film", {})).code).toBe("internal");
    expect(reasons(app)[1]).toContain("it must be a record of films, whole, and is an object");
  });
});

test("what is declared is answered in its normal form, and nothing else is", async () => {
  const app = await open();
  answer = {
    count: 2,
    at: "2026-03-01T09:30:00Z",
    key: "hidden",
    other: "undeclared",
    lines: [{ price: 3, cost: 1 }],
  };
  const expected = {
    count: 2,
    note: null,
    at: "2026-03-01T09:30:00.000Z",
    by: "nobody@example.com",
    lines: [{ film: null, price: 3 }],
    tags: null,
  };
  for (const name of ["store", "outside"])
    expect((await app.anonymous.post(`/actions/${name}`, {})).body).toEqual(expected);
  expect((await app.anonymous.get("/actions/read")).body).toEqual(expected);
  expect((await app.anonymous.post("/actions/through", {})).body).toEqual({ count: 2 });
  // Without an output there is nothing that could be wrong.
  expect((await app.anonymous.post("/actions/quiet", {})).status).toBe(204);
});

test("a record is answered as its collection shows it, whatever its rule for reading says", async () => {
  const app = await open();
  answer = undefined;
  const { body } = await app.anonymous.post("/actions/film", {});
  expect(body).toMatchObject({ title: "M", loud: "M" });
  expect(Object.keys(body).toSorted()).toEqual(["createdAt", "id", "loud", "title", "updatedAt", "version"]);
  expect((await app.anonymous.get("/films")).status).toBe(401);
  expect((await app.admin.post("/actions/film", {})).body).toMatchObject({ cost: 5 });
});

const nested = (depth: number): object => (depth === 0 ? {} : { inside: nested(depth - 1) });

test("limits that nobody has spoken are for what is sent, and not for what is answered", async () => {
  const long = action("long", {
    input: { words: text() },
    output: {
      words: text(),
      lines: list(text()),
      inside: object({ words: text(), lists: list(object({ words: text() })) }),
      data: json(),
      short: text({ max: 5 }).optional(),
    },
    access: everyone,
    run({ input }) {
      const words = "x".repeat(20_000);
      const lines = Array.from({ length: 2000 }, () => words.slice(0, 12_000));
      const lists = Array.from({ length: 1500 }, () => ({ words: "a" }));
      return {
        words,
        lines,
        inside: { words, lists },
        data: { words: words.repeat(6), left: undefined, deep: nested(25) } as never,
        short: input.words,
      };
    },
  });
  const { app, anonymous } = await openApp({ collections: [films], actions: [long] });
  const answered = await anonymous.post("/actions/long", { words: "short" });
  expect([answered.status, (answered.body["lines"] as unknown[]).length]).toEqual([200, 2000]);
  expect((await anonymous.post("/actions/long", { words: "longer" })).code).toBe("internal");
  expect((await anonymous.post("/actions/long", { words: "x".repeat(10_001) })).code).toBe("invalid_input");
  // The reference promises no more than is held.
  const document = JSON.stringify(await (await app.fetch(new Request("http://localhost/api/openapi.json"))).json());
  const described = /"words":\{"type":"string"[^}]*\}/g;
  expect(new Set(document.match(described))).toEqual(
    new Set(['"words":{"type":"string"}', '"words":{"type":"string","maxLength":10000}']),
  );
});
