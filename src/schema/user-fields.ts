import { choice } from "./field-choice.ts";
import { email } from "./field-email.ts";
import { list } from "./field-list.ts";
import { role } from "./rule.ts";

/** The fields that every user has. Only administrators give roles. */
export function userFields(roles: readonly string[]) {
  return {
    email: email().unique(),
    roles: list(choice(roles)).default([]).writable(role("admin")),
  };
}

export type UserFields = ReturnType<typeof userFields>;
