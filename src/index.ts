export {
  action,
  type Action,
  type ActionError,
  type ActionOptions,
  type RunContext,
  type StepContext,
} from "./schema/action.ts";
export { backend, type AuthOptions, type Backend, type BackendOptions, type Limits } from "./schema/backend.ts";
export {
  collection,
  type Access,
  type Collection,
  type CollectionOptions,
  type HookContext,
  type Hooks,
} from "./schema/collection.ts";
export { users, type UsersOptions } from "./auth/users.ts";
export { DefinitionError } from "./schema/definition-mistakes.ts";
export { boolean } from "./schema/field-boolean.ts";
export { choice } from "./schema/field-choice.ts";
export { computed } from "./schema/field-computed.ts";
export { date } from "./schema/field-date.ts";
export { email } from "./schema/field-email.ts";
export { json, type Json, type JsonOptions } from "./schema/field-json.ts";
export { list, type ListOptions } from "./schema/field-list.ts";
export { money, type MoneyOptions } from "./schema/field-money.ts";
export { integer, number, type NumberOptions } from "./schema/field-number.ts";
export { object } from "./schema/field-object.ts";
export { record } from "./schema/field-record.ts";
export { ref, type RefOptions } from "./schema/field-ref.ts";
export { slug, type SlugOptions } from "./schema/field-slug.ts";
export { secret, text, type TextOptions } from "./schema/field-text.ts";
export { timestamp } from "./schema/field-timestamp.ts";
export { url } from "./schema/field-url.ts";
export { uuid } from "./schema/field-uuid.ts";
export { Field, type Fields, type Presence, type Visibility } from "./schema/field.ts";
export type { CreateOf, InputOf, PatchOf, RecordOf, Shown, ShownRecordOf } from "./schema/infer.ts";
export type { User } from "./schema/principal.ts";
export type { Database, Page, Repository } from "./schema/repository.ts";
export { everyone, nobody, owner, role, Rule, signedIn } from "./schema/rule.ts";
export type { Where } from "./schema/where.ts";
export { GalleyError } from "./kit/galley-error.ts";
