import { GalleyError } from "../kit/galley-error.ts";
import { allOf, type Predicate } from "../query/predicate.ts";
import type { Include, View } from "../query/query.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { RecordContext } from "./record-context.ts";

/** Records that the includes of one answer may bring, all together, each as often as it stands in the answer. */
const mostIncluded = 10_000;

type Shown = Record<string, unknown>;

/** Records with what was included in them. */
interface Tree {
  readonly shown: Shown[];
  /** How many records stand within each. */
  readonly within: number[];
}

/**
 * Records as the caller sees them, with what was asked to be included in the place of references: one query for each include
 * and level, never one for each record. What the caller may not see is not included.
 */
export async function presentRows(
  collection: CollectionModel,
  rows: readonly Row[],
  view: View,
  context: RecordContext,
): Promise<Shown[]> {
  return (await treeOf(collection, rows, view, context, { left: mostIncluded })).shown;
}

async function treeOf(
  collection: CollectionModel,
  rows: readonly Row[],
  view: View,
  context: RecordContext,
  budget: { left: number },
): Promise<Tree> {
  const names = view.select && [...view.select, ...view.include.map(({ relation }) => relation)];
  const shown = rows.map((row) => context.viewer.present(collection, row, names));
  const tree: Tree = { shown, within: rows.map(() => 0) };
  for (const include of view.include) await addIncluded(collection, rows, tree, include, context, budget);
  return tree;
}

async function addIncluded(
  collection: CollectionModel,
  rows: readonly Row[],
  { shown, within }: Tree,
  include: Include,
  context: RecordContext,
  budget: { left: number },
): Promise<void> {
  const relation = collection.relations.get(include.relation);
  if (relation === undefined) return;
  const target = context.model.collection(relation.target);
  const one = relation.kind === "one";
  const near = one ? relation.field : "id";
  const far = one ? "id" : relation.field;
  const keys = [...new Set(rows.flatMap((row) => (typeof row[near] === "string" ? [row[near]] : [])))];
  const found = await load(target, far, keys, include, context, budget);
  const beyond = await treeOf(target, found, { select: undefined, include: include.include }, context, budget);
  const groups = Map.groupBy(found.keys(), (index) => found[index]?.[far]);
  rows.forEach((row, index) => {
    const record = shown[index];
    // The caller may not even see that there is a reference.
    if (record === undefined || (one && !Object.hasOwn(record, relation.name))) return;
    const places = groups.get(row[near]) ?? [];
    const members = places.map((at) => beyond.shown[at]);
    record[relation.name] = one ? (members[0] ?? null) : members;
    within[index] = places.reduce((sum, at) => sum + 1 + (beyond.within[at] ?? 0), within[index] ?? 0);
  });
  // What is loaded once may stand in the answer as often as there are ways to it, and that is what is spelled and sent.
  if (within.reduce((sum, count) => sum + count, 0) > mostIncluded) throw tooMany(include, target);
}

async function load(
  target: CollectionModel,
  field: string,
  keys: readonly string[],
  include: Include,
  context: RecordContext,
  budget: { left: number },
): Promise<Row[]> {
  if (keys.length === 0) return [];
  const among: Predicate = { kind: "in", field, path: [], operands: keys };
  const where = allOf([context.viewer.scope.visible(target), among]);
  const order = [{ field: "id", descending: false }];
  const rows = await context.reader.select(target, { where, order, limit: budget.left + 1, after: undefined });
  budget.left -= rows.length;
  if (budget.left >= 0) return rows;
  throw tooMany(include, target);
}

function tooMany(include: Include, target: CollectionModel): GalleyError {
  return new GalleyError(
    "invalid_query",
    `include=${include.relation} would bring more than ${mostIncluded} records; list ${target.name} instead, or ask for fewer records.`,
  );
}
