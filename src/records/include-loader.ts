import type { JsonRows, JsonView } from "../database/engine.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { createPauses } from "../kit/pauses.ts";
import type { Position } from "../query/cursor.ts";
import { allOf, type Predicate } from "../query/predicate.ts";
import type { Include, View } from "../query/query.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import { type AnswerSize, createAnswerSize, sizeOfRows, sizeOfTexts } from "./answer-size.ts";
import { jsonViewOf } from "./json-view.ts";
import type { RecordContext } from "./record-context.ts";
import { WrittenRecords } from "./written-records.ts";

/** Records that the includes of one answer may bring, all together, each as often as it stands in the answer. */
const mostIncluded = 10_000;
/** Records that are loaded and looked at in one go: those of an include that brings more are not all of one moment. */
const slice = 250;
/** Records within those of an answer up to which it is spelled in one go. */
const few = slice;

type Shown = Record<string, unknown>;

/** Records with what was included in them. */
interface Tree {
  readonly shown: Shown[];
  /** How many records stand within each. */
  readonly within: number[];
}

/** The includes of one answer. */
interface Budget {
  /** Records that they may still take, and what those come to that were loaded. */
  left: number;
  readonly size: AnswerSize;
  /** Whether they may be texts that the database has written; and whether there are such. */
  readonly text: boolean;
  written: boolean;
  /** Awaited between slices, so that an answer of thousands of records doesn't keep others from theirs. */
  readonly pause: () => Promise<void> | undefined;
}

/**
 * Records as the caller sees them, with what was asked to be included in the place of references: one query for each include
 * and level, never one for each record. What the caller may not see is not included.
 *
 * @param text whether it becomes text: then {@link WrittenRecords} may stand in the place of an array
 * @returns the records, and whether they are to be spelled in pieces, because they are many or some are written already
 */
export async function presentRows(
  collection: CollectionModel,
  rows: readonly Row[],
  view: View,
  context: RecordContext,
  text: boolean,
): Promise<{ readonly shown: readonly Shown[]; readonly inPieces: boolean }> {
  const budget = { left: mostIncluded, size: createAnswerSize(), text, written: false, pause: createPauses() };
  const { shown, within } = await treeOf(collection, rows, view, context, budget);
  return { shown, inPieces: text && (budget.written || sumOf(within) > few) };
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
  const written = new Map<unknown, WrittenRecords>();
  const look = one ? undefined : lookOf(target, include, context, budget);
  for await (const loaded of load(target, far, keys, include, look, context, budget)) {
    if ("texts" in loaded) {
      addWritten(written, loaded, far);
      continue;
    }
    const tree = await treeOf(target, loaded, { select: undefined, include: include.include }, context, budget);
    found.push(...loaded);
    beyond.shown.push(...tree.shown);
    beyond.within.push(...tree.within);
  }
  budget.written ||= written.size > 0;
  const groups = Map.groupBy(found.keys(), (index) => found[index]?.[far]);
  rows.forEach((row, index) => {
    const record = shown[index];
    // The caller may not even see that there is a reference.
    if (record === undefined || (one && !Object.hasOwn(record, relation.name))) return;
    const texts = written.get(row[near]);
    const places = groups.get(row[near]) ?? [];
    const members = places.map((at) => beyond.shown[at]);
    record[relation.name] = one ? (members[0] ?? null) : (texts ?? members);
    const before = (within[index] ?? 0) + (texts?.count ?? 0);
    within[index] = places.reduce((sum, at) => sum + 1 + (beyond.within[at] ?? 0), before);
  });
  // What is loaded once may stand in the answer as often as there are ways to it, and that is what is spelled and sent.
  if (sumOf(within) > mostIncluded) throw tooMany(include, target);
}

/** How the database may write the records of an include by itself; undefined where each has to be looked at. */
function lookOf(
  target: CollectionModel,
  { include }: Include,
  { viewer, model }: RecordContext,
  budget: Budget,
): JsonView | undefined {
  // What stands within them is counted.
  if (!budget.text || include.length > 0) return undefined;
  return jsonViewOf(target, { select: undefined, include }, viewer, model);
}

/** Adds records to those that refer to the same key: in their order they follow one another. */
function addWritten(written: Map<unknown, WrittenRecords>, rows: JsonRows, far: string): void {
  const { length } = rows.texts;
  let from = 0;
  while (from < length) {
    const key = rows.keysOf(from)[far];
    let to = length;
    // Most slices are of one key.
    if (rows.keysOf(length - 1)[far] !== key) for (to = from + 1; rows.keysOf(to)[far] === key; to++);
    const records = written.get(key) ?? new WrittenRecords();
    records.add(rows.texts.slice(from, to));
    written.set(key, records);
    from = to;
  }
}

/** The records that refer to one of the keys, or have one as their id; in slices along the index of the reference. */
async function* load(
  target: CollectionModel,
  field: string,
  keys: readonly string[],
  include: Include,
  look: JsonView | undefined,
  context: RecordContext,
  budget: Budget,
): AsyncGenerator<readonly Row[] | JsonRows> {
  if (keys.length === 0) return;
  const among: Predicate = { kind: "in", field, path: [], operands: keys };
  const where = allOf([context.viewer.scope.visible(target), among]);
  const names = [...new Set([field, "id"])];
  const order = names.map((name) => ({ field: name, descending: false }));
  // Of ids there are no more records than keys.
  const most = field === "id" ? keys.length : slice;
  let after: Position | undefined;
  for (;;) {
    const limit = Math.min(most, budget.left + 1);
    const query = { where, order, limit, after };
    const written = look && (await context.reader.selectJson(target, query, look, names));
    const rows = written === undefined ? await context.reader.select(target, query) : [];
    const count = written?.texts.length ?? rows.length;
    budget.left -= count;
    if (budget.left < 0) throw tooMany(include, target);
    budget.size.add(written === undefined ? sizeOfRows(rows) : sizeOfTexts(written.texts));
    yield written ?? rows;
    if (count < slice || field === "id") return;
    const last = written?.keysOf(count - 1) ?? rows[count - 1] ?? {};
    after = names.map((name) => String(last[name]));
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
