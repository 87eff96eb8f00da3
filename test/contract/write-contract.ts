import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine, Writer } from "../../src/database/engine.ts";
import { GalleyError } from "../../src/kit/galley-error.ts";
import { always, type Predicate } from "../../src/query/predicate.ts";
import { uuidv7 } from "../../src/kit/uuid.ts";
import { searchWords, wordsOf } from "../../src/query/words.ts";
import { collection } from "../../src/schema/collection.ts";
import { boolean } from "../../src/schema/field-boolean.ts";
import { integer } from "../../src/schema/field-number.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { createModel } from "../../src/schema/model.ts";
import { type CreateHome, recordOf, withEngine } from "./engine-home.ts";

const model = createModel([
  collection("teams", {
    id: text({ min: 1, max: 200 }),
    fields: {
      name: text().unique(),
      code: integer().optional().unique(),
      country: text().optional(),
      league: text().optional(),
      rival: ref("teams", { inverse: "rivals" }).optional(),
    },
    unique: [["country", "league"]],
  }),
  collection("players", { fields: { name: text(), captain: ref("players", { inverse: "crew" }).optional() } }),
  collection("notes", {
    id: text({ min: 1, max: 200 }),
    fields: {
      title: text().search(),
      body: text().optional().search(),
      pinned: boolean(),
      team: ref("teams").optional(),
    },
  }),
]);
const teams = model.collection("teams");
const players = model.collection("players");
const notes = model.collection("notes");

const teamOf = (id: string, fields: Record<string, unknown> = {}) =>
  recordOf({ id, name: id, code: null, country: null, league: null, rival: null, ...fields });
const noteOf = (id: string, fields: Record<string, unknown> = {}) =>
  recordOf({ id, title: "", body: null, pinned: false, team: null, ...fields });

