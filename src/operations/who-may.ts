import type { AccessRow } from "./access-table.ts";

/** Who may do something, in few words: `everyone`, `signed in where customer = user.id; clerk, admin`, `nobody`. */
export function whoMay({ access }: AccessRow): string {
  const [anonymous = "no", signedIn = "no", ...roles] = Object.values(access);
  const [, , ...names] = Object.keys(access);
  // What everyone who is signed in may do needs not to be said of each role.
  const base = anonymous === "no" ? signedIn : anonymous;
  const others = [...(anonymous === "no" || signedIn === base ? [] : ["signed in"]), ...names];
  const verdicts = [...(others.length > names.length ? [signedIn] : []), ...roles];
  const parts = base === "no" ? [] : [phrase([anonymous === "no" ? "signed in" : "everyone"], base)];
  for (const verdict of new Set(verdicts)) {
    const who = others.filter((_, index) => verdicts[index] === verdict);
    if (verdict !== base && verdict !== "no") parts.push(phrase(who, verdict));
    // What a rule keeps from a role that it gives to others is worth a word.
    if (verdict === "no" && base !== "no") parts.push(`not ${who.join(", ")}`);
  }
  return parts.length === 0 ? "nobody" : parts.join("; ");
}

function phrase(who: readonly string[], verdict: string): string {
  return verdict === "yes" ? who.join(", ") : `${who.join(", ")} ${verdict}`;
}
