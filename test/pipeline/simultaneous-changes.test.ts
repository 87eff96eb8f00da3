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
});
