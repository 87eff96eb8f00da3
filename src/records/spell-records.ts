import { createPauses } from "../kit/pauses.ts";
import type { Include } from "../query/query.ts";
import { isPlainObject } from "../schema/validator.ts";
import { createAnswerSize } from "./answer-size.ts";
import { WrittenRecords } from "./written-records.ts";

/** Records that are spelled in one go. */
const slice = 250;
/** Characters that become bytes in one go. */
const piece = 65_536;

/**
 * Records with what was included in them as `JSON.stringify` writes them, one after another between two texts, but in pieces:
 * thousands take as long as a hundred other requests, which have their turn in between. Bytes, because a text of megabytes would
 * become bytes in one go, once for its tag and once to be sent.
 *
 * @param each is given each piece as it is made
 * @returns the pieces, some of them short
 * @throws GalleyError `invalid_query` where they come to too much
 */
export async function spellRecords(
  records: readonly unknown[],
  include: readonly Include[],
  [before, after]: readonly [string, string],
  each: (piece: Uint8Array) => void = () => undefined,
): Promise<readonly Uint8Array[]> {
  const pause = createPauses();
  const pieces: Buffer[] = [];
  const size = createAnswerSize();
  let text = before;

  function put(bytes: Buffer): void {
    size.add(bytes.length);
    each(bytes);
    pieces.push(bytes);
  }

  function putText(): void {
    put(Buffer.from(text));
    text = "";
  }

  async function add(more: string): Promise<void> {
    text += more;
    if (text.length < piece) return;
    putText();
    await pause();
  }

  async function addWritten(written: WrittenRecords): Promise<void> {
    text += "[";
    for (const bytes of written.pieces) {
      putText();
      put(bytes);
      await pause();
    }
    text += "]";
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
      if (value instanceof WrittenRecords) await addWritten(value);
      else if (within === undefined) await add(JSON.stringify(value));
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
  text += after;
  putText();
  return pieces;
}
