import { describe, expect, it } from "vitest";
import { GalleyError } from "../../src/kit/galley-error.ts";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { json } from "../../src/schema/field-json.ts";
import { integer } from "../../src/schema/field-number.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone, nobody } from "../../src/schema/rule.ts";
import { dataOf, openApp } from "./open-app.ts";

const access = { read: everyone, write: everyone };

/** An app whose hooks note when they ran, and do as the record says. */
function workshop() {
  const steps: string[] = [];
  const log = collection("log", { fields: { line: text() }, access });
  const items = collection("items", {
    fields: {
      name: text(),
      owner: text().default("").writable(nobody),
      meta: json().optional(),
      parent: ref("items", { onDelete: "cascade", inverse: "children" }).optional(),
      stock: integer().default(0),
    },
    access,
    hooks: {
      beforeCreate(input, { user }) {
        steps.push(`beforeCreate ${input.name}`);
        return { ...input, name: input.name.trim(), owner: user?.email ?? "nobody" };
      },
      async afterCreate(item, { db }) {
        steps.push(`afterCreate ${item.name}`);
        await db.unrestricted(log).create({ line: `made ${item.name}` });
        if (item.name === "unlucky") throw new GalleyError("conflict", "No unlucky items.");
      },
      beforeUpdate(patch, before) {
        steps.push(`beforeUpdate ${before.name}`);
        if (patch.name === "frozen") throw new GalleyError("forbidden", "It stays as it is.");
        return patch.name === "counted" ? { ...patch, stock: { increment: 1 }, owner: "the hook" } : undefined;
      },
      afterUpdate(item, before) {
        steps.push(`afterUpdate ${before.name} ${item.name}`);
      },
      beforeDelete(item) {
        steps.push(`beforeDelete ${item.name}`);
        if (item.name === "kept") throw new GalleyError("conflict", "It is kept.");
      },
      afterDelete(item) {
        steps.push(`afterDelete ${item.name}`);
      },
    },
  });
  const careless = action("careless", {
    access: everyone,
    async run({ db }) {
      await db(items)
        .create({ name: "unlucky" })
        .catch(() => undefined);
    },
  });
  return { steps, definition: { collections: [items, log], actions: [careless] } };
}

async function open() {
  const { steps, definition } = workshop();
  const app = await openApp(definition);
  const make = async (name: string, parent: string | null = null) =>
    String((await app.anonymous.post("/items", { name, parent })).body["id"]);
  return { ...app, steps, make };
}

describe("hooks", () => {
  it("run around every write, in order, whatever it came by", async () => {
    const { anonymous, steps, make } = await open();
    const path = `/items/${await make(" a ")}`;
    await anonymous.patch(path, { name: "b" });
    await anonymous.put(path, { name: "c" });
    await anonymous.delete(path);
    expect(steps).toEqual([
      "beforeCreate  a ",
      "afterCreate a",
      "beforeUpdate a",
      "afterUpdate a b",
      "beforeUpdate b",
      "afterUpdate b c",
      "beforeDelete c",
      "afterDelete c",
    ]);
  });

  it("may change what is written, also where the caller may not", async () => {
    const { anonymous, admin, make } = await open();
    expect((await admin.post("/items", { name: " a " })).body).toMatchObject({ name: "a", owner: "admin@example.com" });
    expect((await anonymous.post("/items", { name: "a", owner: "me" })).status).toBe(401);
    const path = `/items/${await make("b")}`;
    expect((await anonymous.patch(path, { name: "counted" })).body).toMatchObject({ stock: 1, owner: "the hook" });
    expect((await anonymous.put(path, { name: "counted", stock: 5, meta: { a: 1 } })).body).toMatchObject({ stock: 2 });
    expect((await anonymous.put(path, { name: "x", meta: { b: 2 } })).body["meta"]).toEqual({ b: 2 });
  });

  it("undo the write when they throw: by PATCH, by PUT and by DELETE alike", async () => {
    const { anonymous, make, feed } = await open();
    const path = `/items/${await make("kept")}`;
    const before = (await anonymous.get(path)).body;
    const entries = feed().length;
    expect((await anonymous.post("/items", { name: "unlucky" })).status).toBe(409);
    expect((await anonymous.patch(path, { name: "frozen" })).status).toBe(403);
    expect((await anonymous.put(path, { name: "frozen" })).status).toBe(403);
    expect((await anonymous.delete(path)).status).toBe(409);
    expect((await anonymous.get(path)).body).toEqual(before);
    expect(dataOf(await anonymous.get("/log"))).toHaveLength(1);
    expect(feed()).toHaveLength(entries);
  });

  it("undo the write even when an action takes no notice", async () => {
    const { anonymous } = await open();
    expect((await anonymous.post("/actions/careless")).body).toMatchObject({
      status: 409,
      detail: "No unlucky items.",
    });
    expect(dataOf(await anonymous.get("/items"))).toEqual([]);
    expect(dataOf(await anonymous.get("/log"))).toEqual([]);
  });

  it("run for every record that goes with another", async () => {
    const { anonymous, make, steps } = await open();
    const root = await make("root");
    await make("leaf", await make("branch", root));
    steps.length = 0;
    expect((await anonymous.delete(`/items/${root}`)).status).toBe(204);
    expect(steps.filter((step) => step.startsWith("before"))).toEqual([
      "beforeDelete root",
      "beforeDelete branch",
      "beforeDelete leaf",
    ]);
    expect(steps.filter((step) => step.startsWith("after"))).toEqual([
      "afterDelete leaf",
      "afterDelete branch",
      "afterDelete root",
    ]);
  });
});
