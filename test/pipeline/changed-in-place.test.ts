import { describe, expect, it } from "vitest";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { json } from "../../src/schema/field-json.ts";
import { list } from "../../src/schema/field-list.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone } from "../../src/schema/rule.ts";
import { engines, onEngine } from "./on-engine.ts";
import { dataOf, openApp } from "./open-app.ts";

const trips = collection("trips", {
  fields: { name: text(), plan: json(), stops: list(text()) },
  access: { read: everyone, write: everyone },
});
/** Goes on to use what it has stored, and what it was answered. */
const plan = action("plan", {
  access: everyone,
  async run({ db }) {
    const given = { name: "north", plan: { days: [1] }, stops: ["a"] };
    const made = await db(trips).create(given);
    given.plan.days.push(2);
    given.stops.push("b");
    Object.assign(made, { name: "south" });
    Object.assign(made.plan as object, { more: true });
    const changed = await db(trips).update(made.id, { plan: { days: [3] } });
    Object.assign(changed.plan as object, { later: true });
  },
});
const definition = { collections: [trips], actions: [plan] };
const stored = { name: "north", plan: { days: [3] }, stops: ["a"] };

describe.each(engines)("what an action changes in memory after it has stored it, on %s", (engine) => {
  it("is not stored", () =>
    onEngine(engine, definition, async ({ anonymous }) => {
      expect((await anonymous.post("/actions/plan", {})).status).toBe(204);
      expect(dataOf(await anonymous.get("/trips"))).toEqual([expect.objectContaining(stored)]);
    }));
});

it("the feed has what was stored, whatever became of it in memory", async () => {
  const { anonymous, feed } = await openApp(definition);
  await anonymous.post("/actions/plan", {});
  expect(feed().map(({ before, after }) => [before, after])).toEqual([
    [null, { ...stored, plan: { days: [1] } }],
    [{ plan: { days: [1] } }, { plan: { days: [3] } }],
  ]);
});
