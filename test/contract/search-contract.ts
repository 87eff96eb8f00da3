import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSaneText } from "../../src/kit/text.ts";
import type { Engine } from "../../src/database/engine.ts";
import { uuidv7 } from "../../src/kit/uuid.ts";
import { allOf, never, type Predicate } from "../../src/query/predicate.ts";
import { relevance, type SortTerm } from "../../src/query/sort.ts";
import { searchWords, wordsOf } from "../../src/query/words.ts";
import { collection } from "../../src/schema/collection.ts";
import { text } from "../../src/schema/field-text.ts";
import { createModel } from "../../src/schema/model.ts";
import { type CreateHome, recordOf, withEngine } from "./engine-home.ts";
import { all, byId, inPages } from "./engine-reads.ts";

const notes = createModel([collection("notes", { fields: { body: text().search() } })]);
const noteModel = notes.collection("notes");

/** An engine finds texts by their words, and orders them by relevance. */
export function describeSearches(createHome: CreateHome, runs: number, best: "short" | "repeated"): void {
  const parameters = { numRuns: runs };

  describe("searches", () => {
    it("finds every text by the beginning of any of its words", () =>
      withEngine(createHome, notes, (engine) =>
        fc.assert(
          fc.asyncProperty(
            fc.array(fc.string({ unit: "grapheme", maxLength: 6 }).filter(isSaneText), { maxLength: 4 }),
            fc.nat(3),
            fc.integer({ min: 1, max: 6 }),
            async (parts, at, length) => {
              const id = uuidv7();
              const body = parts.join(" ");
              await engine.write((writer) => writer.insert(noteModel, recordOf({ id, body })));
              const [asked] = searchWords((wordsOf(body).at(at) ?? "").slice(0, length).toWellFormed());
              fc.pre(asked !== undefined);
              const search: Predicate = { kind: "search", words: [asked] };
              const found = await engine.read((reader) => reader.get(noteModel, id, search));
              expect(found !== undefined).toBe(wordsOf(body).some((word) => word.startsWith(asked)));
            },
          ),
          parameters,
        ),
      ));

    it("makes pages by relevance without loss or repetition, ties included, best first", () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.constantFrom("film", "films", "noir", "a", "é"), { maxLength: 6 }), { maxLength: 20 }),
          fc.integer({ min: 1, max: 5 }),
          fc.boolean(),
          (texts, limit, narrowed) =>
            withEngine(createHome, notes, async (engine) => {
              const bodies = texts.map((words) => words.join(" "));
              await fillNotes(engine, bodies);
              const search: Predicate = { kind: "search", words: searchWords("film") };
              const where = narrowed
                ? allOf([search, { kind: "compare", field: "body", path: [], comparison: "contains", operand: "noir" }])
                : search;
              const order: readonly SortTerm[] = [{ field: relevance, descending: false }, ...byId];
              const whole = await all(engine, noteModel, where, order);
              const ranks = whole.map((row) => Number(row[relevance]));
              expect(ranks).toEqual(ranks.toSorted((left, right) => left - right));
              expect(await inPages(engine, noteModel, where, order, limit)).toEqual(whole);
              const expected = bodies.filter((body) => /\bfilm/.test(body) && (!narrowed || body.includes("noir")));
              expect(whole.map((row) => String(row["body"])).toSorted()).toEqual(expected.toSorted());
            }),
        ),
        parameters,
      ));

    it(`ranks a ${best} text first`, () =>
      withEngine(createHome, notes, async (engine) => {
        const repeated = `film film film film ${"and much else about a town by the sea ".repeat(3)}`;
        await fillNotes(engine, [repeated, "a film", "neither"]);
        const order: readonly SortTerm[] = [{ field: relevance, descending: false }, ...byId];
        const found = await all(engine, noteModel, { kind: "search", words: ["film"] }, order);
        const expected = best === "short" ? ["a film", repeated] : [repeated, "a film"];
        expect(found.map((row) => row["body"])).toEqual(expected);
      }));

    it("answers nothing where nothing can match, also by relevance and after a cursor", () =>
      withEngine(createHome, notes, async (engine) => {
        await fillNotes(engine, ["film"]);
        const order: readonly SortTerm[] = [{ field: relevance, descending: false }, ...byId];
        const query = { where: never, order, limit: 5 };
        expect(await engine.read((reader) => reader.select(noteModel, { ...query, after: undefined }))).toEqual([]);
        expect(await engine.read((reader) => reader.select(noteModel, { ...query, after: [-1, "x"] }))).toEqual([]);
      }));
  });
}

async function fillNotes(engine: Engine, bodies: readonly string[]): Promise<void> {
  await engine.write(async (writer) => {
    for (const [index, body] of bodies.entries()) {
      await writer.insert(
        noteModel,
        recordOf({ id: `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`, body }),
      );
    }
  });
}
