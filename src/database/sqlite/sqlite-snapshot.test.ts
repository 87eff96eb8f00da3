import { expect, it } from "vitest";
import { createSnapshot } from "./sqlite-snapshot.ts";

it("maps the file while nobody writes, and not for a second after each commit", () => {
  const executed: string[] = [];
  let commits = 0;
  let now = 0;
  const connection = { all: () => [], run: () => undefined, execute: (text: string) => void executed.push(text) };
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
