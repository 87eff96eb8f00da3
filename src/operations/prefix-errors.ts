import { GalleyError } from "../kit/galley-error.ts";

/** Runs work on a member of a list, and puts the member's place in front of the places that an error names. */
export async function prefixErrors<T>(prefix: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withPrefix(prefix, error);
  }
}

/** An error of a member as one of the whole; what is no error for clients stays as it is. */
export function withPrefix(prefix: string, error: unknown): unknown {
  if (!(error instanceof GalleyError)) return error;
  const errors = (error.errors ?? [{ path: "", code: error.code, message: error.message }]).map((violation) => ({
    ...violation,
    path: prefix + violation.path,
  }));
  return new GalleyError(
    { code: error.code, status: error.status, title: error.title },
    `${prefix.slice(1)}: ${error.message}`,
    {
      errors,
      ...(error.headers === undefined ? {} : { headers: error.headers }),
      cause: error,
    },
  );
}
