import { describe, expect, it } from "vitest";
import { createSharedIn, createSharedOut, type Shared } from "./shared-values.ts";

describe("values that two threads share", () => {
  const cross = (shared: Shared): Shared => structuredClone(shared);

  it("are whole once, and a number from then on", () => {
    const [out, read] = [createSharedOut(), createSharedIn()];
    const value = { kind: "user" };
    const whole = out.put(value);
    const number = out.put(value);
    expect(typeof number).toBe("number");
    expect(read(cross(whole))).toEqual(value);
    expect(read(number)).toEqual(value);
  });

  it("that did not arrive are missed, and nothing else is found in their place", () => {
    const [out, read] = [createSharedOut(), createSharedIn()];
    const values = Array.from({ length: 2500 }, (_, number) => ({ number }));
    for (const value of values) read(cross(out.put(value)));
    const lost = { number: "lost" };
    out.put(lost);
    const number = out.put(lost);
    expect(() => read(number)).toThrow("did not arrive");
    out.forget();
    expect(read(cross(out.put(lost)))).toEqual(lost);
    expect(read(cross(out.put(lost)))).toEqual(lost);
  });

  it("are known in the other thread for as long as they are numbers", () => {
    const [out, read] = [createSharedOut(), createSharedIn()];
    const values = Array.from({ length: 1700 }, (_, number) => ({ number }));
    for (let round = 0; round < 3; round++)
      for (const value of values) expect(read(cross(out.put(value)))).toEqual(value);
    for (const value of values.slice(-300)) expect(read(out.put(value))).toEqual(value);
  });
});
