import fc from "fast-check";
import { expect, it } from "vitest";
import { entityTag } from "./precondition.ts";

it("spells the version and the time of creation in base 36", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.date({ noInvalidDate: true, min: new Date(0) }), (version, date) => {
      expect(entityTag({ version, createdAt: date.toISOString() })).toBe(`${version}-${date.getTime().toString(36)}`);
    }),
  );
  expect(entityTag({ version: 1, createdAt: "1969-12-31T23:59:59.999Z" })).toBe("1--1");
});
