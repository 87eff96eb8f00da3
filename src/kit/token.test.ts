import { describe, expect, it } from "vitest";
import { createToken, equal, openWith, sealWith, sha256 } from "./token.ts";

it("makes tokens of 256 bits that never repeat", () => {
  const tokens = new Set(Array.from({ length: 1000 }, createToken));
  expect(tokens.size).toBe(1000);
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

it("hashes text as UTF-8, in hex or base64url", () => {
  expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(sha256("abc", "base64url")).toBe("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
  expect(sha256(Buffer.from("é"))).toBe(sha256("é"));
});

it("compares texts of any length", () => {
  expect(equal("secret", "secret")).toBe(true);
  expect(equal("secret", "secreT")).toBe(false);
  expect(equal("secret", "secret ")).toBe(false);
  expect(equal("", "")).toBe(true);
});

describe("sealWith", () => {
  it("gives the text back to who has the secret", () => {
    for (const text of ["", "a", "Zoë \u{1f600}", "x".repeat(100_000)]) {
      expect(openWith("secret", sealWith("secret", text))).toBe(text);
    }
  });

  it("gives nothing to who has another secret", () => {
    expect(openWith("Secret", sealWith("secret", "text"))).toBeUndefined();
  });

  it("notices a change of any byte, and a cut", () => {
    const sealed = sealWith("secret", "text");
    for (let index = 0; index < sealed.length; index++) {
      const changed = Uint8Array.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(openWith("secret", changed)).toBeUndefined();
      expect(openWith("secret", sealed.subarray(0, index))).toBeUndefined();
    }
  });

  it("never seals the same text into the same bytes, and doesn't hold the text", () => {
    const first = Buffer.from(sealWith("secret", "plain words"));
    const second = Buffer.from(sealWith("secret", "plain words"));
    expect(first.equals(second)).toBe(false);
    expect(first.includes("plain")).toBe(false);
  });
});
