import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCursor, encodeCursor, type Position } from "../../src/query/cursor.ts";
import { compareRows, compareValues, type Row, type SortTerm } from "../../src/query/sort.ts";
import { predicates } from "../arbitraries/predicates.ts";
import { sortOrders } from "../arbitraries/sort-orders.ts";
import { selectInMemory, worldsWithCollection } from "../arbitraries/world.ts";

const cases = worldsWithCollection.chain(({ world, name }) =>
  fc.record({
    world: fc.constant(world),
    name: fc.constant(name),
    order: sortOrders(world.model, name),
    where: predicates(world.model, name),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
);

/** The rows after a position, which is a row as far as the order looks. */
function after(rows: readonly Row[], order: readonly SortTerm[], position: Position): readonly Row[] {
  const last = Object.fromEntries(order.map(({ field }, index) => [field, position[index]]));
  return rows.filter((row) => compareRows(row, last, order) > 0);
}

test("pages put together are the whole list: nothing twice, nothing left out, in any order with nulls and ties", () => {
  fc.assert(
    fc.property(cases, ({ world, name, order, where, limit }) => {
      const whole = selectInMemory(world, name, where, order);
      const collection = world.model.collection(name);
      const pages: Row[] = [];
      let rest = whole;
      while (rest.length > 0) {
        const page = rest.slice(0, limit);
        pages.push(...page);
        const cursor = encodeCursor(order, page.at(-1) ?? {});
        rest = after(whole, order, decodeCursor(cursor, order, collection));
      }
      expect(pages).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

test("a cursor gives back the sort key of its record", () => {
  fc.assert(
    fc.property(cases, ({ world, name, order }) => {
      for (const row of world.rows.get(name) ?? []) {
        const cursor = encodeCursor(order, row);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeCursor(cursor, order, world.model.collection(name))).toEqual(order.map(({ field }) => row[field]));
      }
    }),
    { numRuns: 100 },
  );
});

test("an order is total: two records are equal only where they are one", () => {
  fc.assert(
    fc.property(cases, ({ world, name, order }) => {
      const rows = world.rows.get(name) ?? [];
      for (const left of rows) {
        for (const right of rows) {
          const difference = compareRows(left, right, order);
          expect(Math.sign(difference)).toBe(-Math.sign(compareRows(right, left, order)) + 0);
          expect(difference === 0).toBe(left === right);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test("values are ordered without contradiction, missing ones first", () => {
  const value = fc.oneof(fc.constantFrom(null, undefined), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(value, value, value, (a, b, c) => {
      if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0) expect(compareValues(a, c)).toBeLessThanOrEqual(0);
      expect(compareValues(null, a)).toBeLessThanOrEqual(0);
    }),
  );
});
