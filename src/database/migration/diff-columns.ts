import type { Intent } from "./intent.ts";
import type { Renamed } from "./rename-schema.ts";
import type { Column, Table, WantedColumn, WantedTable } from "./schema.ts";
import type { Fill, Needs, Step } from "./step.ts";

/** How one engine sees values of a type as another. */
export interface Conversions {
  /** A type in the words of a definition. */
  readonly kindOf: (type: string) => string;
  /** The SQL expression that makes a value of another type of a column, where every value keeps its meaning. */
  readonly widen: (column: string, from: string, to: string) => string | undefined;
  /** One that may fail or change the meaning, for a person to begin with. */
  readonly cast: (column: string, to: string) => string;
}

/** What decides about columns beside the two tables. */
export interface Context {
  readonly intent: Intent;
  /** Is told each place of the intent that a step comes of. */
  readonly use: (place: string) => void;
  readonly renamed: Renamed;
  readonly conversions: Conversions;
}

/** What becomes of the columns of a table. */
export interface ColumnSteps {
  readonly columns: readonly Step[];
  readonly words: readonly Step[];
  /** Places whose type changes. */
  readonly retyped: readonly string[];
  /** The table that they leave. */
  readonly after: Table;
}

/** The steps of the columns of a table, and of its words. */
export function diffColumns(before: Table, wanted: WantedTable, context: Context): ColumnSteps {
  const { name: table } = wanted;
  const columns = wanted.columns.flatMap((column) => {
    const known = before.columns.find(({ name }) => name === column.name);
    return known === undefined ? added(table, column, context) : changed(table, column, known, context);
  });
  const kept: Column[] = [];
  for (const column of before.columns) {
    if (wanted.columns.some(({ name }) => name === column.name)) continue;
    const place = find(context, context.intent.drops, table, column.name);
    if (place !== undefined) context.use(place);
    if (place === undefined && !column.required) kept.push(column);
    else {
      const needs = place === undefined ? stranger(table, column, wanted, before, context) : undefined;
      columns.push({ kind: "dropColumn", table, column, needs });
    }
  }
  const retyped = columns.flatMap((step) => (step.kind === "changeType" ? [step.column.name] : []));
  const rank = (step: Step): number =>
    step.kind === "requireColumn" && retyped.includes(step.column.name) ? ranks.changeType + 1 : rankOf(step);
  return {
    columns: columns.toSorted((one, other) => rank(one) - rank(other)),
    words: diffWords(before, wanted, columns, context),
    retyped: retyped.map((name) => `${table}.${name}`),
    after: { ...wanted, columns: [...wanted.columns, ...kept] },
  };
}

/** Expressions see the values as they were before, whatever else happens to the table. */
const ranks = { relaxColumn: 0, addColumn: 1, requireColumn: 2, changeType: 3, dropColumn: 5 };

function rankOf({ kind }: Step): number {
  return kind in ranks ? ranks[kind as keyof typeof ranks] : 0;
}

/** The step of the words of a table, which are made anew where a column has other texts now. */
function diffWords(before: Table, wanted: WantedTable, columns: readonly Step[], { renamed }: Context): Step[] {
  const { name: table, words } = wanted;
  const rewritten = columns.flatMap((step) =>
    step.kind === "changeType" || ("fill" in step && step.fill !== undefined) ? [step.column.name] : [],
  );
  const same = before.words.join() === words.join() && !words.some((word) => rewritten.includes(word));
  const named = words.some((word) => renamed.columnBefore(table, word) !== word);
  return same && !named ? [] : [{ kind: "indexWords", table, words, had: before.words, renamed: same }];
}

