import { accessTable, type AccessTable } from "../operations/access-table.ts";
import { accessText } from "../operations/access-text.ts";
import type { Backend } from "../schema/backend.ts";
import { prepared } from "./prepared.ts";

/**
 * Who may do what, as text: one line for each operation and each field with a rule of its own, one column for nobody, for
 * somebody without roles and for each role. The same definition has the same text, so that a snapshot shows in a review what
 * a change opens or closes.
 *
 * @example
 * expect(accessMatrix(backend)).toMatchSnapshot();
 */
export function accessMatrix(backend: Backend): string {
  return accessText(accessOf(backend));
}

/** Who may do what, as data: `yes`, `no`, or `where` and the predicate. */
export function accessOf(backend: Backend): AccessTable {
  return accessTable(prepared(backend).assembly);
}
