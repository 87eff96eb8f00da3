import { expect } from "vitest";
import type { Scene } from "./access-scene.ts";
import type { Answer } from "./shop-client.ts";

/** What no answer holds, whoever asks; and what only its owner and staff are told. */
export function expectDiscreet(answer: Answer, what: string, scene: Scene, caller: string): void {
  const { text } = answer;
  expect(answer.status, what).toBeLessThan(500);
  expect(text, what).not.toMatch(/supplierCode|WH-SECRET|argon2|password|tokenHash/);
  expect(text, `${what}: a stack`).not.toMatch(/\n\s+at |\.[jt]s:\d+|node:internal/);
  expect(text, `${what}: SQL`).not.toMatch(/\b(SELECT|INSERT INTO|DELETE FROM|SQLITE_\w+|sqlite)\b/);
  expect(text, `${what}: a path`).not.toMatch(/(?<![\w/])\/(home|usr|var|tmp|root|opt|app)\//);
  expect(text, `${what}: a path`).not.toContain(process.cwd());
  if (caller !== "admin") expect(text, `${what}: cost`).not.toMatch(/"cost"/);
  if (caller === "anonymous" || caller === "other") {
    expect(text, `${what}: the owner's`).not.toContain(scene.email);
    expect(text, `${what}: the owner's`).not.toContain(scene.street);
    // A refusal may repeat the id that was asked for; an answer holds none.
    const own = ["carts", "cartLines", "addresses", "orders", "orderLines", "coupons"].map((name) => scene.ids[name]);
    if (answer.status < 300) {
      for (const id of own) if (id !== undefined) expect(text, `${what}: the owner's`).not.toContain(id);
    }
  }
}
