import type { Backend } from "../schema/backend.ts";
import type { CollectionsOf } from "./collections-of.ts";
import type { Include, View } from "./view.ts";

/**
 * A record as a client gets it, with what it includes.
 *
 * @example
 * type Order = ClientRecord<typeof backend, "orders", { lines: { film: true } }>;
 */
export type ClientRecord<
  B extends Backend,
  N extends keyof CollectionsOf<B>,
  I extends Include<CollectionsOf<B>, N> = true,
> = View<CollectionsOf<B>, N, never, I>;
