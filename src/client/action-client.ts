import type { Action, Output } from "../schema/action.ts";
import type { Collection } from "../schema/collection.ts";
import type { Field, Fields } from "../schema/field.ts";
import type { DetailsOf, InputOf, ShownRecordOf, ValueOf, VisibilityOf } from "../schema/infer.ts";
import type { Call } from "./call.ts";
import type { WriteOptions } from "./call-options.ts";

/** A field of an output as it is answered: the records in it are as clients see them. */
type AnsweredField<F> =
  | (DetailsOf<F> extends { readonly collection: infer C extends Collection }
      ? ShownRecordOf<C>
      : DetailsOf<F> extends { readonly item: infer I }
        ? readonly AnsweredField<I>[]
        : DetailsOf<F> extends { readonly fields: infer I extends Fields }
          ? AnsweredFields<I>
          : NonNullable<ValueOf<F>>)
  | Extract<ValueOf<F>, null>;

type AnsweredFields<F extends Fields> = {
  readonly [K in keyof F as VisibilityOf<F[K]> extends "hidden" ? never : K]: AnsweredField<F[K]>;
};

/** What an action with this output answers to a client. */
export type AnswerOf<O extends Output | undefined> = O extends Collection
  ? ShownRecordOf<O>
  : O extends Field
    ? AnsweredField<O>
    : O extends Fields
      ? AnsweredFields<O>
      : void;

/** What an action is called with. The input may be left out where nothing of it must be sent. */
export type ActionParameters<I, O extends readonly unknown[]> =
  Record<never, never> extends I ? [input?: I, ...O] : [input: I, ...O];

/** Calls an action. */
export type ActionClient<A extends Action> = (
  ...parameters: ActionParameters<InputOf<A["input"]>, [options?: WriteOptions]>
) => Call<AnswerOf<A["output"]>, keyof A["errors"] & string>;
