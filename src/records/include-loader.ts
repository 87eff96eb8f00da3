import { GalleyError } from "../kit/galley-error.ts";
import { createPauses } from "../kit/pauses.ts";
import type { Position } from "../query/cursor.ts";
import { allOf, type Predicate } from "../query/predicate.ts";
import type { Include, View } from "../query/query.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { RecordContext } from "./record-context.ts";

/** Records that the includes of one answer may bring, all together, each as often as it stands in the answer. */
const mostIncluded = 10_000;
/** Records that are loaded and looked at in one go: those of an include that brings more are not all of one moment. */
const slice = 250;

type Shown = Record<string, unknown>;

/** Records with what was included in them. */
interface Tree {
  readonly shown: Shown[];
  /** How many records stand within each. */
  readonly within: number[];
}

/** What the includes of one answer may still take. */
interface Budget {
  left: number;
  /** Awaited between slices, so that an answer of thousands of records doesn't keep others from theirs. */
  readonly pause: () => Promise<void> | undefined;
}

/**
 * Records as the caller sees them, with what was asked to be included in the place of references: one query for each include
 * and level, never one for each record. What the caller may not see is not included.
 *
 * @returns the records, and how many stand within them all together
 */
export async function presentRows(
  collection: CollectionModel,
  rows: readonly Row[],
  view: View,
  context: RecordContext,
): Promise<{ readonly shown: readonly Shown[]; readonly included: number }> {
  const budget = { left: mostIncluded, pause: createPauses() };
  const { shown, within } = await treeOf(collection, rows, view, context, budget);
  return { shown, included: sumOf(within) };
}

async function treeOf(
  collection: CollectionModel,
  rows: readonly Row[],
  view: View,
  context: RecordContext,
  budget: Budget,
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
  budget: Budget,
): Promise<void> {
  const relation = collection.relations.get(include.relation);
  if (relation === undefined) return;
  const target = context.model.collection(relation.target);
  const one = relation.kind === "one";
  const near = one ? relation.field : "id";
  const far = one ? "id" : relation.field;
  const keys = [...new Set(rows.flatMap((row) => (typeof row[near] === "string" ? [row[near]] : [])))];
  const found: Row[] = [];
  const beyond: Tree = { shown: [], within: [] };
  for await (const loaded of load(target, far, keys, include, context, budget)) {
    const tree = await treeOf(target, loaded, { select: undefined, include: include.include }, context, budget);
    found.push(...loaded);
    beyond.shown.push(...tree.shown);
    beyond.within.push(...tree.within);
  }
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
  if (sumOf(within) > mostIncluded) throw tooMany(include, target);
}

/** The records that refer to one of the keys, or have one as their id; in slices along the index of the reference. */
async function* load(
  target: CollectionModel,
  field: string,
  keys: readonly string[],
  include: Include,
  context: RecordContext,
  budget: Budget,
): AsyncGenerator<readonly Row[]> {
  if (keys.length === 0) return;
  const among: Predicate = { kind: "in", field, path: [], operands: keys };
  const where = allOf([context.viewer.scope.visible(target), among]);
  const order = [...new Set([field, "id"])].map((name) => ({ field: name, descending: false }));
  // Of ids there are no more records than keys.
  const most = field === "id" ? keys.length : slice;
  let after: Position | undefined;
  for (;;) {
    const limit = Math.min(most, budget.left + 1);
    const rows = await context.reader.select(target, { where, order, limit, after });
    budget.left -= rows.length;
    if (budget.left < 0) throw tooMany(include, target);
    yield rows;
    const last = rows.at(-1);
    if (rows.length < slice || field === "id" || last === undefined) return;
    after = order.map((term) => String(last[term.field]));
    await budget.pause();
  }
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function tooMany(include: Include, target: CollectionModel): GalleyError {
  return new GalleyError(
    "invalid_query",
    `include=${include.relation} would bring more than ${mostIncluded} records; list ${target.name} instead, or ask for fewer records.`,
  );
}
