import { kept } from "../../kit/kept.ts";
import type { Position } from "../../query/cursor.ts";
import { allOf, always, never, type Predicate } from "../../query/predicate.ts";
import type { Query } from "../../query/query.ts";
import { relevance, type SortTerm } from "../../query/sort.ts";
import type { CollectionModel } from "../../schema/model.ts";
import { fieldOf, type SqlBuilder } from "./sql-builder.ts";
import { quote, type Sql, type SqlDialect } from "./sql-dialect.ts";

/** Where a page is read from, and what of it. The columns are written once for each range, because they may bind values. */
export interface Source {
  readonly table: string;
  columns(): string;
  /**
   * Texts of statements by what stands behind their columns, where these are always the same. One that is found there is the
   * very text that was prepared: to look for it costs nothing, while a new one has to be read for that, and is longer than most.
   */
  readonly texts?: Map<string, string>;
}

/** Texts that are kept of one look: clients choose them, and all that they may choose must be little beside a server's memory. */
const mostTexts = 200;
/** The longest condition, in characters, whose text is kept. There may be a hundred looks, each with texts of its own. */
const longestKept = 2000;

/**
 * A page. What comes after a cursor is one range of an index where all keys go in one direction. Otherwise it is made of segments
 * that follow one another in the order: the records that share all keys but the last with the cursor, then those that share
 * fewer, each a range of its own. So page 1,000 costs what page 1 costs, in any mix of directions and with missing values.
 */
export function pageSql<Value>(
  collection: CollectionModel,
  query: Query,
  source: Source,
  dialect: SqlDialect<Value>,
  builder: SqlBuilder<Value>,
): Sql<Value> {
  const segments = query.after === undefined ? [undefined] : segmentsAfter(collection, query, dialect);
  // A cursor at the very end has nothing after it; and where nothing can match, nothing was searched that could rank.
  if (segments.length === 0 || query.where.kind === "never") {
    const order = query.order.filter(({ field }) => field !== relevance);
    const nothing = { ...query, where: never, order };
    return builder.finish(spellRange(rangeOf(collection, nothing, undefined, source, dialect, builder)));
  }
  const ranges = segments.map((segment) => rangeOf(collection, query, segment, source, dialect, builder));
  const most = ranges.length === 1 ? "" : dialect.limit(builder.bind(dialect.number(query.limit)));
  const spell = (): string => {
    const texts = ranges.map(spellRange);
    if (texts.length === 1) return texts[0] ?? "";
    return `${texts.map((text, index) => `SELECT * FROM (${text}) s${index}`).join(" UNION ALL ")} ${most}`;
  };
  // What ranks has columns of its own.
  const known = query.order.some(({ field }) => field === relevance) ? undefined : source.texts;
  return builder.finish(textOf(known, ranges.map(({ rest }) => rest).join(most), spell));
}

/** Writes the condition of one range of an index; `keyOf` says how the statement spells a key. */
type Segment<Value> = (builder: SqlBuilder<Value>, keyOf: (field: string) => string) => string;

/** One range of an index, spelled but for its beginning. */
interface Range {
  readonly columns: string;
  readonly from: string;
  readonly rest: string;
}

function spellRange({ columns, from, rest }: Range): string {
  return `SELECT ${columns} FROM ${from}${rest}`;
}

function rangeOf<Value>(
  collection: CollectionModel,
  query: Query,
  segment: Segment<Value> | undefined,
  source: Source,
  dialect: SqlDialect<Value>,
  builder: SqlBuilder<Value>,
): Range {
  // First of all: parameters are bound in the order in which they stand in the text.
  const own = source.columns();
  const search = query.order.some(({ field }) => field === relevance) ? searchOf(query.where) : undefined;
  const ranked = search && dialect.ranked(collection, search.words, builder.bind);
  const keyOf = (field: string): string => (field === relevance ? (ranked?.key ?? "0") : `t.${quote(field)}`);
  // The index that ranks has looked for the words already.
  const others = search === undefined ? query.where : without(query.where, search);
  const conditions = [
    ...(ranked === undefined ? [] : [ranked.condition]),
    // Before a filter on the same key: SQLite enters an index by the first bound that it is given, however much lies between.
    ...(segment === undefined ? [] : [segment(builder, keyOf)]),
    ...(others.kind === "always" ? [] : [builder.where(others, collection, "t")]),
  ];
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const order = query.order.map(({ field, descending }) => dialect.order(keyOf(field), descending));
  const sorted = order.length === 0 ? "" : ` ORDER BY ${order.join(", ")}`;
  const most = dialect.limit(builder.bind(dialect.number(query.limit)));
  const rest = `${where}${sorted} ${most}`;
  if (ranked === undefined) return { columns: own, from: `${source.table} t`, rest };
  return { columns: `${own}, ${ranked.key}`, from: ranked.from, rest };
}

