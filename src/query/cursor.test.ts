import { expect, test } from "vitest";
import { collection } from "../schema/collection.ts";
import { boolean } from "../schema/field-boolean.ts";
import { choice } from "../schema/field-choice.ts";
import { integer } from "../schema/field-number.ts";
import { text } from "../schema/field-text.ts";
import { createModel } from "../schema/model.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { relevance, type SortTerm } from "./sort.ts";

const films = createModel([
  collection("films", {
    fields: { title: text(), stock: integer(), open: boolean().optional(), status: choice(["a", "b"]) },
  }),
]).collection("films");

const id = "0192d3a0-7b1c-7def-8123-456789abcdef";
const order: readonly SortTerm[] = ["title", "stock", "open", "id"].map((field, index) => ({
  field,
  descending: index === 1,
}));
const row = { id, title: "é😀", stock: -3, open: null, status: "a" };

function raw(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}

test("a cursor holds the sort key of a record, nulls too, and fits into a URL", () => {
  const cursor = encodeCursor(order, row);
  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(decodeCursor(cursor, order, films)).toEqual(["é😀", -3, null, id]);
});

test("a cursor of a search holds the relevance", () => {
  const byRelevance: SortTerm[] = [
    { field: relevance, descending: false },
    { field: "id", descending: false },
  ];
  const cursor = encodeCursor(byRelevance, { ...row, [relevance]: -1.5 });
  expect(decodeCursor(cursor, byRelevance, films)).toEqual([-1.5, id]);
  for (const value of [null, "1", undefined]) {
    expect(() => decodeCursor(raw(["%relevance,id", value, id]), byRelevance, films)).toThrow(/^after is not a cursor/);
  }
});

test.each([
  ["of another order", encodeCursor(order.slice(1), row)],
  [
    "of the other direction",
    encodeCursor(
      order.map((term) => ({ ...term, descending: !term.descending })),
      row,
    ),
  ],
  ["without an id", raw(["title,-stock,open,id", "a", 1, null, null])],
  ["with an id that is none", raw(["title,-stock,open,id", "a", 1, null, "1"])],
  ["with a number for a text", raw(["title,-stock,open,id", 1, 1, null, id])],
  ["with a text for a number", raw(["title,-stock,open,id", "a", "1", null, id])],
  ["with infinity", raw(`["title,-stock,open,id","a",1e999,null,"${id}"]`)],
  ["with an object", raw(["title,-stock,open,id", { $ne: 1 }, 1, null, id])],
  ["with a list", raw(["title,-stock,open,id", ["a"], 1, null, id])],
  ["with a number for a boolean", raw(["title,-stock,open,id", "a", 1, 1, id])],
  ["with text that no engine stores", raw(["title,-stock,open,id", "\0", 1, null, id])],
  ["that is too short", raw(["title,-stock,open,id", "a", 1, null])],
  ["that is too long", raw(["title,-stock,open,id", "a", 1, null, id, 1])],
  ["that is an object", raw({ 0: "title,-stock,open,id", length: 5 })],
  ["that is a number", raw("1")],
  ["that is empty", ""],
  ["that is no base64url", "%%%"],
  ["that is no JSON", raw("[1,")],
  ["that is nested deep", raw("[".repeat(100_000))],
  ["of the prototype", raw(["__proto__", 1])],
])("a cursor %s is malformed", (_, cursor) => {
  expect(() => decodeCursor(cursor, order, films)).toThrow(
    expect.objectContaining({ code: "malformed", message: expect.stringContaining("after is not a cursor of this") }),
  );
});

test("a cursor cut or changed anywhere is malformed, or one of the same order", () => {
  const cursor = encodeCursor(order, row);
  for (let index = 0; index < cursor.length; index++) {
    for (const changed of [cursor.slice(0, index), `${cursor.slice(0, index)}A${cursor.slice(index + 1)}`]) {
      try {
        expect(decodeCursor(changed, order, films)).toHaveLength(order.length);
      } catch (error) {
        expect(error).toMatchObject({ code: "malformed" });
      }
    }
  }
});

test("a cursor at a stored word that is no choice any more goes on; what no column holds doesn't", () => {
  const byStatus: SortTerm[] = [
    { field: "status", descending: false },
    { field: "id", descending: false },
  ];
  expect(decodeCursor(encodeCursor(byStatus, row), byStatus, films)).toEqual(["a", id]);
  expect(decodeCursor(encodeCursor(byStatus, { ...row, status: "gone" }), byStatus, films)).toEqual(["gone", id]);
  const nul = encodeCursor(byStatus, { ...row, status: "a\0" });
  expect(() => decodeCursor(nul, byStatus, films)).toThrow("not a cursor");
});
