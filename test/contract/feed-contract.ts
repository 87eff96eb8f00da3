import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change, Engine, FeedEntry } from "../../src/database/engine.ts";
import { createModel } from "../../src/schema/model.ts";
import { type CreateHome, withEngine } from "./engine-home.ts";

const model = createModel([]);

/** Random entries: values of every kind of JSON, missing actors and requests. */
export const feedChanges: fc.Arbitrary<Change> = fc
  .record({
    at: fc.constantFrom("1970-01-01T00:00:00.000Z", "2026-03-01T09:30:00.001Z"),
    collection: fc.constantFrom("films", "order", "it's"),
    id: fc.constantFrom("a", "0192d3a0-7b1c-7def-8123-456789abcdef", "😀"),
    kind: fc.constantFrom("created", "updated", "deleted"),
    actor: fc.option(fc.constantFrom("someone", "0192d3a0-7b1c-7def-8123-456789abcdef")),
    request: fc.option(fc.constant("request-1")),
    row: fc.dictionary(fc.constantFrom("title", "b", "a", "c"), fc.jsonValue({ maxDepth: 2 }), {
      noNullPrototype: true,
    }),
  })
  .map(({ row, ...change }) => ({
    ...change,
    before: change.kind === "created" ? null : jsonOf(row),
    after: change.kind === "deleted" ? null : jsonOf(row),
  }));

const changeOf = (id: string): Change => ({
  at: "2026-01-01T00:00:00.000Z",
  collection: "films",
  id,
  kind: "created",
  actor: null,
  request: null,
  before: null,
  after: { title: id },
});

/** The change feed gives back what was added to it: all of it, once, in an order that holds. */
export function describeFeed(createHome: CreateHome, runs: number): void {
  const withFeed = (work: (engine: Engine) => Promise<void>) => withEngine(createHome, model, work);
  const idsOf = (entries: readonly FeedEntry[]) => entries.map(({ id }) => id);

  describe("the change feed", () => {
    it("answers whole entries in the order of their commits, from any of them on", () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(feedChanges, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
          fc.integer({ min: 1, max: 4 }),
          (transactions, limit) =>
            withFeed(async (engine) => {
              for (const changes of transactions) {
                await engine.write(async (writer) => {
                  for (const change of changes) await writer.append(change);
                });
              }
              const added = transactions.flat();
              const entries = await follow(engine, added.length, limit);
              expect(entries.map(({ sequence: _sequence, ...change }) => change)).toEqual(added);
              for (const [index, { sequence }] of entries.entries()) {
                const rest = await engine.read((reader) => reader.changes(sequence, 100));
                expect(rest).toEqual(entries.slice(index + 1));
              }
            }),
        ),
        { numRuns: runs },
      ));

    it("holds nothing of a work that failed", () =>
      withFeed(async (engine) => {
        await engine.write((writer) => writer.append(changeOf("kept")));
        const failed = engine.write(async (writer) => {
          await writer.append(changeOf("lost"));
          throw new Error("no");
        });
        await expect(failed).rejects.toThrow("no");
        await engine.write((writer) => writer.append(changeOf("last")));
        expect(idsOf(await follow(engine, 2, 10))).toEqual(["kept", "last"]);
      }));

    it("shows each entry once to who follows it while others write", () =>
      withFeed(async (engine) => {
        const ids = Array.from({ length: 60 }, (_, index) => String(index));
        const writing = Promise.all(
          ids.map((id) =>
            engine.write(async (writer) => {
              await writer.append(changeOf(id));
              await writer.append(changeOf(`${id} again`));
            }),
          ),
        );
        const entries = await follow(engine, 120, 7);
        await writing;
        expect(idsOf(entries).toSorted()).toEqual(ids.flatMap((id) => [id, `${id} again`]).toSorted());
      }));
  });
}

/** Reads on from the last entry until there are as many as expected, and once more. */
async function follow(engine: Engine, expected: number, limit: number): Promise<FeedEntry[]> {
  const entries: FeedEntry[] = [];
  const more = async (): Promise<number> => {
    const page = await engine.read((reader) => reader.changes(entries.at(-1)?.sequence ?? 0, limit));
    expect(page.length).toBeLessThanOrEqual(limit);
    entries.push(...page);
    return page.length;
  };
  // A server answers nothing as long as any of its transactions, of whatever database, could come before it.
  for (const until = performance.now() + 20_000; entries.length < expected && performance.now() < until;) {
    if ((await more()) === 0) await sleep(5);
  }
  await more();
  return entries;
}

/** What JSON keeps of a value. */
function jsonOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
