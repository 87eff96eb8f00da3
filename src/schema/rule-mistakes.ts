import type { Surroundings } from "./definition-mistakes.ts";
import { Rule, type RuleLike } from "./rule.ts";

/** What is wrong with a rule, each as the end of a sentence that starts with its place. */
export function ruleMistakes(rule: RuleLike, { roles }: Surroundings): string[] {
  if (typeof rule === "function") return [];
  if (!(rule instanceof Rule)) return ['is no rule; use everyone, signedIn, role("admin") or a function'];
  return [
    ...rule.mistakes,
    ...rule.roles
      .filter((name) => !roles.has(name))
      .map((name) => `names the role "${name}", which is not in backend({ roles })`),
  ];
}
