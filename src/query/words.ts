import { withoutMarks } from "../kit/text.ts";

/** Words of a query that are looked at; the rest would only cost. */
const mostWords = 20;

/**
 * The words of a text as search sees them: letters and digits of any script, without accents, in lower case. Every
 * engine indexes these words, so all of them find the same records.
 */
export function wordsOf(text: string): string[] {
  return (
    withoutMarks(text)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/** The words that a search asks for, each once. */
export function searchWords(text: string): string[] {
  return [...new Set(wordsOf(text))].slice(0, mostWords);
}
