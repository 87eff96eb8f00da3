import { randomFillSync } from "node:crypto";

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the text is a UUID (RFC 9562) of any version, in lower or upper case. */
export function isUuid(text: string): boolean {
  return text.length === 36 && pattern.test(text);
}

const digits = Buffer.from("0123456789abcdef", "latin1");
const highestTime = 2 ** 48 - 1;
const highestCounter = 0xfff;

/**
 * A function that makes UUIDs of version 7 (RFC 9562, section 5.7, method 1 of 6.2): 48 bits of milliseconds, a counter
 * of 12 bits that starts anywhere in its lower half each millisecond, and 62 random bits. Each is greater than the one
 * before, also within a millisecond and when the clock steps back; more than a millisecond holds are dated into the next.
 */
export function createUuidv7(): (now?: number) => string {
  const random = Buffer.alloc(8192);
  let used = random.length;
  // The text under construction: making a string of 36 bytes at once is twice as fast as joining pieces.
  const text = Buffer.from("00000000-0000-7000-8000-000000000000", "latin1");
  let time = -1;
  let counter = 0;

  const take = (count: number): number => {
    if (used + count > random.length) {
      randomFillSync(random);
      used = 0;
    }
    const start = used;
    used += count;
    return start;
  };

  const writeTime = (): void => {
    const padded = time.toString(16).padStart(12, "0");
    text.write(padded.slice(0, 8), 0, "latin1");
    text.write(padded.slice(8), 9, "latin1");
  };

  const digit = (value: number): number => digits[value & 0xf] ?? 0;

  return (now = Date.now()) => {
    if (now > time) {
      if (!(now <= highestTime)) throw new RangeError(`Not a time that a UUID can hold: ${now}`);
      time = Math.trunc(now);
      const seed = take(2);
      counter = (((random[seed] ?? 0) << 8) | (random[seed + 1] ?? 0)) & (highestCounter >> 1);
      writeTime();
    } else if (counter === highestCounter) {
      time++;
      counter = 0;
      writeTime();
    } else {
      counter++;
    }
    text[15] = digit(counter >> 8);
    text[16] = digit(counter >> 4);
    text[17] = digit(counter);
    const start = take(8);
    const first = random[start] ?? 0;
    text[19] = digit(0x8 | ((first >> 4) & 0x3));
    text[20] = digit(first);
    let place = 21;
    for (let index = start + 1; index < start + 8; index++) {
      if (place === 23) place++;
      const byte = random[index] ?? 0;
      text[place++] = digit(byte >> 4);
      text[place++] = digit(byte);
    }
    return text.toString("latin1");
  };
}

/**
 * A UUID of version 7, greater than every other that this thread made before.
 *
 * @param now milliseconds since 1970; the machine's clock when it is left out
 */
export const uuidv7: (now?: number) => string = createUuidv7();