function added(table: string, column: WantedColumn, context: Context): Step[] {
  const fill = fillOf(table, column, context);
  const step: Step = { kind: "addColumn", table, column, fill };
  if (fill !== undefined || !column.required) return [step];
  const place = `${table}.${column.name}`;
  return [
    {
      ...step,
      needs: needsOf(context, table, column, {
        fact: `${place} is new and required, and there are records without it.`,
        declare: "Give it a default() or make it optional().",
        name: `Say what they get, by --backfill ${place}=EXPRESSION, or --rename if it had another name.`,
        unless: "empty",
      }),
    },
  ];
}

function changed(table: string, column: WantedColumn, known: Column, context: Context): Step[] {
  const { conversions, intent, use } = context;
  const place = `${table}.${column.name}`;
  const steps: Step[] = [];
  // What a value becomes may be none, and what is none may have to become something.
  if (known.required && !column.required) steps.push({ kind: "relaxColumn", table, column });
  if (known.type !== column.type) {
    const named = find(context, intent.narrows, table, column.name);
    const given = named === undefined ? undefined : intent.narrows.get(named);
    if (named !== undefined) use(named);
    const widening = given ?? conversions.widen(column.name, known.type, column.type);
    const [from, to] = [conversions.kindOf(known.type), conversions.kindOf(column.type)];
    steps.push({
      kind: "changeType",
      table,
      column,
      from,
      to,
      using: widening,
      widens: given === undefined && widening !== undefined,
      needs:
        widening === undefined
          ? needsOf(context, table, column, {
              fact: `${place} was ${from} and is now ${to}.`,
              declare: "Declare a new field and move the data.",
              name: `Say what its values become, such as --narrow '${place}=${conversions.cast(column.name, column.type)}'.`,
              unless: "empty",
            })
          : undefined,
    });
  }
  if (!known.required && column.required) {
    const fill = fillOf(table, column, context);
    steps.push({
      kind: "requireColumn",
      table,
      column,
      fill,
      needs:
        fill === undefined
          ? needsOf(context, table, column, {
              fact: `${place} is now required, and there are records without it.`,
              declare: "Fill them first, or give it a default().",
              name: `Say what they get, by --backfill ${place}=EXPRESSION.`,
              unless: "filled",
            })
          : undefined,
    });
  }
  return steps;
}

/** A column that new records would have to fill, and that is no longer declared. */
function stranger(table: string, column: Column, wanted: WantedTable, before: Table, context: Context): Needs {
  const place = `${table}.${column.name}`;
  const heirs = wanted.columns.filter(
    ({ name, type }) => type === column.type && !before.columns.some((one) => one.name === name),
  );
  const [heir] = heirs;
  const declared =
    heir === undefined ? "" : ` If it is ${heir.name} now, declare that with renamedFrom("${column.name}").`;
  const asked = heir === undefined ? "" : ` If it is ${heir.name} now: --rename ${place}=${heir.name}.`;
  return needsOf(context, table, column, {
    fact: `${place} holds data and is no longer declared.`,
    declare: `Declare it again, or make it optional() first.${declared}`,
    name: `Let go of it by --drop ${place}.${asked}`,
    unless: "empty",
  });
}

function needsOf({ renamed }: Context, table: string, { name }: Column, needs: Omit<Needs, "at">): Needs {
  return { ...needs, at: { table: renamed.tableBefore(table), column: renamed.columnBefore(table, name) } };
}

/** What records get that have no value: what was asked for, or else the default. */
function fillOf(table: string, column: WantedColumn, context: Context): Fill | undefined {
  const { backfills } = context.intent;
  const place = find(context, backfills, table, column.name);
  if (place !== undefined) {
    context.use(place);
    return { sql: `(${backfills.get(place)})`, constant: false };
  }
  return column.required && column.fallback !== undefined ? { sql: column.fallback, constant: true } : undefined;
}

/** The place by which a column was named, by the new name of its table or by the old one. */
function find(
  { renamed }: Context,
  places: { has(place: string): boolean },
  table: string,
  column: string,
): string | undefined {
  return [`${table}.${column}`, `${renamed.tableBefore(table)}.${column}`].find((place) => places.has(place));
}
