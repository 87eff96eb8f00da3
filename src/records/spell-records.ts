import { createPauses } from "../kit/pauses.ts";
import type { Include } from "../query/query.ts";
import { isPlainObject } from "../schema/validator.ts";

/** Records that are spelled in one go. */
const slice = 250;
/** Characters that become bytes in one go. */
const piece = 65_536;

/**
 * Records with what was included in them as `JSON.stringify` writes them, one after another between two texts, but in pieces:
 * thousands take as long as a hundred other requests, which have their turn in between. Bytes, because a text of megabytes would
 * become bytes in one go, once for its tag and once to be sent.
 */
export async function spellRecords(
  records: readonly unknown[],
  include: readonly Include[],
  [before, after]: readonly [string, string],
): Promise<Uint8Array> {
  const pause = createPauses();
  const pieces: Buffer[] = [];
  let text = before;

  async function add(more: string): Promise<void> {
    text += more;
    if (text.length < piece) return;
    pieces.push(Buffer.from(text));
    text = "";
    await pause();
  }

  async function addAll(all: readonly unknown[], beyond: readonly Include[]): Promise<void> {
    const step = beyond.length === 0 ? slice : 1;
    for (let from = 0; from < all.length; from += step) {
      if (from > 0) text += ",";
      if (step > 1) await add(JSON.stringify(all.slice(from, from + step)).slice(1, -1));
      else await addOne(all[from], beyond);
    }
  }

  async function addOne(record: unknown, beyond: readonly Include[]): Promise<void> {
    if (!isPlainObject(record)) return add(JSON.stringify(record));
    let separator = "{";
    for (const [name, value] of Object.entries(record)) {
      text += `${separator}${JSON.stringify(name)}:`;
      separator = ",";
      const within = beyond.find(({ relation }) => relation === name)?.include;
      if (within === undefined) await add(JSON.stringify(value));
      else if (!Array.isArray(value)) await addOne(value, within);
      else {
        text += "[";
        await addAll(value, within);
        text += "]";
      }
    }
    text += "}";
  }

  await addAll(records, include);
  pieces.push(Buffer.from(text + after));
  return Buffer.concat(pieces);
}
