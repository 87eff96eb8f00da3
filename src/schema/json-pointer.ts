/** Longest part of a key that is repeated in an answer: it came from outside, and can be a million characters long. */
const longest = 100;

/** Keys that are what they are, as nearly all are. */
const simple = /^\w{1,100}$/;

/**
 * A key as one step of a JSON Pointer (RFC 6901), well-formed and of bounded length.
 *
 * @example
 * `${path}/${pointerStep("a/b")}` // "/a~1b"
 */
export function pointerStep(key: string): string {
  if (simple.test(key)) return key;
  return excerpt(key).replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The beginning of a text from outside, fit to be repeated in an answer. */
export function excerpt(text: string): string {
  return text.slice(0, longest).toWellFormed();
}
