import { GalleyError } from "../kit/galley-error.ts";
import { always, never, type Predicate } from "../query/predicate.ts";
import { createQueryReport, mostInCode } from "../query/query-report.ts";
import { unrestrictedScope } from "../query/scope.ts";
import { parseWhere } from "../query/where-parser.ts";
import type { Deed } from "../schema/collection.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import type { Principal } from "../schema/principal.ts";
import { isPlainObject } from "../schema/validator.ts";
import { role, type RuleLike, toRule, type WhereJson } from "../schema/rule.ts";
import { predicateFor } from "./verdict-memory.ts";

/**
 * What a rule came to for one caller: denied altogether, or a predicate that says which records. Every repository method
 * demands one; to ask for none is spelled {@link unrestricted}.
 */
export type Permission = Predicate | { readonly kind: "denied" } | { readonly kind: "unrestricted" };

/** A permission that a rule refused. */
const denied: Permission = { kind: "denied" };

/** The permission of code that acts without rules, those of fields included. No rule comes to it. */
export const unrestricted: Permission = { kind: "unrestricted" };

const administrators = role("admin");

/** What a rule comes to for a caller. The application itself may do everything. */
export function decide(
  rule: RuleLike | undefined,
  collection: CollectionModel,
  model: Model,
  principal: Principal,
  now: string,
): Permission {
  if (principal.kind === "system") return unrestricted;
  const asked = rule ?? administrators;
  const verdict = toRule(asked).decide({ user: principal.user, now });
  if (verdict === true) return always;
  checkVerdict(verdict);
  if (verdict === false) return denied;
  return predicateFor(verdict, asked, collection, principal, () => {
    if (principal.user !== null) checkOperands(verdict, objectsOf(principal.user), collection);
    return readVerdict(verdict, collection, model);
  });
}

/** The objects inside of a user's values, which a `json()` field lets whoever fills it in choose. */
function objectsOf(value: object, found: Set<unknown> = new Set()): Set<unknown> {
  for (const inner of Object.values(value) as readonly unknown[]) {
    if (typeof inner !== "object" || inner === null) continue;
    found.add(inner);
    objectsOf(inner, found);
  }
  return found;
}

/**
 * Where a rule compares with a value of the user, that value must be one to compare with: an object of theirs would be read as
 * conditions of their choice, and `{ "ne": "" }` opens what a team's name was meant to close.
 * @throws Error
 */
function checkOperands(where: object, theirs: ReadonlySet<unknown>, collection: CollectionModel): void {
  if (theirs.size === 0) return;
  for (const [key, value] of Object.entries(where) as readonly [string, unknown][]) {
    if (typeof value !== "object" || value === null) continue;
    if (theirs.has(value) && !Array.isArray(value))
      throw new Error(
        `A rule of ${collection.name} compares "${key}" with an object out of the user's own values, which would be read as conditions that they choose; compare with a text, a number or a boolean of it.`,
      );
    checkOperands(value, theirs, collection);
  }
}

function readVerdict(verdict: WhereJson, collection: CollectionModel, model: Model): Predicate {
  const report = createQueryReport(mostInCode);
  try {
    const predicate = parseWhere(verdict, collection, { model, scope: unrestrictedScope, report });
    report.settle();
    return predicate;
  } catch (cause) {
    // It is the application's mistake, and not one of the query that a client may have sent.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`A rule of ${collection.name} answered a predicate that can't be used: ${reason}`, { cause });
  }
}

/**
 * A promise has no fields, and an empty predicate no conditions: taken for one, either would open everything to everybody.
 * @throws Error
 */
function checkVerdict(verdict: unknown): asserts verdict is false | WhereJson {
  if (verdict === false || (isPlainObject(verdict) && Object.keys(verdict).length > 0)) return;
  const answered =
    verdict instanceof Promise ? "a promise" : verdict === undefined ? "undefined" : JSON.stringify(verdict);
  throw new Error(`The rule answered ${answered}; it must answer true, false or a predicate with conditions`);
}

/**
 * Whether a rule lets a caller pass where there is no record to ask about: the access rule of an action.
 * @throws Error when the rule answers a predicate
 */
export function admits(rule: RuleLike | undefined, principal: Principal, now: string): boolean {
  if (principal.kind === "system") return true;
  const verdict = toRule(rule ?? administrators).decide({ user: principal.user, now });
  if (typeof verdict === "boolean") return verdict;
  throw new Error(
    "The access rule of an action must answer true or false; there is no record yet that a predicate could be about.",
  );
}

/** What a caller may do with the records of a collection. Default deny: a deed without a rule is for administrators. */
export function permissionFor(
  deed: Deed,
  collection: CollectionModel,
  model: Model,
  principal: Principal,
  now: string,
): Permission {
  const { access } = collection.declaration;
  const rule = deed === "read" ? access.read : (access[deed] ?? access.write);
  return decide(rule, collection, model, principal, now);
}

/** The predicate of a permission. @throws GalleyError `unauthenticated` or `forbidden` where it was denied */
export function granted(permission: Permission, principal: Principal): Predicate {
  if (permission.kind === "denied") throw refusal(principal);
  return permission.kind === "unrestricted" ? always : permission;
}

/** Which records a permission lets pass; none where it was denied. */
export function predicateOf(permission: Permission): Predicate {
  if (permission.kind === "denied") return never;
  return permission.kind === "unrestricted" ? always : permission;
}

/** The error for someone who may not: sign in first, or not even then. */
export function refusal(principal: Principal, detail = "You are not allowed to do this."): GalleyError {
  return principal.kind === "anonymous"
    ? new GalleyError("unauthenticated", "Sign in to do this.")
    : new GalleyError("forbidden", detail);
}
