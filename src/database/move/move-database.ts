import type { Progress, ShowProgress } from "../../kit/progress.ts";
import { sha256 } from "../../kit/token.ts";
import type { Model } from "../../schema/model.ts";
import type { Engine, Loader, Snapshot } from "../engine.ts";
import { checkSource, checkTarget, leftBehind } from "./check-tables.ts";
import { type Part, partsOf } from "./move-part.ts";
import { startWalk, type Walk } from "./walk.ts";

/** What there is to move. */
export interface MovePlan {
  readonly parts: readonly Part[];
  /** Tables and columns of the source that the definition doesn't declare, and that stay behind. */
  readonly left: readonly string[];
}

/** Two databases of one model. */
export interface Move {
  readonly plan: MovePlan;
  readonly source: Engine;
  readonly target: Engine;
  /** Is told what is being done, and with how many rows where they are counted. */
  readonly progress: ShowProgress;
  /** Whether others may go on writing to the source: the copy is of one moment before. The target must be empty then. */
  readonly sourceGoesOn?: boolean | undefined;
}

/** What a part holds: so many rows, and the SHA-256 of all of them in the order of their keys. */
export interface Content {
  readonly count: number;
  readonly checksum: string;
}

/** A part of a database as it was read from both sides. */
export interface MovedPart {
  readonly name: string;
  readonly source: Content;
  readonly target: Content;
}

/** How a move ended. */
export interface Moved {
  readonly parts: readonly MovedPart[];
  /** Rows that were moved this time; those of a run that was interrupted were there. */
  readonly moved: number;
}

/** What was read back is not what was moved. */
export class DifferentCopy extends Error {
  readonly parts: readonly MovedPart[];

  constructor(parts: readonly MovedPart[]) {
    const names = parts.filter(({ source, target }) => !isSame(source, target)).map(({ name }) => name);
    super(`The target is not the same as the source: ${names.join(", ")}. Empty the target and move again.`);
    this.parts = parts;
  }
}

/**
 * Looks what there is to move.
 *
 * @throws Error with one line when the source is not what the definition declares, or no whole database
 */
export async function planMove(model: Model, source: Engine): Promise<MovePlan> {
  const parts = partsOf(model);
  const tables = await source.tables();
  checkSource(parts, tables);
  return { parts, left: leftBehind(parts, tables) };
}

/**
 * Moves everything from one database to another, as it is: ids, versions, times, the change feed with its numbers; hooks don't
 * run. What a run that was interrupted has left is compared with the source, and the move goes on behind it. At the end all of
 * the target is read back.
 *
 * @throws Error with one line when the target has data of its own, which stay as they are, or when the source was written to
 * @throws DifferentCopy when what was read back is not what was moved
 */
export async function moveDatabase({
  plan: { parts },
  source,
  target,
  progress,
  sourceGoesOn = false,
}: Move): Promise<Moved> {
  const { present, unfinished } = await checkTarget(parts, target);
  const held = await readAll(target, present, progress, "reading");
  const total = await source.snapshot(async (from) => {
    const comparing = progress("comparing", rowsOf(held));
    for (const [part, content] of held) {
      const walk = await walkTo(content.count, part, from, comparing);
      if (!isSame(content, contentOf(walk))) throw foreignData(part, content, unfinished);
    }
    comparing.end();
    return countAll(parts, from);
  });
  const moved = total - rowsOf(held);
  const whole = moved === 0 && !unfinished && present.length === parts.length;
  if (whole) return { parts: paired(held, held), moved };

  let finishing: Progress | undefined;
  const result = await target.load(async (loader) => {
    const { given, last } = await copyAll(parts, held, source, loader, progress);
    const pairs = paired(given, await readAll(target, parts, progress, "verifying"));
    if (pairs.some((pair) => !isSame(pair.source, pair.target))) throw new DifferentCopy(pairs);
    const news = sourceGoesOn ? [] : await source.snapshot((from) => from.entries(last, 1));
    if (news.length > 0) throw sourceChanged();
    finishing = progress("indexing");
    return pairs;
  });
  finishing?.end();
  return { parts: result, moved };
}

const nothing: Content = { count: 0, checksum: sha256("") };

/** Stores what the target doesn't hold yet. @returns all of the source, and the number of the feed's last entry */
function copyAll(
  parts: readonly Part[],
  held: ReadonlyMap<Part, Content>,
  source: Engine,
  loader: Loader,
  progress: Move["progress"],
): Promise<{ readonly given: ReadonlyMap<Part, Content>; readonly last: number }> {
  return source.snapshot(async (from) => {
    const moving = progress("moving", (await countAll(parts, from)) - rowsOf(held));
    const given = new Map<Part, Content>();
    let last = 0;
    for (const part of parts) {
      const begun = held.get(part) ?? nothing;
      const walk = await walkTo(begun.count, part, from);
      // Between the two looks at it somebody may have written.
      if (!isSame(begun, contentOf(walk))) throw sourceChanged();
      await walk.go(from, Infinity, async (page) => {
        await page.store(loader);
        moving.advance(page.texts.length);
      });
      given.set(part, contentOf(walk));
      // The feed is the last part.
      last = Number(walk.last ?? 0);
    }
    moving.end();
    return { given, last };
  });
}

/** What parts of a database hold, as of one moment. */
function readAll(
  engine: Engine,
  parts: readonly Part[],
  progress: Move["progress"],
  label: string,
): Promise<ReadonlyMap<Part, Content>> {
  return engine.snapshot(async (from) => {
    const reading = progress(label, await countAll(parts, from));
    const contents = new Map<Part, Content>();
    for (const part of parts) contents.set(part, contentOf(await walkTo(Infinity, part, from, reading)));
    reading.end();
    return contents;
  });
}

async function walkTo(most: number, part: Part, from: Snapshot, progress?: Progress): Promise<Walk> {
  const walk = startWalk(part);
  await walk.go(from, most, async ({ texts }) => progress?.advance(texts.length));
  return walk;
}

function contentOf(walk: Walk): Content {
  return { count: walk.count, checksum: walk.checksum() };
}

function isSame(one: Content, other: Content): boolean {
  return one.count === other.count && one.checksum === other.checksum;
}

function paired(source: ReadonlyMap<Part, Content>, target: ReadonlyMap<Part, Content>): MovedPart[] {
  return [...source].map(([part, content]) => ({
    name: part.name,
    source: content,
    target: target.get(part) ?? nothing,
  }));
}

function rowsOf(contents: ReadonlyMap<Part, Content>): number {
  return [...contents.values()].reduce((sum, { count }) => sum + count, 0);
}

async function countAll(parts: readonly Part[], from: Snapshot): Promise<number> {
  let count = 0;
  for (const part of parts) count += await part.count(from);
  return count;
}

function foreignData({ name }: Part, { count }: Content, unfinished: boolean): Error {
  const found = `what it holds of ${name} (${count} ${count === 1 ? "row" : "rows"}) is not what the source begins with`;
  return new Error(
    unfinished
      ? `The target holds a part of another database, or of the source as it was before: ${found}. Empty it and move again.`
      : `The target has data of its own: ${found}. Nothing was changed. Empty it, or name another database.`,
  );
}

function sourceChanged(): Error {
  return new Error(
    "The source was written to while it was moved. Stop everything that uses it, empty the target, and move again.",
  );
}
