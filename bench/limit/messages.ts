/** A film bought: its id and how often. */
export interface Bought {
  readonly film: string;
  readonly quantity: number;
}

/** What the writer is asked for. */
export type Write =
  | { readonly kind: "film"; readonly values: readonly (string | number)[] }
  | { readonly kind: "session"; readonly values: readonly (string | number)[] }
  | { readonly kind: "checkout"; readonly user: string; readonly lines: readonly Bought[]; readonly now: string };

/** What came of it: a text to answer, null where the asker knows it already, or a refusal. */
export type Written = string | null | { readonly status: number; readonly code: string };

/** A film as the request's body has it. */
export interface FilmInput {
  readonly title: string;
  readonly director: string;
  readonly category: string;
  readonly status: string;
  readonly year: number;
  readonly minutes: number;
  readonly rating: number;
  readonly votes: number;
  readonly price: number;
  readonly stock: number;
}
