import fc from "fast-check";
import { expect, it } from "vitest";
import { stableStringify } from "./stable-stringify.ts";

it("writes equal data equally, whatever the order of its keys", () => {
  expect(stableStringify({ b: [1, { d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[1,{"c":2,"d":1}]}');
  expect(stableStringify({ a: 1, b: 2 })).toBe(stableStringify({ b: 2, a: 1 }));
});

it("writes JSON that means the same", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(stableStringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it("drops and replaces what JSON.stringify does", () => {
  const value = {
    a: undefined,
    b: [undefined, () => 1, Number.NaN],
    c: new Date(0),
    d: -0,
    e: Symbol("x"),
    f: "\ud800\u{1f600}\n",
  };
  expect(stableStringify(value)).toBe(JSON.stringify(value));
  expect(stableStringify(undefined)).toBe("null");
});

it("keeps an own key called __proto__", () => {
  expect(stableStringify(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
});

it("writes data nested 5,000 deep, and refuses circles", () => {
  const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
  expect(stableStringify(JSON.parse(deep))).toBe(deep);
  const circle: { self?: unknown } = {};
  circle.self = circle;
  expect(() => stableStringify(circle)).toThrow("circular");
});
