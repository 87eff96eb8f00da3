import { GalleyError } from "../kit/galley-error.ts";
import type { Row } from "../query/sort.ts";

/**
 * Megabytes that the records of one answer come to at the most, in characters or bytes of UTF-8. They are bounded in number, but not
 * what is in them: a record of 100 kB that four thousand others refer to would be an answer of 400 MB, made for one request.
 */
const mostOfAnswer = 32;

/** Counts what an answer comes to while it is made. */
export interface AnswerSize {
  /** @throws GalleyError `invalid_query`, or what else it was created with, once it is too much */
  add(length: number): void;
}

/**
 * Creates the count of an answer.
 * @param megabytes the most that it may come to
 * @param refuse the error for what comes to more
 */
export function createAnswerSize(megabytes = mostOfAnswer, refuse = tooMuchAsked): AnswerSize {
  let total = 0;
  return {
    add(length) {
      total += length;
      if (total > megabytes * 2 ** 20) throw refuse(`${megabytes} MB`);
    },
  };
}

function tooMuchAsked(most: string): GalleyError {
  const detail = `The records asked for come to more than ${most}; ask for fewer of them, or include fewer.`;
  return new GalleyError("invalid_query", detail);
}

/** Characters of the texts in rows, those within JSON among them: numbers and times are small whatever they are. */
export function sizeOfRows(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + sizeOf(row), 0);
}

/** Characters of texts. */
export function sizeOfTexts(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0);
}

/** Characters of the texts in a value, names of what is within it among them. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 1;
  let total = 0;
  for (const [name, within] of Object.entries(value)) total += name.length + sizeOf(within);
  return total;
}
