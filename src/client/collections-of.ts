import type { Backend } from "../schema/backend.ts";
import type { Collection } from "../schema/collection.ts";
import type { UserFields } from "../schema/user-fields.ts";

/** Collections by their names. */
export type Collections = { readonly [name: string]: Collection };

/** The declared collection of a name; users are always there. */
type Declared<B extends Backend, N> =
  Extract<B["collections"][number], { readonly name: N }> extends infer C extends Collection
    ? [C] extends [never]
      ? Collection<"users", UserFields, undefined>
      : C
    : never;

/** The collections of a backend by their names. */
export type CollectionsOf<B extends Backend> = {
  // No key is renamed here: the compiler would do that again whenever it asks for the keys, and it does so all the time.
  readonly [N in B["collections"][number]["name"] | "users"]: Declared<B, N>;
};

/** The users of a backend. */
export type UsersOf<B extends Backend> = Declared<B, "users">;
