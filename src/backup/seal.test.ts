import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { seal, unseal } from "./seal.ts";

const chunk = 64 * 1024;
const [header, tag] = [41, 16];
const cheap = 4;

const sealed = (bytes: Uint8Array): Promise<Buffer> => buffer(seal(Readable.from([bytes]), "a passphrase", cheap));
const open = (bytes: Uint8Array, passphrase = "a passphrase"): Promise<Buffer> =>
  buffer(unseal(Readable.from([bytes]), passphrase));

test("what was sealed is opened with its passphrase, in whatever pieces it comes", () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk + 7),
      fc.integer({ min: 1, max: 5 * chunk }),
      async (size, step) => {
        const bytes = Buffer.alloc(size, "Galley");
        const whole = await sealed(bytes);
        const pieces = Array.from({ length: Math.ceil(whole.length / step) }, (_, index) =>
          whole.subarray(index * step, (index + 1) * step),
        );
        expect(bytes.equals(await buffer(unseal(Readable.from(step < 64 ? [whole] : pieces), "a passphrase")))).toBe(
          true,
        );
      },
    ),
    { numRuns: 20 },
  ));

test("no byte can be changed, and none cut off, unseen", async () => {
  const whole = await sealed(Buffer.alloc(100, "Galley"));
  for (let place = 0; place < whole.length; place++) {
    // A cost that somebody raised is not paid.
    if (place === 8) continue;
    const changed = Buffer.from(whole);
    changed[place] = (changed[place] ?? 0) ^ 1;
    await expect(open(changed), `byte ${place}`).rejects.toThrow();
    await expect(open(whole.subarray(0, place)), `the first ${place}`).rejects.toThrow();
  }
  await expect(open(whole, "another passphrase")).rejects.toThrow("the passphrase is not the one");
});

test("chunks can't be left out, put elsewhere, cut off behind one, or added", async () => {
  const whole = await sealed(Buffer.alloc(3 * chunk, "Galley"));
  const at = (index: number): Buffer =>
    whole.subarray(header + index * (chunk + tag), header + (index + 1) * (chunk + tag));
  const start = whole.subarray(0, header);
  const [a, b, c] = [at(0), at(1), at(2)];
  expect(await open(Buffer.concat([start, a, b, c]))).toHaveLength(3 * chunk);
  for (const parts of [[a, c], [b, a, c], [a, b], [a], [], [a, b, c, c], [a, b, c, Buffer.alloc(1)]])
    await expect(open(Buffer.concat([start, ...parts]))).rejects.toThrow();
});

test("a cost that would take all memory is refused", async () => {
  const whole = await sealed(Buffer.alloc(1));
  whole[8] = 30;
  await expect(open(whole)).rejects.toThrow("it was changed");
});
