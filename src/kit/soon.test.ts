import { expect, it } from "vitest";
import { type Soon, soon } from "./soon.ts";

it("goes on at once with a value that is there, and later with one that is not", async () => {
  const seen: string[] = [];
  const note = (text: string): string => {
    seen.push(text);
    return `${text}!`;
  };
  const later: Soon<string> = soon(Promise.resolve("promised"), note);
  expect(soon("there", note)).toBe("there!");
  expect(seen).toEqual(["there"]);
  expect(await later).toBe("promised!");
  expect(seen).toEqual(["there", "promised"]);
});

it("passes on that the value never came", async () => {
  const later = soon(Promise.reject(new Error("gone")), () => "unreached");
  await expect(later).rejects.toThrow("gone");
});
