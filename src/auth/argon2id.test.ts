import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findArgon2id, type HashInput } from "./argon2id.ts";

/** Of RFC 9106: little enough of everything that many can be tried. */
const inputs: fc.Arbitrary<HashInput> = fc.record({
  message: fc.uint8Array({ maxLength: 300 }),
  nonce: fc.uint8Array({ minLength: 8, maxLength: 64 }),
  memory: fc.integer({ min: 32, max: 100 }),
  passes: fc.integer({ min: 1, max: 3 }),
  parallelism: fc.integer({ min: 1, max: 4 }),
  tagLength: fc.integer({ min: 16, max: 64 }),
});

const missing = (): Promise<never> => Promise.reject(new Error("Cannot find native binding."));

describe("argon2id", () => {
  it("makes the same hashes with the package's program as with that of Node.js, wherever it runs", async () => {
    const [program, ofNode] = [await findArgon2id(), await findArgon2id(missing)];
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        const expected = Buffer.from(ofNode.now(input));
        expect(Buffer.from(program.now(input))).toEqual(expected);
        expect(Buffer.from(await program.inPool(input))).toEqual(expected);
        expect(Buffer.from(await ofNode.inPool(input))).toEqual(expected);
      }),
    );
  });

  it("is that of the package where there is one for the system", async () => {
    const called: string[] = [];
    const program = await findArgon2id(async () => ({
      ...(await import("@node-rs/argon2")),
      hashRawSync: () => {
        called.push("now");
        return Buffer.alloc(32);
      },
    }));
    program.now({
      message: Buffer.from("a"),
      nonce: Buffer.alloc(16),
      memory: 32,
      passes: 1,
      parallelism: 1,
      tagLength: 32,
    });
    expect(called).toEqual(["now"]);
  });

  it("refuses what RFC 9106 refuses, by its name", async () => {
    const { now } = await findArgon2id();
    const wrong = {
      message: Buffer.from("a"),
      nonce: Buffer.alloc(4),
      memory: 32,
      passes: 1,
      parallelism: 1,
      tagLength: 32,
    };
    expect(() => now(wrong)).toThrow(/salt/i);
  });
});
