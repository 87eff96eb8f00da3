import { collection, type Access, type Collection, type Hooks } from "../schema/collection.ts";
import type { Fields } from "../schema/field.ts";
import { owner, role } from "../schema/rule.ts";
import { optionMistakes } from "../schema/option-mistakes.ts";
import { type UserFields, userFields } from "../schema/user-fields.ts";

/** What an application adds to its users. */
export interface UsersOptions<F extends Fields> {
  readonly fields?: F;
  /** Unless told otherwise users read and change themselves, and administrators everyone. */
  readonly access?: Access;
  readonly indexes?: readonly (readonly string[])[];
  readonly hooks?: Hooks<Collection<"users", UserFields & F>>;
}

// oxlint-disable-next-line typescript/no-generated-empty-object-type -- no fields is what it means
type NoFields = Record<never, never>;

/**
 * Declares the users with fields of the application's own. `users` is an ordinary collection; passwords and sessions live in
 * internal ones that no protocol reaches. An application that adds nothing need not declare it.
 *
 * @example
 * export const people = users({ fields: { name: text({ max: 100 }), newsletter: boolean().default(false) } });
 */
export function users<F extends Fields = NoFields>(options: UsersOptions<F> = {}): Collection<"users", UserFields & F> {
  const self = owner("id").or(role("admin"));
  const declared = collection("users", {
    fields: { ...userFields([]), ...options.fields } as UserFields & F,
    access: { read: self, create: role("admin"), update: self, delete: role("admin"), ...options.access },
    ...(options.indexes === undefined ? {} : { indexes: options.indexes }),
    hooks: options.hooks as Hooks<Collection<string, UserFields & F, undefined>>,
  });
  const mistakes = [...declared.mistakes, ...optionMistakes(options, ["fields", "access", "indexes", "hooks"])];
  return { ...declared, mistakes };
}

/** The users of a backend that has these roles beside `admin`. */
export function withRoles(declared: Collection, roles: readonly string[]): Collection {
  return { ...declared, fields: { ...declared.fields, roles: userFields([...new Set(["admin", ...roles])]).roles } };
}

/** What is wrong with the declared users; empty where they can sign in. */
export function userMistakes(declared: Collection): string[] {
  const { email: address, roles, password } = declared.fields;
  const own = address?.type.name === "email" && address.modifiers.unique && roles?.type.name === "list";
  return [
    ...(own
      ? []
      : [
          'Collection "users": declare it with users({ fields }), which adds email and roles; no field of yours can have their names.',
        ]),
    ...(password === undefined
      ? []
      : ['Collection "users": field "password" has the name that sign-up gives to the password, which is kept apart.']),
  ];
}
