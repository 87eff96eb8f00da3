import { expect, it } from "vitest";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone } from "../../src/schema/rule.ts";
import { openApp } from "./open-app.ts";

const never = (): Promise<never> => new Promise(() => undefined);
const films = collection("films", {
  fields: { title: text() },
  access: { read: everyone, write: everyone },
  hooks: {
    beforeCreate: ({ title }) => (title === "endless" ? never() : undefined),
    beforeDelete: ({ title }) => (title === "kept" ? never() : undefined),
  },
});
const wait = action("wait", { access: everyone, run: never });

it("what isn't done in the time of a transaction says whether to ask for less, or again, and leaves nothing", async () => {
  const { anonymous, feed, logged } = await openApp({
    collections: [films],
    actions: [wait],
    limits: { transactionTime: 300 },
  });
  const kept = String((await anonymous.post("/films", { title: "kept" })).body["id"]);
  const endless = { title: "endless" };
  const [large, busy] = [
    { status: 413, code: "too_large" },
    { status: 503, code: "overloaded" },
  ];
  const create = { operation: "films.create", input: endless };
  expect(await anonymous.post("/films", [{ title: "a" }, endless])).toMatchObject(large);
  expect(await anonymous.post("/batch", [{ ...create, input: { title: "b" } }, create])).toMatchObject(large);
  const deleted = await anonymous.delete(`/films/${kept}`);
  expect(deleted).toMatchObject(large);
  expect(deleted.body["detail"]).toContain("delete the records that refer to this one first");
  const single = await anonymous.post("/films", endless);
  expect(single).toMatchObject(busy);
  expect(single.headers.get("retry-after")).toBe("1");
  expect(feed()).toHaveLength(1);
  expect(logged.map(({ message }) => message)).toEqual(
    ["films.createMany", "batch", "films.delete", "films.create"].map(
      (name) => `${name} took longer than a transaction may`,
    ),
  );
  // An action's code is the application's own, and so is the mistake.
  expect(await anonymous.post("/actions/wait")).toMatchObject({ status: 500, code: "internal" });
});
