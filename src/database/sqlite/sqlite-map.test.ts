import { beforeEach, expect, it } from "vitest";
import { createFileMap, type FileMap } from "./sqlite-map.ts";

let executed: string[];
let version: number;
let now: number;
let map: FileMap;

beforeEach(() => {
  executed = [];
  version = 1;
  now = 0;
  const connection = { first: () => [version], execute: (text: string) => void executed.push(text) };
  map = createFileMap(connection, () => now);
});

/** One transaction, and what was done to the map before it. */
function transactionAfter(milliseconds: number): readonly string[] {
  now += milliseconds;
  map.fit();
  map.look();
  return executed.splice(0);
}

it("maps the file while nobody else writes, and not for a second after each commit that it is told of", () => {
  expect(transactionAfter(0)).toEqual([]);
  map.changed();
  expect(transactionAfter(0)).toEqual(["PRAGMA mmap_size = 0"]);
  now += 900;
  map.changed();
  expect(transactionAfter(0)).toEqual([]);
  expect(transactionAfter(900)).toEqual([]);
  expect(transactionAfter(200)).toEqual(["PRAGMA mmap_size = 4294967296"]);
  expect(transactionAfter(5000)).toEqual([]);
  map.changed();
  expect(transactionAfter(0)).toEqual(["PRAGMA mmap_size = 0"]);
});

it("notices by itself that another program writes, and doesn't map the file until it has ended", () => {
  expect(transactionAfter(0)).toEqual([]);
  version++;
  // The transaction that finds it out reads as it has begun.
  expect(transactionAfter(100)).toEqual([]);
  expect(transactionAfter(1)).toEqual(["PRAGMA mmap_size = 0"]);
  for (let times = 0; times < 5; times++) {
    version++;
    expect(transactionAfter(500)).toEqual([]);
  }
  expect(transactionAfter(900)).toEqual([]);
  expect(transactionAfter(200)).toEqual(["PRAGMA mmap_size = 4294967296"]);
});
