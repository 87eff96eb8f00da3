import type { Predicate } from "../query/predicate.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { Principal } from "../schema/principal.ts";
import type { RuleLike, WhereJson } from "../schema/rule.ts";
import { isPlainObject } from "../schema/validator.ts";

/** What a rule answered a caller last, and the predicate that was made of it. */
interface Known {
  readonly collection: CollectionModel;
  readonly verdict: WhereJson;
  readonly predicate: Predicate;
}

/** By the caller: whoever signs in again, or is changed, is another object. */
const known = new WeakMap<Principal, Map<RuleLike, Known>>();

/**
 * The predicate of what a rule answered. The rule is asked each time, because it may look at the clock; but it answers a caller the
 * same most of the time, and then the predicate is the very object that it was before, by which statements are found that were made of it.
 *
 * @param make reads the verdict
 */
export function predicateFor(
  verdict: WhereJson,
  rule: RuleLike,
  collection: CollectionModel,
  principal: Principal,
  make: () => Predicate,
): Predicate {
  let rules = known.get(principal);
  if (rules === undefined) known.set(principal, (rules = new Map<RuleLike, Known>()));
  const last = rules.get(rule);
  if (last?.collection === collection && isSame(verdict, last.verdict)) return last.predicate;
  const predicate = make();
  // A copy: a rule may answer an object of its own that it changes later.
  rules.set(rule, { collection, verdict: structuredClone(verdict), predicate });
  return predicate;
}

/** Stricter than whether two stored values are equal: what JSON drops must not open a rule. `node:util`'s takes three times as long. */
function isSame(value: unknown, other: unknown): boolean {
  if (typeof value !== "object" || value === null) return value === other;
  if (Array.isArray(value))
    return (
      Array.isArray(other) && value.length === other.length && value.every((one, index) => isSame(one, other[index]))
    );
  if (!isPlainObject(value) || !isPlainObject(other)) return false;
  let members = 0;
  for (const key in value) {
    members++;
    if (!Object.hasOwn(other, key) || !isSame(value[key], other[key])) return false;
  }
  return members === Object.keys(other).length;
}
