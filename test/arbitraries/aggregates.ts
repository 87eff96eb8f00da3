import fc from "fast-check";
import { type AggregateQuery, type AggregateRow, largestSummand } from "../../src/query/query.ts";
import { compareRows, compareValues, type Row } from "../../src/query/sort.ts";
import type { Model } from "../../src/schema/model.ts";
import { predicates } from "./predicates.ts";

/** Random aggregates of a collection: up to two keys, and figures of any fields that have them. */
export function aggregates(model: Model, name: string): fc.Arbitrary<AggregateQuery> {
  const fieldsOf = (families: readonly string[]): string[] =>
    [...model.collection(name).fields].flatMap(([field, { type }]) => (families.includes(type.family) ? [field] : []));
  const some = (families: readonly string[], maxLength: number): fc.Arbitrary<string[]> =>
    fc.uniqueArray(fc.constantFrom(...fieldsOf(families)), { maxLength });
  return fc.record({
    where: fc.oneof(fc.constant({ kind: "always" } as const), predicates(model, name)),
    group: some(["text", "number", "boolean"], 2),
    figures: fc.record({
      sum: some(["number"], 2),
      avg: some(["number"], 2),
      min: some(["text", "number"], 2),
      max: some(["text", "number"], 2),
    }),
  });
}

/** The groups of records, decided in memory; sums and averages as near as their order of adding lets them be. */
export function aggregateInMemory(rows: readonly Row[], { group, figures }: AggregateQuery): AggregateRow[] {
  const order = group.map((field) => ({ field, descending: false }));
  const groups: Row[][] = [];
  for (const row of rows.toSorted((left, right) => compareRows(left, right, order))) {
    const [first] = groups.at(-1) ?? [];
    if (first !== undefined && compareRows(first, row, order) === 0) groups.at(-1)?.push(row);
    else groups.push([row]);
  }
  // Without keys there is one group, even of no records.
  if (group.length === 0 && groups.length === 0) groups.push([]);
  return groups.map((members) => {
    const valuesOf = (field: string): unknown[] =>
      members.map((row) => row[field]).filter((value) => value !== null && value !== undefined);
    const figure = (fields: readonly string[], of: (values: readonly unknown[]) => unknown): Record<string, unknown> =>
      Object.fromEntries(
        fields.map((field) => {
          const values = valuesOf(field);
          return [field, values.length === 0 ? null : of(values)];
        }),
      );
    return {
      group: Object.fromEntries(group.map((field) => [field, members[0]?.[field] ?? null])),
      count: members.length,
      figures: {
        sum: figure(figures.sum, (values) => (canAdd(values) ? near(sumOf(values), values, 1) : null)),
        avg: figure(figures.avg, (values) =>
          canAdd(values) ? near(sumOf(values) / values.length, values, values.length) : null,
        ),
        min: figure(figures.min, (values) => values.toSorted(compareValues)[0]),
        max: figure(figures.max, (values) => values.toSorted(compareValues).at(-1)),
      },
    };
  });
}

function canAdd(values: readonly unknown[]): boolean {
  return values.every((value) => Math.abs(Number(value)) < largestSummand);
}

function sumOf(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => sum + Number(value), 0);
}

/** Sums of doubles depend on the order of adding, as far as the largest of them are exact. */
function near(value: number, values: readonly unknown[], count: number): unknown {
  const scale = sumOf(values.map((one) => Math.abs(Number(one)))) / count;
  return {
    asymmetricMatch: (other: unknown) => typeof other === "number" && Math.abs(other - value) <= scale * 1e-14,
    toString: () => `near ${value}`,
  };
}
