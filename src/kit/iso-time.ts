/**
 * Spells times as RFC 3339 in UTC, with milliseconds. Requests that arrive in the same millisecond share one text: to make
 * one costs as much as looking up a record's index.
 *
 * @example
 * const isoTime = createIsoTime();
 * isoTime(0); // "1970-01-01T00:00:00.000Z"
 */
export function createIsoTime(): (milliseconds: number) => string {
  let last = Number.NaN;
  let text = "";
  return (milliseconds) => {
    if (milliseconds !== last) {
      text = new Date(milliseconds).toISOString();
      last = milliseconds;
    }
    return text;
  };
}
