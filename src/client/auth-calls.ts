import { type Call, callOf } from "./call.ts";
import type { CallOptions } from "./call-options.ts";
import { GalleyClientError } from "./client-error.ts";
import type { Send } from "./send.ts";
import type { Session } from "./session.ts";

/** The calls by which people come in and go out. Their types are those of `AuthClient`. */
export function authCalls(send: Send, session: Session) {
  const post = async (path: string, body: unknown, options?: CallOptions, anonymous = false): Promise<unknown> =>
    (await send({ method: "POST", path: `/auth/${path}`, body, anonymous }, options)).body;

  async function enter(path: string, input: unknown, options?: CallOptions): Promise<unknown> {
    const signedIn = await post(path, input, options, true);
    await session.keep((signedIn as { readonly token: string }).token);
    return signedIn;
  }

  async function leave(input: { readonly everywhere?: boolean }, options?: CallOptions): Promise<void> {
    try {
      await post("sign-out", input, options);
    } catch (error) {
      if (!isNobody(error)) throw error;
      // The session had ended before. Of the others, nobody has ended any.
      if (input.everywhere === true) {
        await session.keep(null);
        throw error;
      }
    }
    await session.keep(null);
  }

  async function current(options?: CallOptions): Promise<unknown> {
    try {
      return (await send({ method: "GET", path: "/auth/session" }, options)).body;
    } catch (error) {
      // That nobody is signed in is an answer here.
      if (isNobody(error)) return null;
      throw error;
    }
  }

  return {
    signUp: (input: unknown, options?: CallOptions) => callOf(enter("sign-up", input, options)),
    signIn: (input: unknown, options?: CallOptions) => callOf(enter("sign-in", input, options)),
    signOut: (input: { readonly everywhere?: boolean } = {}, options?: CallOptions) => callOf(leave(input, options)),
    session: (options?: CallOptions) => callOf(current(options)),
    changePassword: (input: unknown, options?: CallOptions): Call<void> =>
      callOf(post("change-password", input, options).then(() => undefined)),
  };
}

/** Whether the server knows nobody by what was sent. */
function isNobody(error: unknown): boolean {
  return error instanceof GalleyClientError && error.code === "unauthenticated";
}
