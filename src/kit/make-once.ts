/**
 * Makes something when it is first asked for, and once, however many ask meanwhile. What has failed is made anew for whoever
 * asks next.
 *
 * @example
 * const document = makeOnce(async () => JSON.parse(await readFile("openapi.json", "utf8")));
 */
export function makeOnce<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
