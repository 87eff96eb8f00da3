import type { CollectionModel } from "../schema/model.ts";
import type { HookContext } from "../schema/collection.ts";
import type { WriteContext } from "./record-context.ts";

/** What hooks are given beside the record. */
export function hookContext(context: WriteContext): HookContext {
  return { db: context.db(context), user: context.principal.user, now: context.now };
}

/** Whether code of the application's runs when a record is created, which may look at others. */
export function hooksCreates({ declaration: { hooks } }: CollectionModel): boolean {
  return hooks.beforeCreate !== undefined || hooks.afterCreate !== undefined;
}
