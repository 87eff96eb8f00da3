import type { Row } from "../../query/sort.ts";
import { wordsOf } from "../../query/words.ts";
import type { CollectionModel } from "../../schema/model.ts";

/** Bytes of the longest word that a tsvector holds, of a whole tsvector, and places of one word; beyond these it fails. */
const longestWord = 2046;
const largestText = 1_000_000;
const mostPlaces = 256;
const lastPlace = 16_383;

/** What the full-text index holds of a record: its words as the algebra sees them, with their places, as tsvector spells them. */
export function wordsText(collection: Pick<CollectionModel, "searched">, row: Row): string {
  const places = new Map<string, number[]>();
  let size = 0;
  let place = 0;
  for (const name of collection.searched) {
    for (const word of wordsOf(typeof row[name] === "string" ? row[name] : "")) {
      place = Math.min(place + 1, lastPlace);
      const held = holdable(word);
      const known = places.get(held);
      // What doesn't fit is not found by its words; refusing to store the record would be worse.
      if (size > largestText) continue;
      if (known === undefined) {
        places.set(held, [place]);
        size += Buffer.byteLength(held) + 8;
      } else if (known.length < mostPlaces && known.at(-1) !== place) {
        known.push(place);
        size += 2;
      }
    }
  }
  return [...places].map(([word, at]) => `'${word}':${at.join(",")}`).join(" ");
}

/** The words of a search as tsquery spells them: all of them, each the beginning of a word. */
export function matchText(words: readonly string[]): string {
  return words.map((word) => `'${holdable(word)}':*`).join(" & ");
}

/** A word as far as the index can hold it. */
function holdable(word: string): string {
  if (word.length * 3 <= longestWord || Buffer.byteLength(word) <= longestWord) return word;
  let held = "";
  let size = 0;
  for (const sign of word) {
    size += Buffer.byteLength(sign);
    if (size > longestWord) break;
    held += sign;
  }
  return held;
}
