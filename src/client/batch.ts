import type { Action } from "../schema/action.ts";
import type { Backend } from "../schema/backend.ts";
import type { CreateOf, InputOf, PatchOf, ShownRecordOf } from "../schema/infer.ts";
import type { ActionParameters, AnswerOf } from "./action-client.ts";
import type { Known } from "./call-options.ts";
import type { ReplaceOf } from "./collection-client.ts";
import type { Collections, CollectionsOf } from "./collections-of.ts";
import { entityTag } from "./entity-tag.ts";
import { createNames } from "./names.ts";

/** One operation of a batch, as plain data. */
export interface Member<T = unknown, Own extends string = string> {
  readonly operation: string;
  readonly input: unknown;
  readonly ifMatch?: string;
  /** Carries the types for inference; never set. */
  readonly types?: { readonly value: T; readonly own: Own };
}

interface Matching {
  /** The whole batch is refused as `precondition_failed` when the record has moved on since it was read. */
  readonly ifMatch?: Known | undefined;
}

interface CollectionMembers<M extends Collections, N extends keyof M> {
  get(id: string): Member<ShownRecordOf<M[N]>, never>;
  create(input: CreateOf<M[N]>): Member<ShownRecordOf<M[N]>, never>;
  update(id: string, patch: PatchOf<M[N]["fields"]>, options?: Matching): Member<ShownRecordOf<M[N]>, never>;
  replace(id: string, input: ReplaceOf<M[N]>, options?: Matching): Member<ShownRecordOf<M[N]>, never>;
  delete(id: string, options?: Matching): Member<void, never>;
}

type ActionMember<A extends Action> = (
  ...parameters: ActionParameters<InputOf<A["input"]>, []>
) => Member<AnswerOf<A["output"]>, keyof A["errors"] & string>;

/** The operations that a batch may have. */
export type Batch<B extends Backend> = {
  readonly [N in keyof CollectionsOf<B>]: CollectionMembers<CollectionsOf<B>, N>;
} & {
  readonly [A in B["actions"][number] as Exclude<A["name"], "then">]: ActionMember<A>;
};

/** What the members of a batch answer, in their order. */
export type Answers<R extends readonly Member[]> = {
  readonly [K in keyof R]: R[K] extends Member<infer T> ? T : never;
};

/** Creates what makes the members of a batch. Its types are those of `Batch`. */
export function createBatch(): object {
  return createNames(
    (name) =>
      Object.assign((input: unknown = {}): Member => ({ operation: name, input }), {
        get: (id: string): Member => ({ operation: `${name}.get`, input: { id } }),
        create: (input: unknown): Member => ({ operation: `${name}.create`, input }),
        update: (id: string, patch: object, options?: Matching) =>
          changing(`${name}.update`, { ...patch, id }, options),
        replace: (id: string, input: object, options?: Matching) =>
          changing(`${name}.replace`, { ...input, id }, options),
        delete: (id: string, options?: Matching) => changing(`${name}.delete`, { id }, options),
      }),
    {},
  );
}

function changing(operation: string, input: unknown, { ifMatch }: Matching = {}): Member {
  return { operation, input, ...(ifMatch === undefined ? {} : { ifMatch: entityTag(ifMatch) }) };
}
