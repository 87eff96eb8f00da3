import type { WantedSchema } from "./schema.ts";

/** What was said about changes that the two schemas alone don't decide. Places are `films` and `films.title`. */
export interface Intent {
  /** Place -> what it was called before; of a column, without its table. */
  readonly renames: ReadonlyMap<string, string>;
  /** Places whose data may go. */
  readonly drops: ReadonlySet<string>;
  /** Place -> the SQL expression that its values become. */
  readonly narrows: ReadonlyMap<string, string>;
  /** Place -> the SQL expression that records get which have no value. */
  readonly backfills: ReadonlyMap<string, string>;
  /** What was asked for by hand, and must therefore be of use. */
  readonly asked: readonly Asked[];
}

/** An option as it was typed, and the place that it is about. */
export interface Asked {
  readonly text: string;
  readonly place: string;
}

/** Options of the command line, each as often as it was typed. */
export interface IntentOptions {
  /** `films.title=name`, `films=movies` */
  readonly rename?: readonly string[] | undefined;
  /** `films.rating`, `films` */
  readonly drop?: readonly string[] | undefined;
  /** `films.stock=CAST("stock" AS INTEGER)` */
  readonly narrow?: readonly string[] | undefined;
  /** `films.rating=0` */
  readonly backfill?: readonly string[] | undefined;
}

/**
 * What the definition says by itself, its declared renames, and what the options say, which win.
 *
 * @throws Error with one line for each option that can't be read
 */
export function intentOf({ tables }: WantedSchema, options: IntentOptions = {}): Intent {
  const renames = new Map<string, string>();
  for (const table of tables) {
    if (table.renamedFrom !== undefined) renames.set(table.name, table.renamedFrom);
    for (const { name, renamedFrom } of table.columns) {
      if (renamedFrom !== undefined) renames.set(`${table.name}.${name}`, renamedFrom);
    }
  }
  const asked: Asked[] = [];
  const mistakes: string[] = [];
  const read = (name: string, given: readonly string[] = [], example: string): [string, string][] =>
    given.flatMap((text): [string, string][] => {
      const [, place, value = ""] = /^([^=\s]+)=(\s*\S[^]*)$/.exec(text) ?? [];
      if (place === undefined) mistakes.push(`--${name} ${text} can't be read: write --${name} ${example}`);
      return place === undefined ? [] : [[place, value.trim()]];
    });
  const named = (name: string, pairs: [string, string][]): [string, string][] => {
    for (const [place] of pairs) asked.push({ text: `--${name} ${place}`, place });
    return pairs;
  };
  for (const [from, to] of read("rename", options.rename, "films.title=name, or --rename films=movies")) {
    const [table = "", column] = from.split(".");
    const place = column === undefined ? to : `${table}.${to}`;
    renames.set(place, column ?? table);
    asked.push({ text: `--rename ${from}=${to}`, place });
  }
  const narrows = named("narrow", read("narrow", options.narrow, `'films.stock=CAST("stock" AS INTEGER)'`));
  const backfills = named("backfill", read("backfill", options.backfill, "films.rating=0"));
  for (const place of options.drop ?? []) asked.push({ text: `--drop ${place}`, place });
  if (mistakes.length > 0) throw new Error(mistakes.join("\n"));
  return { renames, drops: new Set(options.drop), narrows: new Map(narrows), backfills: new Map(backfills), asked };
}
