import { expect, it } from "vitest";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { json } from "../../src/schema/field-json.ts";
import { integer } from "../../src/schema/field-number.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone } from "../../src/schema/rule.ts";
import { dataOf, openApp } from "./open-app.ts";

const access = { read: everyone, write: everyone };
const notes = collection("notes", { fields: { body: text() }, access });
const priced = collection("priced", {
  fields: { price: integer() },
  access,
  // In place, which the types of an input don't keep anyone from.
  hooks: { beforeCreate: (input) => void Object.assign(input, { price: input.price * 100 }) },
});

/** Takes what it was given apart, as code does that keeps lists of what is left to do. */
const storeAll = action("storeAll", {
  input: { bodies: json() },
  access: everyone,
  prepare: () => Promise.resolve(["prepared", "too"]),
  async run({ input, prepared, db }) {
    const bodies = input.bodies as string[];
    for (let body = bodies.shift(); body !== undefined; body = bodies.shift()) await db(notes).create({ body });
    for (let body = prepared.shift(); body !== undefined; body = prepared.shift()) await db(notes).create({ body });
  },
});
const failLate = action("failLate", {
  access: everyone,
  prepare: () => Promise.resolve(null),
  async run({ db }) {
    await db(notes).create({ body: "never" });
    throw new Error("too late");
  },
});
const definition = { collections: [notes, priced], actions: [storeAll, failLate] };

// One that fails when it has written already makes those before it in its group run again.

it("an action that is run again is given what it was given first", async () => {
  const { anonymous } = await openApp(definition);
  const [done, failed] = await Promise.all([
    anonymous.post("/actions/storeAll", { bodies: ["a", "b"] }),
    anonymous.post("/actions/failLate", {}),
  ]);
  expect([done.status, failed.status]).toEqual([204, 500]);
  const bodies = dataOf(await anonymous.get("/notes")).map(({ body }) => String(body));
  expect(bodies.toSorted()).toEqual(["a", "b", "prepared", "too"]);
});

it("so is a hook", async () => {
  const { anonymous } = await openApp(definition);
  const [made, batch, failed] = await Promise.all([
    anonymous.post("/priced", { price: 1 }),
    anonymous.post("/priced", [{ price: 2 }]),
    anonymous.post("/actions/failLate", {}),
  ]);
  expect([made.status, batch.status, failed.status]).toEqual([201, 201, 500]);
  const prices = dataOf(await anonymous.get("/priced?sort=price")).map(({ price }) => price);
  expect(prices).toEqual([100, 200]);
  expect(made.body["price"]).toBe(100);
});
