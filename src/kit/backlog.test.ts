import { describe, expect, it } from "vitest";
import { createBacklog } from "./backlog.ts";

/** A backlog whose time is told. */
function setUp() {
  let time = 0;
  const backlog = createBacklog({ few: 10, most: 1000, target: 100, burst: 300, now: () => time });
  return {
    backlog,
    pass(milliseconds: number, done = 0) {
      time += milliseconds;
      for (let one = 0; one < done; one++) backlog.done();
    },
  };
}

describe("a backlog", () => {
  it("lets a burst be, however many come at once and however long each takes", () => {
    const { backlog, pass } = setUp();
    expect(backlog.admits(0)).toBe(true);
    expect(backlog.admits(900)).toBe(true);
    pass(10_000, 1);
    // They are done, and so were those before the next burst.
    expect(backlog.admits(0)).toBe(true);
    expect(backlog.admits(900)).toBe(true);
  });

  it("holds a queue that stands to what is done in the time that may be waited", () => {
    const { backlog, pass } = setUp();
    expect(backlog.admits(0)).toBe(true);
    for (let step = 0; step < 5; step++) {
      pass(100, 50);
      backlog.admits(200);
    }
    expect(backlog.admits(200)).toBe(false);
    expect(backlog.admits(51)).toBe(false);
    expect(backlog.admits(50)).toBe(true);
    // Where less is done, less may wait.
    for (let step = 0; step < 4; step++) {
      pass(100, 20);
      backlog.admits(200);
    }
    expect(backlog.admits(50)).toBe(false);
    expect(backlog.admits(20)).toBe(true);
  });

  it("always takes a few, and never more than the most", () => {
    const { backlog, pass } = setUp();
    expect(backlog.admits(999)).toBe(true);
    expect(backlog.admits(1000)).toBe(false);
    pass(5000);
    expect(backlog.admits(11)).toBe(false);
    expect(backlog.admits(10)).toBe(true);
  });

  it("never takes more than the most, also where that is less than a few", () => {
    const backlog = createBacklog({ few: 10, most: 3 });
    expect([backlog.admits(2), backlog.admits(3)]).toEqual([true, false]);
  });

  it("is strict until nobody has been refused for a while", () => {
    const { backlog, pass } = setUp();
    pass(400);
    expect(backlog.admits(500)).toBe(false);
    pass(100);
    expect(backlog.admits(5)).toBe(true);
    expect(backlog.admits(500)).toBe(false);
    pass(301);
    expect(backlog.admits(5)).toBe(true);
    expect(backlog.admits(500)).toBe(true);
  });
});
