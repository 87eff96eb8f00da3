import { predicateText } from "../query/predicate-text.ts";
import { decide } from "../records/permission.ts";
import { isHidden } from "../schema/field.ts";
import type { Assembly } from "./assemble.ts";
import { exemplaryCallers } from "./exemplary-callers.ts";
import { decided, type Reach, reachOf } from "./reach.ts";

/** Who may do one thing. */
export interface AccessRow {
  /** An operation (`films.create`), or what is done to a field with a rule of its own (`films.cost: read`). */
  readonly what: string;
  /** For each caller `yes`, `no`, or `where` and a predicate: `where customer = user.id`. */
  readonly access: Readonly<Record<string, string>>;
}

/** Who may do what. */
export interface AccessTable {
  /** `anonymous`, `signed in` for a user without roles, and the roles, `admin` last. */
  readonly callers: readonly string[];
  /** Operations in the order of the definition, each collection's followed by its fields with rules; then actions. */
  readonly rows: readonly AccessRow[];
}

/**
 * Who may do what, as the rules say to exemplary callers. A batch has no row: it may do what its members may. A predicate is
 * that of the rule; what it says of a record that someone may not see is told by the row that reads.
 */
export function accessTable({ backend, model, operations }: Assembly): AccessTable {
  const { callers, now, spell } = exemplaryCallers(model, backend.roles);

  const rowOf = (what: string, reach: (caller: (typeof callers)[number]) => Reach): AccessRow => ({
    what,
    access: Object.fromEntries(callers.map((caller) => [caller.name, textOf(reach(caller))])),
  });
  const textOf = (reach: Reach): string => {
    if (reach.kind === "some") return `where ${predicateText(reach.where, spell)}`;
    if (reach.kind === "unknown") return `depends: ${reach.reason}`;
    return reach.kind === "all" ? "yes" : "no";
  };

  function fieldRows(name: string): AccessRow[] {
    const collection = model.collection(name);
    return [...collection.fields].flatMap(([field, declared]) =>
      (["readable", "writable"] as const).flatMap((what) => {
        const rule = declared.modifiers[what];
        if (rule === undefined || (what === "readable" && isHidden(declared))) return [];
        return rowOf(`${name}.${field}: ${what === "readable" ? "read" : "write"}`, ({ principal }) =>
          decided(() => decide(rule, collection, model, principal, now)),
        );
      }),
    );
  }

  const asked = [...operations.values()].filter(({ name }) => name !== "batch");
  const rows = asked.flatMap((operation, index) => {
    const row = rowOf(operation.name, ({ principal }) => reachOf(operation, principal, model, now));
    const { collection } = operation;
    const isLast = collection !== undefined && asked[index + 1]?.collection !== collection;
    return isLast ? [row, ...fieldRows(collection.name)] : [row];
  });
  return { callers: callers.map(({ name }) => name), rows };
}
