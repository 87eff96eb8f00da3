import { expect, it } from "vitest";
import { createSnapshot } from "./sqlite-snapshot.ts";

it("maps the file while nobody writes, and not for a second after each commit", () => {
  const executed: string[] = [];
  let commits = 0;
  let now = 0;
  const connection = {
    all: () => [],
    first: () => [1],
    run: () => undefined,
    execute: (text: string) => void executed.push(text),
  };
  const snapshot = createSnapshot(connection, { current: () => commits }, () => now);
  const read = (): readonly string[] => {
    snapshot.all({ text: "SELECT 1", values: [] });
    snapshot.end();
    return executed.splice(0);
  };
  expect(read()).toEqual([]);
  commits++;
  expect(read()).toEqual(["PRAGMA mmap_size = 0"]);
  now += 900;
  commits++;
  expect(read()).toEqual([]);
  now += 900;
  expect(read()).toEqual([]);
  now += 200;
  expect(read()).toEqual(["PRAGMA mmap_size = 4294967296"]);
  now += 5000;
  expect(read()).toEqual([]);
  commits++;
  expect(read()).toEqual(["PRAGMA mmap_size = 0"]);
});

it("notices that another program writes, and doesn't map the file until it has ended", () => {
  const executed: string[] = [];
  let version = 1;
  let now = 0;
  const connection = {
    all: () => [],
    first: () => [version],
    run: () => undefined,
    execute: (text: string) => void executed.push(text),
  };
  const snapshot = createSnapshot(connection, { current: () => 0 }, () => now);
  const readAfter = (milliseconds: number): readonly string[] => {
    now += milliseconds;
    snapshot.all({ text: "SELECT 1", values: [] });
    snapshot.end();
    return executed.splice(0);
  };
  expect(readAfter(0)).toEqual([]);
  version++;
  // The read that finds it out reads as it has begun.
  expect(readAfter(100)).toEqual([]);
  expect(readAfter(1)).toEqual(["PRAGMA mmap_size = 0"]);
  for (let times = 0; times < 5; times++) {
    version++;
    expect(readAfter(500)).toEqual([]);
  }
  expect(readAfter(900)).toEqual([]);
  expect(readAfter(200)).toEqual(["PRAGMA mmap_size = 4294967296"]);
});
