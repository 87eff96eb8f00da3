import type { AccessRow, AccessTable } from "./access-table.ts";

/**
 * A table of who may do what as text: a line each, the predicates at its end. The same definition has the same text.
 *
 * @example
 *                  anonymous  signed in  admin
 * films.list       yes        yes        yes
 * orders.list      no         where      yes    where customer = user.id
 */
export function accessText({ callers, rows }: AccessTable): string {
  const width = Math.max(0, ...rows.map(({ what }) => what.length)) + 2;
  const line = (first: string, cells: readonly string[], rest: string): string =>
    [
      first.padEnd(width),
      ...callers.map((caller, index) => (cells[index] ?? "").padEnd(Math.max(caller.length, 7) + 2)),
      rest,
    ]
      .join("")
      .trimEnd();
  const lines = rows.map((row) => {
    const cells = callers.map((caller) => /^[a-z]+/.exec(row.access[caller] ?? "")?.[0] ?? "");
    return line(row.what, cells, conditionsOf(row, callers));
  });
  return [line("", callers, ""), ...lines].join("\n");
}

/** What the cells of a line leave out: one predicate where it is the same for all whom it is about. */
function conditionsOf({ access }: AccessRow, callers: readonly string[]): string {
  const conditions = new Map<string, string[]>();
  for (const caller of callers) {
    const text = access[caller] ?? "";
    if (text === "yes" || text === "no") continue;
    conditions.set(text, [...(conditions.get(text) ?? []), caller]);
  }
  const [only] = conditions.keys();
  if (conditions.size <= 1) return only ?? "";
  return [...conditions].map(([text, names]) => `${names.join(", ")}: ${text}`).join("; ");
}
