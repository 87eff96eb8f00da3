import { type ErrorOf, GalleyClientError } from "./client-error.ts";

/**
 * What came of a call: its value, or the error.
 *
 * @typeParam Own the codes of errors that only this call has
 */
export type Result<T, Own extends string = never> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ErrorOf<Own> };

/**
 * A request under way: a promise of its answer, which rejects with a `GalleyClientError`.
 *
 * @typeParam Own the codes of errors that only this call has
 */
export interface Call<T, Own extends string = never> extends Promise<T> {
  /**
   * The answer or the error as a value, with every code that the error may have in its type.
   *
   * @example
   * const bought = await shop.buy({ film }).result();
   * if (!bought.ok && bought.error.code === "sold_out") tell(bought.error.message);
   */
  result(): Promise<Result<T, Own>>;
}

/** Makes a call of a promise. */
export function callOf<T, Own extends string>(answer: Promise<T>): Call<T, Own> {
  return Object.assign(answer, {
    result: (): Promise<Result<T, Own>> =>
      answer.then(
        (value) => ({ ok: true, value }),
        (error: unknown) => {
          // Which codes there are is known from the definition alone.
          if (error instanceof GalleyClientError) return { ok: false, error: error as ErrorOf<Own> };
          throw error;
        },
      ),
  });
}
