import { describe, expect, it } from "vitest";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { integer } from "../../src/schema/field-number.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone } from "../../src/schema/rule.ts";
import { engines, onEngine } from "./on-engine.ts";
import { type Body, dataOf, openApp } from "./open-app.ts";

const access = { read: everyone, write: everyone };
let removed = 0;
const films = collection("films", {
  fields: { title: text().default(""), stock: integer().default(0), changes: integer().default(0) },
  access,
  hooks: { afterDelete: () => void removed++ },
});
/** Counts its own changes, in the record that is being changed. */
const counted = collection("counted", {
  fields: { title: text(), changes: integer().default(0) },
  access,
  hooks: {
    async beforeUpdate(patch, before, { db }) {
      if (patch.title !== undefined) await db(counted).update(before.id, { changes: { increment: 1 } });
    },
  },
});

const boards = collection("boards", { fields: {}, access });
/** Of the cards of a board that is deleted, the first that is cleared removes the others, and each that goes takes its board along. */
const cards = collection("cards", {
  fields: { board: ref("boards", { onDelete: "clear" }).optional() },
  access,
  hooks: {
    async afterUpdate(card, before, { db }) {
      for (const { id } of await db(cards).all({ where: { board: before.board } })) await db(cards).delete(id);
    },
    async afterDelete(card, { db }) {
      if (card.board !== null) await db(boards).delete(card.board);
    },
  },
});

const addAtOnce = action("addAtOnce", {
  input: { film: text(), times: integer() },
  access: everyone,
  async run({ input: { film, times }, db }) {
    await Promise.all(Array.from({ length: times }, () => db(films).update(film, { stock: { increment: 1 } })));
  },
});
const readBeside = action("readBeside", {
  input: { film: text(), turns: integer() },
  access: everyone,
  async run({ input: { film, turns }, db }) {
    const read = async (): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await db(films).find({ where: { id: film } });
    };
    await Promise.all([db(films).update(film, { stock: { increment: 1 } }), read()]);
    await db(films).update(film, { stock: { increment: 1 } });
  },
});
const deleteBeside = action("deleteBeside", {
  input: { film: text(), turns: integer() },
  access: everyone,
  async run({ input: { film, turns }, db }) {
    const change = async (): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await db(films).update(film, { stock: 7 });
    };
    await Promise.allSettled([db(films).delete(film), change(), db(films).delete(film)]);
  },
});
const leaveBehind = action("leaveBehind", {
  input: { turns: integer() },
  access: everyone,
  async run({ input: { turns }, db }) {
    const write = async (): Promise<void> => {
      for (let time = 0; time < 20; time++) await db(films).create({ title: "left behind" });
    };
    write().catch(() => undefined);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  },
});

const definition = {
  collections: [films, counted, boards, cards],
  actions: [addAtOnce, readBeside, deleteBeside, leaveBehind],
};

describe.each(engines)("writes of one action at once, on %s", (engine) => {
  it("are all there, and the feed has each after the other", () =>
    onEngine(engine, definition, async ({ anonymous, app }) => {
      const { id } = (await anonymous.post("/films", {})).body as { id: string };
      expect((await anonymous.post("/actions/addAtOnce", { film: id, times: 10 })).status).toBe(204);
      expect(await app.db(films).get(id)).toMatchObject({ stock: 10, version: 11 });
    }));

  it("don't make a later one begin with what was read before", () =>
    onEngine(engine, definition, async ({ anonymous, app }) => {
      for (let turns = 0; turns < 60; turns++) {
        const { id } = (await anonymous.post("/films", {})).body as { id: string };
        expect((await anonymous.post("/actions/readBeside", { film: id, turns })).status).toBe(204);
        expect([turns, (await app.db(films).get(id)).stock]).toEqual([turns, 2]);
      }
    }));

  it("are those of a hook as well, which changes the record that is about to be changed", () =>
    onEngine(engine, definition, async ({ anonymous }) => {
      const { id } = (await anonymous.post("/counted", { title: "M" })).body as { id: string };
      const { body, headers } = await anonymous.patch(`/counted/${id}`, { title: "N" });
      expect(body).toMatchObject({ title: "N", changes: 1, version: 3 });
      // The tag was right when the request came; what the hook makes of the record is a part of the change.
      const match = { "if-match": String(headers.get("etag")) };
      expect((await anonymous.patch(`/counted/${id}`, { title: "O" }, match)).body).toMatchObject({ version: 5 });
      expect((await anonymous.patch(`/counted/${id}`, { title: "P" }, match)).status).toBe(412);
    }));
});

describe("the feed", () => {
  it("has one update after the other, however many are made at once", async () => {
    const { anonymous, feed } = await openApp(definition);
    const { id } = (await anonymous.post("/films", {})).body as { id: string };
    await anonymous.post("/actions/addAtOnce", { film: id, times: 5 });
    const stocks = feed().map(({ before, after }) => [(before as Body | null)?.["stock"], (after as Body)["stock"]]);
    expect(stocks).toEqual([
      [undefined, 0],
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
  });

  it("tells once that a record is gone, as it was last, and nothing after that", async () => {
    for (let turns = 0; turns < 40; turns++) {
      const { anonymous, feed, close } = await openApp(definition);
      removed = 0;
      const { id } = (await anonymous.post("/films", { stock: 1 })).body as { id: string };
      const { status } = await anonymous.post("/actions/deleteBeside", { film: id, turns });
      const entries = feed();
      if (status === 404) {
        // What found the record gone had others write beside it: then nothing of the action is stored.
        expect(entries.map(({ kind }) => kind)).toEqual(["created"]);
        await close();
        continue;
      }
      const changed = entries.some(({ kind }) => kind === "updated");
      expect(entries.map(({ kind }) => kind)).toEqual(["created", ...(changed ? ["updated"] : []), "deleted"]);
      expect(entries.at(-1)?.before).toMatchObject({ stock: changed ? 7 : 1 });
      expect(removed).toBe(1);
      await close();
    }
  });

  it("has every record that is stored, when an action leaves its writes behind: then none is", async () => {
    const { anonymous, feed, logged } = await openApp(definition);
    for (let turns = 0; turns < 60; turns++) {
      const { status } = await anonymous.post("/actions/leaveBehind", { turns });
      const stored = dataOf(await anonymous.get("/films?limit=200"));
      expect(
        feed()
          .map(({ record }) => record)
          .toSorted(),
      ).toEqual(stored.map(({ id }) => String(id)).toSorted());
      if (status === 500) expect(String(logged.at(-1)?.fields["error"])).toContain("not awaited");
    }
  });

  it("tells once of what a hook removes while it is being removed", async () => {
    const { anonymous, feed } = await openApp(definition);
    const board = String((await anonymous.post("/boards", {})).body["id"]);
    for (let count = 0; count < 3; count++) await anonymous.post("/cards", { board });
    expect((await anonymous.delete(`/boards/${board}`)).status).toBe(204);
    const told = feed().slice(4);
    expect(told.map(({ collection: name, kind }) => `${name} ${kind}`).toSorted()).toEqual([
      "boards deleted",
      "cards deleted",
      "cards deleted",
      "cards updated",
      // The third, before it goes: the board that went with the second has cleared it.
      "cards updated",
    ]);
  });
});
