import type { HookContext } from "../schema/collection.ts";
import type { WriteContext } from "./record-context.ts";

/** What hooks are given beside the record. */
export function hookContext(context: WriteContext): HookContext {
  return { db: context.db, user: context.principal.user, now: context.now };
}
