/**
 * Renews a claim at intervals, so that it lasts as long as the work it was made for. A renewal that fails is told, and the
 * next is tried all the same.
 *
 * @param every milliseconds from one renewal to the next; there is never more than one at a time
 * @returns ends it, and settles when no renewal is on its way any more: it would claim again what is freed next
 */
export function keepClaim(
  renew: () => Promise<unknown>,
  every: number,
  failed: (error: unknown) => void,
): () => Promise<void> {
  let renewal: Promise<void> | undefined;
  const timer = setInterval(() => {
    renewal ??= renew()
      .then(() => undefined, failed)
      .finally(() => {
        renewal = undefined;
      });
  }, every);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await renewal;
  };
}
