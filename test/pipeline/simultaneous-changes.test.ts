import { describe, expect, it } from "vitest";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { integer } from "../../src/schema/field-number.ts";
import { json } from "../../src/schema/field-json.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone } from "../../src/schema/rule.ts";
import { engines, onEngine } from "./on-engine.ts";

const fields = {
  stock: integer({ min: 0 }).default(0),
  seen: integer().default(0),
  title: text().search().default(""),
  about: json().default({}),
};
const access = { read: everyone, write: everyone };
const plain = collection("plain", { fields, access });
const hooked = collection("hooked", {
  fields,
  access,
  hooks: {
    async beforeUpdate(patch, _before, { db }) {
      await db(plain).list();
      return patch;
    },
    // What changes the same record once more does not wait for itself.
    async afterUpdate(after, before, { db }) {
      if (after.seen === before.seen) await db(hooked).update(after.id, { seen: { increment: 1 } });
    },
  },
});

const changeTogether = action("changeTogether", {
  input: { id: text(), of: text() },
  access: everyone,
  async run({ input: { id, of }, db }) {
    const records = of === "plain" ? db(plain) : db(hooked);
    await Promise.all([
      records.update(id, { stock: { increment: 1 } }),
      records.update(id, { stock: { increment: 2 }, title: "one film" }),
      records.update(id, { stock: { increment: 3 }, about: { colour: "red" } }),
      records.update(id, { about: { size: 4 } }),
    ]);
  },
});

/** As a checkout does whose order has two lines about the same film. */
const takeTogether = action("takeTogether", {
  input: { id: text(), of: text() },
  access: everyone,
  async run({ input: { id, of }, db }) {
    const records = of === "plain" ? db(plain) : db(hooked);
    await Promise.all([1, 2].map(() => records.update(id, { stock: { increment: -1 } })));
  },
});

/** Changes one record, and catches that another is not there. */
const changeBoth = action("changeBoth", {
  input: { id: text(), missing: text() },
  access: everyone,
  async run({ input, db }) {
    await Promise.all([
      db(plain).update(input.id, { stock: 7 }),
      db(plain)
        .update(input.missing, { stock: 7 })
        .catch(() => undefined),
      db(plain)
        .create({ stock: -1 })
        .catch(() => undefined),
    ]);
  },
});

/** Deletes a record twice, and changes it, having found it there. */
const deleteTogether = action("deleteTogether", {
  input: { id: text() },
  access: everyone,
  output: { changed: text() },
  async run({ input: { id }, db }) {
    const change = db(hooked).update(id, { stock: 9 });
    const [, , changed] = await Promise.allSettled([db(hooked).delete(id), db(hooked).delete(id), change]);
    return { changed: changed.status === "fulfilled" ? "changed" : String((changed.reason as { code: unknown }).code) };
  },
});

describe.each(engines)("on %s", (engine) => {
  it.each(["plain", "hooked"])("changes that an action makes at the same time to one record (%s) all count", (of) =>
    onEngine(engine, { collections: [plain, hooked], actions: [changeTogether] }, async ({ anonymous }) => {
      const { body } = await anonymous.post(`/${of}`, {});
      const answer = await anonymous.post("/actions/changeTogether", { id: body["id"], of });
      expect(answer.status).toBe(204);
      const after = await anonymous.get(`/${of}/${String(body["id"])}`);
      expect(after.body).toMatchObject({ stock: 6, seen: of === "plain" ? 0 : 4, about: { colour: "red", size: 4 } });
      const found = await anonymous.get(`/${of}?search=film`);
      expect(found.body["data"]).toHaveLength(1);
    }),
  );

  it.each(["plain", "hooked"])("and none gets below what the field allows (%s)", (of) =>
    onEngine(
      engine,
      { collections: [plain, hooked], actions: [changeTogether, takeTogether] },
      async ({ anonymous }) => {
        const { body } = await anonymous.post(`/${of}`, { stock: 1 });
        const answer = await anonymous.post("/actions/takeTogether", { id: body["id"], of });
        expect(answer.status).toBe(422);
        const after = await anonymous.get(`/${of}/${String(body["id"])}`);
        expect(after.body).toMatchObject({ stock: 1, version: 1 });
      },
    ),
  );

  it("a failure that an action catches does not undo what it writes at the same time", () =>
    onEngine(engine, { collections: [plain], actions: [changeBoth] }, async ({ anonymous }) => {
      const { body } = await anonymous.post("/plain", {});
      const missing = "01890000-0000-7000-8000-000000000000";
      const answer = await anonymous.post("/actions/changeBoth", { id: body["id"], missing });
      expect(answer.status).toBe(204);
      expect((await anonymous.get(`/plain/${String(body["id"])}`)).body).toMatchObject({ stock: 7 });
    }));

  it("a record that an action deletes is deleted once, and not changed any more", () =>
    onEngine(engine, { collections: [plain, hooked], actions: [deleteTogether] }, async (opened) => {
      const { body } = await opened.anonymous.post("/hooked", {});
      const answer = await opened.anonymous.post("/actions/deleteTogether", { id: body["id"] });
      const { status } = await opened.anonymous.get(`/hooked/${String(body["id"])}`);
      const kinds = engine === "SQLite" ? opened.feed().map(({ kind }) => kind) : undefined;
      // Where the hook of the change came before the deletion, and the change itself after it, half of it would be stored.
      if (answer.status === 404) {
        expect(status).toBe(200);
        expect(kinds ?? ["created"]).toEqual(["created"]);
      } else {
        expect(status).toBe(404);
        expect(kinds?.filter((kind) => kind === "deleted") ?? ["deleted"]).toEqual(["deleted"]);
        expect(kinds?.at(-1) ?? "deleted").toBe("deleted");
      }
    }));
});

/** Names that are taken among others that are made at the same time. */
const named = collection("named", { fields: { name: text().unique() }, access: { read: everyone, write: everyone } });
const makeMany = action("makeMany", {
  access: everyone,
  async run({ db }) {
    const names = ["same", "same", ...Array.from({ length: 20 }, (_, index) => `other ${index}`)];
    await Promise.all(names.map((name) => db(named).create({ name })));
  },
});
const makeOne = action("makeOne", {
  input: { name: text() },
  access: everyone,
  async run({ input, db }) {
    for (let times = 0; times < 10; times++) await db(named).count();
    await db(named).create({ name: input.name });
  },
});

it.each(engines)("what waits for its turn when an action fails is stored by nobody, on %s", (engine) =>
  onEngine(engine, { collections: [named], actions: [makeMany, makeOne] }, async ({ anonymous }) => {
    for (let times = 0; times < 5; times++) {
      const [many, one] = await Promise.all([
        anonymous.post("/actions/makeMany", {}),
        anonymous.post("/actions/makeOne", { name: `fine ${times}` }),
      ]);
      expect([many.status, one.status]).toEqual([409, 204]);
      expect((await anonymous.post("/actions/makeOne", { name: `well ${times}` })).status).toBe(204);
    }
    const { data } = (await anonymous.get("/named?limit=200")).body as { readonly data: { readonly name: string }[] };
    expect(data.map(({ name }) => name.slice(0, 4)).filter((name) => name !== "fine" && name !== "well")).toEqual([]);
    expect(data).toHaveLength(10);
  }),
);
