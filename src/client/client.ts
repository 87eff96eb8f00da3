import type { Backend } from "../schema/backend.ts";
import type { ActionClient } from "./action-client.ts";
import type { AuthClient } from "./auth-client.ts";
import type { Answers, Batch, Member } from "./batch.ts";
import type { Call } from "./call.ts";
import type { WriteOptions } from "./call-options.ts";
import type { CollectionClient } from "./collection-client.ts";
import type { CollectionsOf, UsersOf } from "./collections-of.ts";

/** What every client has beside the collections and actions of its backend, none of which can have such a name. */
export interface ClientTools<B extends Backend> {
  /** How people come in and go out. */
  readonly auth: AuthClient<UsersOf<B>>;

  /**
   * Runs operations in one transaction: all or none.
   *
   * @example
   * const [film, review] = await shop.$batch((batch) => [
   *   batch.films.update(id, { stock: { increment: 1 } }),
   *   batch.reviews.create({ film: id, stars: 5 }),
   * ]);
   */
  $batch<const R extends readonly Member[]>(
    plan: (batch: Batch<B>) => R,
    options?: WriteOptions,
  ): Call<Answers<R>, R[number] extends Member<unknown, infer Own> ? Own : never>;

  /**
   * The same client for somebody else: by a session token, or null for nobody. A server that renders pages makes one for each
   * request.
   */
  $as(token: string | null): Client<B>;
}

/** A whole backend, as its clients see it. */
export type Client<B extends Backend = Backend> = ClientTools<B> & {
  readonly [N in keyof CollectionsOf<B>]: CollectionClient<CollectionsOf<B>, N>;
} & {
  readonly [A in B["actions"][number] as Exclude<A["name"], "then">]: ActionClient<A>;
};
