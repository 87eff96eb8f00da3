import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createUuidv7, isUuid, uuidv7 } from "./uuid.ts";

const timeOf = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

describe("uuidv7", () => {
  it("has the form, version and variant of RFC 9562", () => {
    for (let count = 0; count < 10_000; count++) {
      expect(uuidv7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it("holds the time it was made at", () => {
    const before = Date.now();
    const id = createUuidv7()();
    expect(timeOf(id)).toBeGreaterThanOrEqual(before);
    expect(timeOf(id)).toBeLessThanOrEqual(Date.now());
    expect(createUuidv7()(0x0123456789ab)).toMatch(/^01234567-89ab-7/);
  });

  it("grows within one millisecond, past what a millisecond's counter holds", () => {
    const make = createUuidv7();
    let last = "";
    for (let count = 0; count < 20_000; count++) {
      const id = make(1_700_000_000_000);
      expect(id > last).toBe(true);
      last = id;
    }
    expect(timeOf(last)).toBeLessThan(1_700_000_000_010);
  });

  it("grows whatever the clock does", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 10_000 }), { maxLength: 200 }), (times) => {
        const make = createUuidv7();
        const ids = times.map((time) => make(time));
        expect(ids.toSorted()).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  it("is random where it isn't time: two makers never agree, and no bit of the 62 stands still", () => {
    const first = createUuidv7();
    const second = createUuidv7();
    const tails = new Set<string>();
    let ones = 0n;
    let zeros = 0n;
    for (let count = 0; count < 1000; count++) {
      for (const id of [first(1), second(1)]) {
        const tail = id.slice(19).replace("-", "");
        tails.add(tail);
        ones |= BigInt(`0x${tail}`);
        zeros |= ~BigInt(`0x${tail}`) & 0xffff_ffff_ffff_ffffn;
      }
    }
    expect(tails.size).toBe(2000);
    expect(ones).toBe(0xbfff_ffff_ffff_ffffn);
    expect(zeros).toBe(0x7fff_ffff_ffff_ffffn);
  });

  it("refuses a time beyond 48 bits", () => {
    expect(() => createUuidv7()(2 ** 48)).toThrow(RangeError);
    expect(() => createUuidv7()(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });
});

describe("isUuid", () => {
  it("takes any version in any case, and nothing around it", () => {
    expect(isUuid("01920000-0000-7431-8e3c-d40d325ea390")).toBe(true);
    expect(isUuid("C232AB00-9414-11EC-B3C8-9F6BDECED846")).toBe(true);
    expect(isUuid("00000000-0000-0000-0000-000000000000")).toBe(true);
    expect(isUuid("01920000-0000-7431-8e3c-d40d325ea390\n")).toBe(false);
    expect(isUuid("{01920000-0000-7431-8e3c-d40d325ea39}")).toBe(false);
    expect(isUuid("0192000000007431-8e3c-d40d325ea39000")).toBe(false);
    expect(isUuid("")).toBe(false);
  });
});
