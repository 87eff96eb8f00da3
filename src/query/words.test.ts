import { describe, expect, test } from "vitest";
import { searchWords, wordsOf } from "./words.ts";

describe("words of a text", () => {
  test.each([
    ["A Night at the Opera!", ["a", "night", "at", "the", "opera"]],
    ["Amélie, AMÉLIE, Ame\u0301lie", ["amelie", "amelie", "amelie"]],
    ["it's 2001", ["it", "s", "2001"]],
    ["Ｆｕｌｌ ①", ["full", "1"]],
    ["七人の侍", ["七人の侍"]],
    ["Москва", ["москва"]],
    ["\ud800 \0 - 😀", []],
    ["", []],
  ])("%j", (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  test("words asked for are each looked for once, and only the first twenty", () => {
    expect(searchWords("the The THE film")).toEqual(["the", "film"]);
    expect(searchWords(Array.from({ length: 50 }, (_, index) => `w${index}`).join(" "))).toHaveLength(20);
    expect(searchWords('" OR 1=1 -- * NEAR(')).toEqual(["or", "1", "near"]);
  });

  test("are found fast in text that grows when it is taken apart", () => {
    wordsOf("\ufdfa".repeat(10_000));
    wordsOf("e\u0301".repeat(100_000));
    wordsOf("\u0301".repeat(100_000));
  });
});
