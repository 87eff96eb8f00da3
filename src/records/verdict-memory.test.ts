import { expect, it } from "vitest";
import { always, type Predicate } from "../query/predicate.ts";
import { collection } from "../schema/collection.ts";
import { text } from "../schema/field-text.ts";
import { createModel } from "../schema/model.ts";
import type { Principal } from "../schema/principal.ts";
import type { Verdict } from "../schema/rule.ts";
import { permissionFor } from "./permission.ts";
import { predicateFor } from "./verdict-memory.ts";

const caller = (id: string): Principal => ({
  kind: "user",
  user: { id, email: `${id}@a.org`, roles: [] },
  session: null,
});
const someday = "2026-01-01T00:00:00.000Z";

function asking(read: (context: { readonly user: Principal["user"]; readonly now: string }) => Verdict) {
  const model = createModel([collection("films", { fields: { title: text(), status: text() }, access: { read } })]);
  const films = model.collection("films");
  return (principal: Principal, now = someday) => permissionFor("read", films, model, principal, now);
}

const isTitle = (title: string): Predicate => ({
  kind: "compare",
  field: "title",
  path: [],
  comparison: "eq",
  operand: title,
});

it("makes one predicate of what a rule answers a caller again and again", () => {
  const ask = asking(({ user }) => ({ or: [{ status: "shown" }, { title: { in: [user?.id, "all"] } }] }));
  const [ann, ben] = [caller("ann"), caller("ben")];
  expect(ask(ann)).toBe(ask(ann));
  expect(ask(ben)).not.toEqual(ask(ann));
});

it("heeds a rule that answers otherwise from one moment to the next", () => {
  const ask = asking(({ now }) => ({ title: now }));
  const ann = caller("ann");
  expect(ask(ann, "yesterday")).toEqual(isTitle("yesterday"));
  expect(ask(ann, "today")).toEqual(isTitle("today"));
});

it("heeds a rule that changes the object that it answers", () => {
  const inner: Record<string, unknown> = { title: "a" };
  const verdict = { and: [inner] };
  const ask = asking(() => verdict);
  const ann = caller("ann");
  expect(ask(ann)).toEqual(isTitle("a"));
  inner["title"] = "b";
  expect(ask(ann)).toEqual(isTitle("b"));
  inner["status"] = "shown";
  expect(ask(ann)).not.toEqual(isTitle("b"));
  delete inner["status"];
  expect(ask(ann)).toEqual(isTitle("b"));
});

it("knows apart what looks alike", () => {
  const verdicts: Verdict[] = [
    { title: "1" },
    { title: ["1"] },
    { title: { eq: "1" } },
    { title: null },
    { title: undefined },
    { status: "1" },
    { title: "1", status: "1" },
    { and: [{ title: "1" }] },
    { and: [{ title: "1" }, { title: "1" }] },
  ];
  const model = createModel([collection("films", { fields: { title: text() } })]);
  const films = model.collection("films");
  const rule = (): Verdict => true;
  for (const first of verdicts)
    for (const second of verdicts) {
      const ann = caller("ann");
      const made = (verdict: Verdict, predicate: Predicate): Predicate =>
        predicateFor(verdict as Record<string, unknown>, rule, films, ann, () => predicate);
      made(first, always);
      expect(made(second, isTitle("other")) === always).toBe(first === second);
    }
});

it("doesn't take what a rule said of one collection for another's", () => {
  const model = createModel([
    collection("films", { fields: { title: text() } }),
    collection("books", { fields: { title: text() } }),
  ]);
  const ann = caller("ann");
  const rule = (): Verdict => true;
  const made = (name: string, predicate: Predicate): Predicate =>
    predicateFor({ title: "1" }, rule, model.collection(name), ann, () => predicate);
  expect(made("films", always)).toBe(always);
  expect(made("books", isTitle("1"))).toEqual(isTitle("1"));
});
