import { describe, expect, test } from "vitest";
import { GalleyError } from "../kit/galley-error.ts";
import { boolean } from "./field-boolean.ts";
import { computed } from "./field-computed.ts";
import { email } from "./field-email.ts";
import { json } from "./field-json.ts";
import { integer, number } from "./field-number.ts";
import { object } from "./field-object.ts";
import { slug } from "./field-slug.ts";
import { text } from "./field-text.ts";
import { createValidator, isIncrement, type Mode } from "./validator.ts";

const fields = {
  title: text(),
  slug: slug({ from: "title" }),
  contact: email().optional(),
  active: boolean().default(true),
  at: text().default(({ now }) => now),
  stock: integer({ min: 0 }),
  rating: number().optional(),
  meta: json().optional(),
  size: object({ width: integer() }).optional(),
  loud: computed(text(), (record: { title: string }) => record.title.toUpperCase()),
};

function parse(mode: Mode, value: unknown): unknown {
  try {
    return createValidator(fields, mode).parse(value);
  } catch (error) {
    if (error instanceof GalleyError && error.code === "invalid_input") return error.errors;
    throw error;
  }
}

const readOnly = expect.stringMatching(/^is (computed|kept by the server) and can't be set$/);

describe("of a new record", () => {
  test("answers normal forms, plain defaults and null for what is missing", () => {
    expect(parse("create", { title: "M", stock: -0, contact: "A@B.C" })).toEqual({
      title: "M",
      contact: "a@b.c",
      active: true,
      stock: 0,
      rating: null,
      meta: null,
      size: null,
    });
  });

  test("leaves out what is made where the record is made", () => {
    const made = parse("create", { title: "M", stock: 1 });
    expect(made).not.toHaveProperty("slug");
    expect(made).not.toHaveProperty("at");
    expect(parse("create", { title: "M", stock: 1, slug: "m", at: "now" })).toMatchObject({ slug: "m", at: "now" });
  });

  test("reports every violation at once", () => {
    expect(parse("create", { title: 1, active: null, loud: "M", id: "1", version: 1, colour: "red" })).toEqual([
      { path: "/title", code: "wrong_type", message: expect.any(String) },
      { path: "/active", code: "required", message: "is required" },
      { path: "/stock", code: "required", message: "is required" },
      { path: "/loud", code: "read_only", message: readOnly },
      { path: "/id", code: "read_only", message: readOnly },
      { path: "/version", code: "read_only", message: readOnly },
      { path: "/colour", code: "unknown_field", message: "is not a field here" },
    ]);
  });

  test("speaks of the first violation, for people", () => {
    expect(() => createValidator(fields, "create").parse({ stock: 1 })).toThrow(/^title is required$/);
    expect(() => createValidator(fields, "create").parse({ stock: -1, size: {} })).toThrow(
      "title is required, and 2 more",
    );
    expect(() => createValidator(fields, "create").parse([])).toThrow("The input must be an object, and is an array");
  });
});

test("a record that replaces another may carry what it was answered with", () => {
  const answered = { id: "1", createdAt: "x", updatedAt: "y", version: 3, loud: "M", title: "M", stock: 1 };
  expect(parse("replace", answered)).toEqual({
    title: "M",
    contact: null,
    active: true,
    stock: 1,
    rating: null,
    meta: null,
    size: null,
  });
  expect(parse("replace", { ...answered, colour: "red" })).toMatchObject([{ path: "/colour", code: "unknown_field" }]);
});

test("an input knows no system fields", () => {
  expect(parse("input", { title: "M", stock: 1, id: "1" })).toEqual([
    { path: "/id", code: "unknown_field", message: "is not a field here" },
  ]);
});

describe("of a patch", () => {
  test("answers only what was sent, in its normal form", () => {
    expect(parse("patch", {})).toEqual({});
    expect(parse("patch", { contact: "A@B.C", rating: null, stock: undefined })).toEqual({
      contact: "a@b.c",
      rating: null,
    });
  });

  test("passes on what can only be judged beside the stored value", () => {
    const patch = { stock: { increment: -2 }, rating: { increment: 0.5 }, meta: { a: null }, size: { width: null } };
    expect(parse("patch", patch)).toEqual(patch);
  });

  test("refuses what can be judged at once", () => {
    expect(
      parse("patch", {
        title: null,
        active: null,
        stock: { increment: 0.5 },
        rating: { increment: "1" },
        loud: "M",
        updatedAt: "x",
        size: [],
        colour: 1,
      }),
    ).toEqual([
      { path: "/title", code: "required", message: "can't be null" },
      { path: "/active", code: "required", message: "can't be null" },
      { path: "/stock/increment", code: "wrong_type", message: "must be a whole number" },
      { path: "/rating", code: "wrong_type", message: expect.any(String) },
      { path: "/size", code: "wrong_type", message: expect.any(String) },
      { path: "/loud", code: "read_only", message: readOnly },
      { path: "/updatedAt", code: "read_only", message: readOnly },
      { path: "/colour", code: "unknown_field", message: "is not a field here" },
    ]);
  });

  test.each([{ increment: 1, more: 2 }, { increment: Infinity }, { increment: Number.NaN }, { increment: 2 ** 53 }])(
    "takes no increment of %j",
    (increment) => {
      expect(parse("patch", { stock: increment })).toMatchObject([{ code: "wrong_type" }]);
    },
  );

  test("refuses JSON that no stored value could make right", () => {
    expect(parse("patch", { meta: JSON.parse('{"__proto__":{"admin":true}}') })).toMatchObject([
      { path: "/meta", code: "invalid_key" },
    ]);
    expect(parse("patch", { meta: { a: "\ud800" } })).toMatchObject([{ path: "/meta/a", code: "invalid_text" }]);
  });

  test("knows an increment by its shape", () => {
    expect([{ increment: 1 }, { increment: "1" }, { increment: 1, a: 1 }, [1], null, 1].map(isIncrement)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("hostile input", () => {
  test.each([null, undefined, 1, "x", [], [{}], true, () => 1, Symbol("x")])("%o is no object", (value) => {
    expect(parse("create", value)).toMatchObject([{ path: "", code: "wrong_type" }]);
  });

  test("names of the prototype are keys like others", () => {
    const sent =
      '{"title":"M","stock":1,"__proto__":{"active":false},"constructor":{},"hasOwnProperty":1,"toString":2}';
    expect(parse("create", JSON.parse(sent))).toEqual(
      ["__proto__", "constructor", "hasOwnProperty", "toString"].map((key) => ({
        path: `/${key}`,
        code: "unknown_field",
        message: "is not a field here",
      })),
    );
    expect(parse("patch", JSON.parse('{"__proto__":{"title":"x"}}'))).toMatchObject([{ path: "/__proto__" }]);
    expect(({} as Record<string, unknown>)["active"]).toBeUndefined();
  });

  test("what is inherited was not sent", () => {
    expect(parse("create", Object.create({ title: "M", stock: 1 }))).toMatchObject([
      { path: "/title", code: "required" },
      { path: "/stock", code: "required" },
    ]);
  });

  test("a million unknown keys, or one that is a million long, are answered briefly and at once", () => {
    const many = Object.fromEntries(Array.from({ length: 300_000 }, (_, index) => [`k${index}`, 1]));
    for (const value of [many, { ["\ud800".repeat(1_000_000)]: 1 }, { ["/".repeat(1_000_000)]: 1 }]) {
      const violations = parse("create", value);
      expect(JSON.stringify(violations).length).toBeLessThan(20_000);
      expect(violations).toSatisfy((list: unknown[]) => list.length <= 102);
    }
  });

  test.each(["/", "~", "~1", "a/b", "\ud800", "\0", "é"])("the key %j has a pointer that can be read back", (key) => {
    const [violation] = parse("input", { title: "M", stock: 1, [key]: 1 }) as { path: string }[];
    const read = violation?.path.slice(1).replaceAll("~1", "/").replaceAll("~0", "~");
    expect(read).toBe(key.toWellFormed());
  });
});
