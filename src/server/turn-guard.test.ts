import { describe, expect, it } from "vitest";
import { createTurnGuard } from "./turn-guard.ts";

/** An event loop whose time is told. */
function setUp() {
  let time = 0;
  let end: (() => void) | undefined;
  const guard = createTurnGuard({ now: () => time, atEndOfTurn: (call) => void (end = call) });
  return {
    wait: (milliseconds: number) => void (time += milliseconds),
    /** A turn of so many requests, each of which takes so long where it is admitted; answers which were. */
    turn(requests: number, milliseconds: number): boolean[] {
      const admitted = Array.from({ length: requests }, () => {
        const admits = guard.admits();
        if (admits) time += milliseconds;
        return admits;
      });
      end?.();
      return admitted;
    },
  };
}

describe("the guard of a loop's turns", () => {
  it("lets a burst be, also when many requests take long, and another that comes later", () => {
    const { turn, wait } = setUp();
    expect(turn(250, 1)).not.toContain(false);
    wait(1000);
    expect(turn(250, 1)).not.toContain(false);
  });

  it("never refuses where there are few, however long each takes", () => {
    const { turn } = setUp();
    for (let count = 0; count < 20; count++) expect(turn(64, 100)).not.toContain(false);
  });

  it("refuses what is left of a turn that has been long enough, when turns have been long for a while", () => {
    const { turn } = setUp();
    turn(350, 1);
    const admitted = turn(1000, 0.25);
    const first = admitted.indexOf(false);
    expect(first).toBeGreaterThanOrEqual(64);
    expect(first).toBeLessThan(200);
    expect(admitted.slice(first)).not.toContain(true);
    // The turn is short because of it: those of the next are no fewer.
    expect(turn(1000, 0.25).indexOf(false)).toBe(first);
  });

  it("lets everyone in again when nobody has been refused for a while", () => {
    const { turn } = setUp();
    turn(350, 1);
    expect(turn(1000, 1)).toContain(false);
    for (let passed = 0; passed <= 310; passed += 10) turn(10, 1);
    expect(turn(250, 1)).not.toContain(false);
  });

  it("answers some of a turn that doesn't end, because more comes than can be refused", () => {
    let time = 0;
    const guard = createTurnGuard({ now: () => time, atEndOfTurn: () => undefined });
    const admitted = Array.from({ length: 20_000 }, () => {
      time += 0.1;
      return guard.admits();
    });
    expect(admitted.slice(10_000)).toContain(true);
    expect(admitted.slice(10_000).filter(Boolean).length).toBeLessThan(1000);
  });
});
