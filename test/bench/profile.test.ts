import { describe, expect, test } from "vitest";
import { flameGraph } from "../../bench/profile/flame-graph.ts";
import type { RecordedThread } from "../../bench/profile/recorded-thread.ts";
import { replaceSections } from "../../bench/profile/replace-sections.ts";
import { stacksOf } from "../../bench/profile/thread-stacks.ts";

const call = (functionName: string, url = "") => ({ functionName, url, scriptId: "0", lineNumber: 0, columnNumber: 0 });
const source = (file: string) => `file:///somewhere/src/galley/src/${file}`;
const times = (at: number, cpu: number, queued: number) => ({ at, cpu, queued, process: cpu });

/** A second in which nobody looked, and one with samples: 0.5 s of a commit, 0.3 s of an insert, nothing to do for 0.2 s. */
const recorded: RecordedThread = {
  main: false,
  module: "writer-thread.ts",
  unwatched: { began: times(0, 0, 0), ended: times(1e6, 400_000, 0) },
  watched: { began: times(1e6, 400_000, 0), ended: times(2e6, 900_000, 100_000) },
  profile: {
    startTime: 0,
    endTime: 1e6,
    nodes: [
      { id: 1, callFrame: call("(root)"), children: [2, 3, 6] },
      { id: 2, callFrame: call("(idle)") },
      { id: 3, callFrame: call("commitGroup", source("database/sqlite/group-commit.ts")), children: [4] },
      { id: 4, callFrame: call("run", source("database/sqlite/sqlite-connection.ts")), children: [5] },
      { id: 5, callFrame: call("run") },
      { id: 6, callFrame: call("insert", source("database/sqlite/sqlite-writer.ts")) },
    ],
    samples: [5, 6, 2, 2],
    timeDeltas: [0, 500_000, 300_000, 200_000],
  },
};

describe("what a thread did", () => {
  const { stacks, cpu, waited } = stacksOf(recorded, { unwatched: 1000, watched: 1000 });
  const of = (name: string) => stacks.find(({ frames }) => frames.at(-1)?.name === name)?.microseconds;

  test("is what its work cost while nobody looked", () => {
    expect(cpu).toBeCloseTo(400);
    expect(stacks.reduce((sum, { microseconds }) => sum + microseconds, 0)).toBeCloseTo(400);
    expect(stacks.map(({ frames }) => frames[0]?.file)).toEqual([
      "database/sqlite/group-commit.ts",
      "database/sqlite/sqlite-writer.ts",
    ]);
  });

  test("is without the time for which a commit stood still", () => {
    // Of 0.8 s at work it had a processor for 0.5 s and waited for one for 0.1 s: the disk took 0.2 s of the commit's 0.5.
    expect(waited).toBeCloseTo(200);
    expect(of("run")).toBeCloseTo(200);
    expect(of("insert")).toBeCloseTo(200);
  });
});

test("a flame graph has a box for each function as wide as its time, and none for what is too small to be seen", () => {
  const frame = (name: string) => ({ file: "records/viewer.ts", name });
  const svg = flameGraph("all <of> it", [
    {
      title: "a thread",
      stacks: [
        { frames: [frame("outer"), frame("inner")], microseconds: 75 },
        { frames: [frame("outer")], microseconds: 24.8 },
        { frames: [frame("small")], microseconds: 0.2 },
      ],
    },
  ]);
  expect(svg).toContain("<title>all &lt;of&gt; it: 100.0 µs, 100.0 %</title>");
  expect(svg).toContain("<title>outer records/viewer.ts: 99.8 µs, 99.8 %, present</title>");
  expect(svg).toContain(
    '<title>inner records/viewer.ts: 75.0 µs, 75.0 %, present</title><rect class="present" x="0.0"',
  );
  expect(svg).toContain('width="900.0"');
  expect(svg).not.toContain("small");
});

test("what is measured takes the place of what was, and what people wrote stays", () => {
  const written = "# All\n\nWhy.\n\n## One\n\nold\n\n## Two\n\nold\n\n## Words\n\nThat stay.\n";
  const found = new Map([
    ["One", "1"],
    ["Two", "2"],
  ]);
  const replaced = "# All\n\nWhy.\n\n## One\n\n1\n\n## Two\n\n2\n\n## Words\n\nThat stay.\n";
  expect(replaceSections(written, found)).toBe(replaced);
  expect(replaceSections(replaced, found)).toBe(replaced);
  expect(() => replaceSections(written, new Map([["Three", "3"]]))).toThrow('There is no section "Three"');
});
