import { describe, expect, test } from "vitest";
import type { User } from "./principal.ts";
import { everyone, nobody, owner, role, Rule, type RuleLike, signedIn, toRule, type Verdict } from "./rule.ts";

const ada: User = { id: "ada", email: "ada@example.com", roles: ["admin"] };
const bob: User = { id: "bob", email: "bob@example.com", roles: [] };

function ask(rule: RuleLike, user: User | null): Verdict {
  return toRule(rule).decide({ user, now: "2026-03-01T00:00:00.000Z" });
}

test.each([
  ["everyone", everyone, [true, true, true]],
  ["nobody", nobody, [false, false, false]],
  ["signedIn", signedIn, [false, true, true]],
  ["a role", role("admin"), [false, false, true]],
  ["a role that is part of another's name", role("adm"), [false, false, false]],
  ["an owner", owner("customer"), [false, { customer: "bob" }, { customer: "ada" }]],
  ["an owner far away", owner("cart.customer"), [false, { cart: { customer: "bob" } }, { cart: { customer: "ada" } }]],
  ["a function", ({ user }) => user?.id === "bob", [false, true, false]],
] satisfies [string, RuleLike, Verdict[]][])("%s decides by who asks", (_, rule, verdicts) => {
  expect([null, bob, ada].map((user) => ask(rule, user))).toEqual(verdicts);
});

describe("composed rules", () => {
  const where = { public: true };
  const other = { open: true };
  const verdicts: readonly Verdict[] = [true, false, where];
  const saying = (verdict: Verdict): Rule => new Rule(() => verdict);

  test.each([
    [true, true, true, true],
    [true, false, true, false],
    [false, true, true, false],
    [false, false, false, false],
    [true, other, true, other],
    [other, true, true, other],
    [false, other, other, false],
    [other, false, other, false],
    [where, other, { or: [where, other] }, { and: [where, other] }],
  ] as [Verdict, Verdict, Verdict, Verdict][])("%j with %j: or %j, and %j", (left, right, either, both) => {
    expect(ask(saying(left).or(saying(right)), bob)).toEqual(either);
    expect(ask(saying(left).and(saying(right)), bob)).toEqual(both);
    expect(
      ask(
        saying(left).or(() => right),
        bob,
      ),
    ).toEqual(either);
  });

  test("not turns each verdict round", () => {
    expect(verdicts.map((verdict) => ask(saying(verdict).not(), bob))).toEqual([false, true, { not: where }]);
  });

  test("don't ask the second rule when the first has decided", () => {
    const fails = new Rule(() => {
      throw new Error("asked");
    });
    expect(ask(everyone.or(fails), bob)).toBe(true);
    expect(ask(nobody.and(fails), bob)).toBe(false);
  });

  test("remember the roles and owners that they name", () => {
    const rule = role("admin").or(role("clerk").not()).and(owner("customer")).or(owner("cart.customer"));
    expect(rule.roles).toEqual(["admin", "clerk"]);
    expect(rule.owners).toEqual(["customer", "cart.customer"]);
    expect(rule.not().owners).toEqual(rule.owners);
  });
});
