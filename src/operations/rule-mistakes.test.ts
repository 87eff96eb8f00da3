import { expect, it } from "vitest";
import { collection } from "../schema/collection.ts";
import { ref } from "../schema/field-ref.ts";
import { text } from "../schema/field-text.ts";
import { createModel } from "../schema/model.ts";
import { findRuleMistakes } from "./rule-mistakes.ts";

const people = collection("users", { fields: { email: text(), team: text().optional() } });
const teams = collection("teams", { fields: { name: text() } });

function mistakesOf(fields: Parameters<typeof collection>[1]): string[] {
  const model = createModel([people, teams, collection("notes", fields)]);
  return findRuleMistakes(model.collection("notes"), model);
}

it("finds a rule that names no field, though only somebody would have met it", () => {
  const mistakes = mistakesOf({
    fields: { owner: text() },
    access: { read: ({ user }) => user !== null && { ovner: user.id } },
  });
  expect(mistakes).toHaveLength(1);
  expect(mistakes[0]).toMatch(/access\.read fails: .*ovner/);
});

it("finds nothing wrong with a rule that uses the application's own fields of users", () => {
  const rule = ({ user }: { readonly user: { readonly [field: string]: unknown } | null }) =>
    user !== null && { team: user["team"] ?? null };
  expect(mistakesOf({ fields: { team: text().optional() }, access: { read: rule } })).toEqual([]);
});

it("finds the rule of a field that leads through a relation", () => {
  const mistakes = mistakesOf({
    fields: { team: ref("teams"), secretPlan: text().readable(() => ({ team: { name: "A" } })) },
  });
  expect(mistakes).toEqual([
    'Collection "notes": the readable rule of "secretPlan" leads through a relation; the rule of a field can only use the record itself.',
  ]);
});

it.each([
  ["a promise", () => Promise.resolve(false)],
  ["{}", () => ({})],
  ["undefined", () => undefined],
])("refuses a rule that answers %s, which would open everything", (answered, rule) => {
  const read = rule as unknown as () => boolean;
  expect(mistakesOf({ fields: { owner: text() }, access: { read } })).toEqual([
    `Collection "notes": access.read fails: The rule answered ${answered}; it must answer true, false or a predicate with conditions.`,
  ]);
});
