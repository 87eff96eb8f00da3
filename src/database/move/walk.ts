import { createHash, type Hash } from "node:crypto";
import type { Snapshot } from "../engine.ts";
import type { Page, Part } from "./move-part.ts";

/** Rows of a page at the most, and the characters that a page should have: rows may be long. */
const mostRows = 1000;
const wantedSize = 1_000_000;
const firstRows = 16;

/** A way through a part, row by row in the order of the keys, and how far it has come. */
export interface Walk {
  /** Rows that were passed. */
  readonly count: number;
  /** Key of the last of them. */
  readonly last: Page["last"];
  /** SHA-256 of the rows that were passed, in hexadecimal digits. */
  checksum(): string;
  /**
   * Goes on until `most` rows were passed or there are no more.
   *
   * @param each is given each page; the next one is read meanwhile
   */
  go(from: Snapshot, most: number, each?: (page: Page) => Promise<void>): Promise<void>;
}

/** Starts a walk at the first row. */
export function startWalk(part: Part): Walk {
  const hash: Hash = createHash("sha256");
  let count = 0;
  let last: Page["last"];
  let rows = firstRows;

  return {
    get count() {
      return count;
    },
    get last() {
      return last;
    },
    checksum: () => hash.copy().digest("hex"),
    async go(from, most, each = () => Promise.resolve()) {
      let working: Promise<void> = Promise.resolve();
      try {
        while (count < most) {
          const page = await part.page(from, last, Math.min(rows, most - count));
          if (page.texts.length === 0) break;
          let size = 0;
          for (const text of page.texts) {
            // A line each: no two lists of rows make the same text.
            hash.update(text).update("\n");
            size += text.length;
          }
          rows = Math.max(1, Math.min(mostRows, rows * 4, Math.floor((wantedSize * page.texts.length) / size)));
          count += page.texts.length;
          last = page.last;
          await working;
          working = each(page);
          // Whoever waits for it is told; that nobody does yet must not end the process.
          working.catch(ignore);
        }
      } finally {
        await working;
      }
    },
  };
}

function ignore(): void {}