/** The text of a statement: the one that was made before, where it is known by what stands behind its columns. */
export function textOf(texts: Source["texts"], rest: string, spell: () => string): string {
  return texts === undefined || rest.length > longestKept ? spell() : kept(texts, rest, mostTexts, spell);
}

function segmentsAfter<Value>(
  collection: CollectionModel,
  { order, after = [] }: Query,
  dialect: SqlDialect<Value>,
): Segment<Value>[] {
  const encode = (field: string, value: NonNullable<Position[number]>): Value =>
    field === relevance ? dialect.number(Number(value)) : dialect.encode(value, fieldOf(collection, field));
  const same =
    ({ field }: SortTerm, value: Position[number]): Segment<Value> =>
    (builder, keyOf) =>
      value === null ? `${keyOf(field)} IS NULL` : `${keyOf(field)} = ${builder.bind(encode(field, value))}`;

  /** What comes after a value of one key, in order: missing values are the smallest. */
  function beyond({ field, descending }: SortTerm, value: Position[number]): Segment<Value>[] {
    if (value === null) return descending ? [] : [(_builder, keyOf) => `${keyOf(field)} IS NOT NULL`];
    const range: Segment<Value> = (builder, keyOf) =>
      `${keyOf(field)} ${descending ? "<" : ">"} ${builder.bind(encode(field, value))}`;
    const mayBeMissing = collection.fields.get(field)?.modifiers.presence === "optional";
    return descending && mayBeMissing ? [range, (_builder, keyOf) => `${keyOf(field)} IS NULL`] : [range];
  }

  const whole = wholeRange(collection, order, after, encode);
  if (whole !== undefined) return [whole];
  return order
    .map((term, last) => ({ term, last }))
    .toReversed()
    .flatMap(({ term, last }) =>
      beyond(term, after[last] ?? null).map((step): Segment<Value> => (builder, keyOf) => {
        const prefix = order.slice(0, last).map((one, index) => same(one, after[index] ?? null)(builder, keyOf));
        return [...prefix, step(builder, keyOf)].join(" AND ");
      }),
    );
}

/**
 * All that comes after a cursor as one comparison of rows, where all keys go in one direction and none that is missing comes
 * after it: missing values are the smallest, and a row with one before the first difference is never greater or less.
 */
function wholeRange<Value>(
  collection: CollectionModel,
  order: readonly SortTerm[],
  after: Position,
  encode: (field: string, value: NonNullable<Position[number]>) => Value,
): Segment<Value> | undefined {
  const descending = order[0]?.descending ?? false;
  const isPlain = order.every(
    ({ field, descending: downwards }, index) =>
      field !== relevance &&
      downwards === descending &&
      after[index] !== null &&
      after[index] !== undefined &&
      !(descending && collection.fields.get(field)?.modifiers.presence === "optional"),
  );
  if (!isPlain) return undefined;
  // What comes behind a unique key decides nothing, and its index doesn't have it.
  const unique = order.findIndex(
    ({ field }) => field === "id" || collection.fields.get(field)?.modifiers.unique === true,
  );
  const keys = unique === -1 ? order : order.slice(0, unique + 1);
  return (builder, keyOf) => {
    const names = keys.map(({ field }) => keyOf(field)).join(", ");
    const values = keys.map(({ field }, index) => builder.bind(encode(field, after[index] ?? ""))).join(", ");
    const comparison = descending ? "<" : ">";
    return keys.length === 1 ? `${names} ${comparison} ${values}` : `(${names}) ${comparison} (${values})`;
  };
}

type Search = Predicate & { readonly kind: "search" };

/** The search that every match must pass: the predicate itself, or a member of its conjunction. */
function searchOf(where: Predicate): Search | undefined {
  if (where.kind === "search") return where;
  return where.kind === "and" ? where.of.find((part): part is Search => part.kind === "search") : undefined;
}

function without(where: Predicate, search: Search): Predicate {
  return where.kind === "and" ? allOf(where.of.filter((part) => part !== search)) : always;
}
