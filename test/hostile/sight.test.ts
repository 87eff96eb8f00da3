import { expect, test } from "vitest";
import { collection } from "../../src/schema/collection.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { owner } from "../../src/schema/rule.ts";
import { openApp } from "../pipeline/open-app.ts";

// What nobody may see must not show in what they may see.

test("the words of records that one may not see change nothing about a search", async () => {
  const notes = collection("notes", {
    fields: { owner: ref("users").default(({ user }) => user?.id ?? null), words: text().search() },
    access: { read: owner("owner"), write: owner("owner") },
  });
  const { user } = await openApp({ collections: [notes] });
  const [spy, other] = [await user("spy"), await user("other")];
  for (const words of ["acme eggs", "eggs and acme", "acme"]) await spy.post("/notes", { words });
  const seen = async () => {
    const pages = await Promise.all(
      ["acme", "eggs", "acme eggs"].map((words) => spy.get(`/notes?search=${words}&limit=1`)),
    );
    return pages.map(({ body }) => body);
  };
  const before = await seen();
  expect(before.map(({ next }) => typeof next)).toEqual(["string", "string", "string"]);
  await other.post(
    "/notes",
    Array.from({ length: 50 }, () => ({ words: "a merger with acme" })),
  );
  expect(await seen()).toEqual(before);
});
