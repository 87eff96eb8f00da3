// A process that does nothing but argon2id, as passwords are stored by every side (what OWASP recommends): asked for so many
// milliseconds, so many at a time, it says how many hashes a second that made.
import { argon2 } from "node:crypto";

const parameters = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;

async function hashFor(milliseconds: number, atOnce: number): Promise<number> {
  const began = performance.now();
  let made = 0;
  async function goOn(): Promise<void> {
    while (performance.now() - began < milliseconds) {
      await new Promise<void>((resolve, reject) => {
        argon2("argon2id", { message: "a password", nonce: Buffer.alloc(16), ...parameters }, (error) =>
          error === null ? resolve() : reject(error),
        );
      });
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
