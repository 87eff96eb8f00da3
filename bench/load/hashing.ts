// A process that does nothing but argon2id, as passwords are stored by every side (what OWASP recommends), with the fastest program
// for it: asked for so many milliseconds, so many at a time, it says how many hashes a second that made.
import { hashRaw } from "@node-rs/argon2";

const options = { salt: Buffer.alloc(16), memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

async function hashFor(milliseconds: number, atOnce: number): Promise<number> {
  const began = performance.now();
  let made = 0;
  async function goOn(): Promise<void> {
    while (performance.now() - began < milliseconds) {
      await hashRaw("a password", options);
      made++;
    }
  }
  await Promise.all(Array.from({ length: atOnce }, goOn));
  return (made * 1000) / (performance.now() - began);
}

process.once("message", ({ milliseconds, atOnce }: { readonly milliseconds: number; readonly atOnce: number }) => {
  // The first ones get their memory.
  void hashFor(500, atOnce)
    .then(() => hashFor(milliseconds, atOnce))
    .then((made) => process.send?.(made, () => process.exit()));
});
