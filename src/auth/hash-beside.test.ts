import { constants } from "node:os";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createHashBeside } from "./hash-beside.ts";
import { createPasswordHasher } from "./password-hasher.ts";

/** How far the threads of this process give way to others. */
function niceness(): number[] {
  return readdirSync("/proc/self/task").map((thread) => {
    // The name before may hold spaces, and ends with the last parenthesis.
    const fields = readFileSync(`/proc/self/task/${thread}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return Number(fields[16]);
  });
}

describe("passwords that are hashed in a thread of their own", () => {
  it("are the same as those that Node's pool hashes", async () => {
    const [beside, pool] = [createPasswordHasher(undefined, createHashBeside()), createPasswordHasher()];
    const hashes = await Promise.all([beside.hash("Grüße, Ada"), pool.hash("Grüße, Ada")]);
    for (const hasher of [beside, pool])
      for (const hash of hashes)
        expect([await hasher.verify("Grüße, Ada", hash), await hasher.verify("Ada", hash)]).toEqual([true, false]);
    expect(await beside.verify("Ada", undefined)).toBe(false);
  });

  it("fail alone", async () => {
    const argon2id = createHashBeside();
    const input = { message: new Uint8Array(1), nonce: new Uint8Array(16), passes: 1, parallelism: 1, tagLength: 32 };
    const [wrong, right] = await Promise.allSettled([
      argon2id({ ...input, memory: 1 }),
      argon2id({ ...input, memory: 8 }),
    ]);
    expect(wrong).toMatchObject({ status: "rejected" });
    expect(right).toMatchObject({ status: "fulfilled" });
  });

  it.runIf(process.platform === "linux")("give way to threads that answer requests, which do not", async () => {
    const giving = (): number => niceness().filter((nice) => nice === constants.priority.PRIORITY_BELOW_NORMAL).length;
    const before = giving();
    await createPasswordHasher(undefined, createHashBeside()).hash("a password");
    expect(giving()).toBe(before + 1);
    expect(niceness()).toContain(0);
  });
});