/** An engine keeps its promises about what is written: whole, once, referring to what is there, and found by its words. */
export function describeWrites(createHome: CreateHome, runs: number): void {
  const withTeams = (work: (engine: Engine) => Promise<void>) => withEngine(createHome, model, work);

  /** The error that a write fails with, and that nothing of it was stored. */
  async function refusalOf(engine: Engine, work: (writer: Writer) => Promise<void>): Promise<GalleyError> {
    const before = await snapshot(engine);
    const error = await engine.write(work).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(await snapshot(engine)).toEqual(before);
    if (error instanceof GalleyError) return error;
    throw new Error("The write was not refused as a conflict.", { cause: error });
  }

  describe("writes", () => {
    it("refuses a second record with a unique value, and names the field", () =>
      withTeams(async (engine) => {
        await engine.write((writer) => writer.insert(teams, teamOf("a", { name: "Ajax" })));
        const created = await refusalOf(engine, (writer) => writer.insert(teams, teamOf("b", { name: "Ajax" })));
        expect(created).toMatchObject({ code: "conflict", errors: [{ path: "/name", code: "not_unique" }] });
        await engine.write((writer) => writer.insert(teams, teamOf("b", { name: "Feyenoord" })));
        const changed = await refusalOf(engine, (writer) => writer.update(teams, "b", { name: "Ajax" }));
        expect(changed).toMatchObject({ code: "conflict", errors: [{ path: "/name", code: "not_unique" }] });
      }));

    it("refuses a reference that can be no id, as one to a record that isn't there", () =>
      withTeams(async (engine) => {
        const ann = recordOf({ id: uuidv7(), name: "Ann", captain: null });
        await engine.write((writer) => writer.insert(players, ann));
        for (const captain of ["nope", uuidv7()]) {
          const refusal = { code: "conflict", errors: [{ path: "/captain", code: "invalid_reference" }] };
          const bob = recordOf({ id: uuidv7(), name: "Bob", captain });
          expect(await refusalOf(engine, (writer) => writer.insert(players, bob))).toMatchObject(refusal);
          const changed = refusalOf(engine, (writer) => writer.update(players, String(ann["id"]), { captain }));
          expect(await changed).toMatchObject(refusal);
        }
      }));

    it("refuses a second record with an id, and one that shares all fields of a unique group", () =>
      withTeams(async (engine) => {
        await engine.write((writer) => writer.insert(teams, teamOf("a", { country: "NL", league: "1" })));
        const same = await refusalOf(engine, (writer) => writer.insert(teams, teamOf("a", { name: "other" })));
        expect(same).toMatchObject({ code: "conflict", errors: [{ path: "/id" }] });
        const group = await refusalOf(engine, (writer) =>
          writer.insert(teams, teamOf("b", { country: "NL", league: "1" })),
        );
        expect(group.errors?.map(({ path }) => path)).toEqual(["/country", "/league"]);
        await engine.write((writer) => writer.insert(teams, teamOf("b", { country: "NL", league: "2" })));
      }));

    it("lets any number of records miss a unique value, and tells texts apart by every code point", () =>
      withTeams(async (engine) => {
        const names = ["A", "a", "\u00e9", "e\u0301", "a ", "\uffff", "\u{1f600}"];
        await engine.write(async (writer) => {
          for (const name of names) await writer.insert(teams, teamOf(name, { league: "1" }));
        });
        expect(await engine.read((reader) => reader.count(teams, always))).toBe(names.length);
      }));

    it("refuses a reference to nothing, and the removal of what is referred to", () =>
      withTeams(async (engine) => {
        const dangling = await refusalOf(engine, (writer) => writer.insert(notes, noteOf("n", { team: "nowhere" })));
        expect(dangling.code).toBe("conflict");
        await engine.write(async (writer) => {
          await writer.insert(teams, teamOf("a", { rival: "a" }));
          await writer.insert(notes, noteOf("n", { team: "a" }));
        });
        const removed = await refusalOf(engine, (writer) => writer.remove(teams, "a"));
        expect(removed.code).toBe("conflict");
        const moved = await refusalOf(engine, (writer) => writer.update(notes, "n", { team: "nowhere" }));
        expect(moved.code).toBe("conflict");
        await engine.write(async (writer) => {
          await writer.update(notes, "n", { team: null });
          await writer.remove(teams, "a");
        });
        expect(await engine.read((reader) => reader.count(teams, always))).toBe(0);
      }));

    it("lets a work go on after a conflict that it has caught", () =>
      withTeams(async (engine) => {
        await engine.write((writer) => writer.insert(teams, teamOf("a", { name: "Ajax" })));
        await engine.write(async (writer) => {
          await expect(writer.insert(teams, teamOf("b", { name: "Ajax" }))).rejects.toMatchObject({ code: "conflict" });
          await expect(writer.update(teams, "a", { rival: "z" })).rejects.toMatchObject({ code: "conflict" });
          await writer.insert(teams, teamOf("b", { name: "Boca" }));
        });
        expect((await snapshot(engine)).teams.map((row) => row["name"])).toEqual(["Ajax", "Boca"]);
      }));

    it("sets the given fields and no others", () =>
      withTeams(async (engine) => {
        await engine.write((writer) => writer.insert(teams, teamOf("a", { code: 7, country: "NL" })));
        await engine.write((writer) => writer.update(teams, "a", { code: null, league: "1", version: 2 }));
        const row = await engine.read((reader) => reader.get(teams, "a", always));
        expect(row).toEqual(teamOf("a", { country: "NL", league: "1", version: 2 }));
      }));

    it("removes every record of a collection that matches, and no other", () =>
      withTeams(async (engine) => {
        const where: Predicate = { kind: "compare", field: "code", path: [], comparison: "lte", operand: 2 };
        await engine.write(async (writer) => {
          for (const code of [1, 2, 3, null]) await writer.insert(teams, teamOf(`t${code}`, { code }));
          await writer.removeAll(teams, where);
        });
        expect((await snapshot(engine)).teams.map((row) => row["id"])).toEqual(["t3", "tnull"]);
      }));

    it("finds records by the words that they hold now, whatever was written, changed, removed or undone before", () => {
      const words = fc
        .array(fc.constantFrom("alpha", "beta", "gamma", "\u00c9t\u00e9"), { maxLength: 3 })
        .map((some) => some.join(" "));
      const id = fc.constantFrom("a", "b", "c");
      const steps = fc.array(
        fc.record({
          kind: fc.constantFrom("insert", "title", "body", "pinned", "remove"),
          id,
          words,
          undone: fc.boolean(),
        }),
        { maxLength: 12 },
      );
      return fc.assert(
        fc.asyncProperty(steps, (drawn) =>
          withTeams(async (engine) => {
            const kept = new Map<string, { readonly title: string; readonly body: string | null }>();
            for (const step of drawn) {
              const before = kept.get(step.id);
              if ((step.kind === "insert") === (before !== undefined)) continue;
              const done = engine.write(async (writer) => {
                if (step.kind === "insert") await writer.insert(notes, noteOf(step.id, { title: step.words }));
                else if (step.kind === "remove") await writer.remove(notes, step.id);
                else await writer.update(notes, step.id, { [step.kind]: step.kind === "pinned" ? true : step.words });
                if (step.undone) throw new Error("undone");
              });
              const failure = await done.catch((error: unknown) => error);
              if (!step.undone) expect(failure).toBeUndefined();
              if (step.undone) continue;
              if (step.kind === "remove") kept.delete(step.id);
              else if (step.kind !== "pinned") {
                const field = step.kind === "insert" ? "title" : step.kind;
                kept.set(step.id, { ...(before ?? { title: "", body: null }), [field]: step.words });
              }
            }
            for (const asked of ["alpha", "beta", "gam", "ete", "alpha beta"]) {
              const search: Predicate = { kind: "search", words: searchWords(asked) };
              const expected = [...kept]
                .filter(([, { title, body }]) => {
                  const held = [...wordsOf(title), ...wordsOf(body ?? "")];
                  return searchWords(asked).every((word) => held.some((one) => one.startsWith(word)));
                })
                .map(([one]) => one);
              const order = [{ field: "id", descending: false }];
              const rows = await engine.read((reader) =>
                reader.select(notes, { where: search, order, limit: 10, after: undefined }),
              );
              expect(rows.map((row) => row["id"])).toEqual(expected.toSorted());
            }
          }),
        ),
        { numRuns: runs },
      );
    });
  });
}

async function snapshot(engine: Engine) {
  const order = [{ field: "id", descending: false }];
  const query = { where: always, order, limit: 100, after: undefined };
  return engine.read(async (reader) => ({
    teams: await reader.select(teams, query),
    notes: await reader.select(notes, query),
  }));
}
