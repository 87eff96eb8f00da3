import type { Collection } from "../schema/collection.ts";
import type { Fields } from "../schema/field.ts";
import type { DetailsOf, InputOf, PresenceOf, ShownRecordOf, Simplify, VisibilityOf } from "../schema/infer.ts";
import type { Call } from "./call.ts";
import type { CallOptions } from "./call-options.ts";

/** The fields that who signs up may fill in: those that no rule keeps for others, and no reference that may be missing. */
type SignUpFields<F extends Fields> = {
  readonly [
    K in keyof F as VisibilityOf<F[K]> extends "hidden"
      ? never
      : DetailsOf<F[K]> extends { readonly writable: "restricted" }
        ? never
        : [DetailsOf<F[K]>, PresenceOf<F[K]>] extends [{ readonly target: string }, "optional" | "defaulted"]
          ? never
          : K
  ]: F[K];
};

/** What signs up. */
export type SignUpOf<U extends Collection> = Simplify<
  InputOf<SignUpFields<U["fields"]>> & { readonly password: string }
>;

/** Who is signed in, and the token that says so: to keep where this client doesn't. */
export interface SignedIn<U extends Collection> {
  readonly user: ShownRecordOf<U>;
  readonly token: string;
}

/** A session that lasts. */
export interface SessionOf<U extends Collection> {
  readonly user: ShownRecordOf<U>;
  readonly session: { readonly id: string; readonly createdAt: string; readonly expiresAt: string };
}

/** How people come in and go out. The session is kept: what is called next is called by who signed in. */
export interface AuthClient<U extends Collection> {
  /** Creates an account and signs in. */
  signUp(input: SignUpOf<U>, options?: CallOptions): Call<SignedIn<U>>;
  signIn(input: { readonly email: string; readonly password: string }, options?: CallOptions): Call<SignedIn<U>>;
  /** Ends the session, or all of the user's. */
  signOut(input?: { readonly everywhere?: boolean }, options?: CallOptions): Call<void>;
  /** Who is signed in; null for nobody. */
  session(options?: CallOptions): Call<SessionOf<U> | null>;
  /** Changes the password, and ends all other sessions. */
  changePassword(
    input: { readonly currentPassword: string; readonly newPassword: string },
    options?: CallOptions,
  ): Call<void>;
}
