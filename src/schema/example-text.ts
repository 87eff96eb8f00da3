/** A place in a text, and the characters that may stand there. */
type Place = readonly string[];
type Expand = (repeats: number) => Place[] | undefined;

/** Nothing that a pattern can ask for stands in characters beyond these, as far as examples go. */
const furthest = 0x2fff;
const common = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. ".split("");

/**
 * A text that a pattern matches as a whole; another one for each number, as far as the pattern has others. It is read from
 * the pattern, of each alternative the first. Undefined where the pattern asks for more than what stands where (look-around,
 * back-references, word boundaries).
 *
 * @param serial 0 and above
 * @param repeats how often is repeated what may be repeated without end
 * @example
 * exampleText(/[A-Z]{2}\d+/, 7, 3); // "AA007"
 */
export function exampleText(pattern: RegExp, serial: number, repeats: number): string | undefined {
  const flags = pattern.flags.replace(/[dgmy]/g, "");
  // Sets of sets, which only the flag v has, are not read.
  if (flags.includes("v")) return undefined;
  const reader = createReader(pattern.source, flags.includes("u") ? flags : `${flags}u`);
  const expand = reader.alternatives();
  const places = reader.atEnd() ? expand?.(repeats) : undefined;
  if (places === undefined || places.some((place) => place.length === 0)) return undefined;
  // The number is spelled from the end, as in any other numeral, each place having digits of its own.
  let rest = serial;
  const digits = places.toReversed().map((place) => {
    const digit = place[rest % place.length];
    rest = Math.floor(rest / place.length);
    return digit;
  });
  return digits.toReversed().join("");
}

/** Reads a pattern from left to right; what it can't read makes undefined of all that holds it. */
function createReader(source: string, flags: string) {
  let at = 0;
  const known = new Map<string, Place>();

  /** The characters that something which stands for one character matches. */
  function matching(one: string): Place {
    let place = known.get(one);
    if (place === undefined) {
      const pattern = new RegExp(`^(?:${one})$`, flags);
      const isMatch = (character: string): boolean => pattern.test(character);
      place = common.filter(isMatch);
      for (let code = 0x21; place.length === 0 && code <= furthest; code += 0x80) {
        place = Array.from({ length: 0x80 }, (_, index) => String.fromCodePoint(code + index)).filter(isMatch);
      }
      known.set(one, place);
    }
    return place;
  }

  function take(pattern: RegExp): RegExpExecArray | undefined {
    const sticky = new RegExp(pattern.source, "uy");
    sticky.lastIndex = at;
    const match = sticky.exec(source);
    if (match === null) return undefined;
    at = sticky.lastIndex;
    return match;
  }

  function alternatives(): Expand | undefined {
    const all = [sequence()];
    while (take(/\|/) !== undefined) all.push(sequence());
    return all.includes(undefined) ? undefined : all[0];
  }

  function sequence(): Expand | undefined {
    const parts: (Expand | undefined)[] = [];
    while (at < source.length && !/[|)]/.test(source.charAt(at))) parts.push(quantified());
    return (repeats) => {
      const places = parts.map((part) => part?.(repeats));
      return places.every((one) => one !== undefined) ? places.flat() : undefined;
    };
  }

  function quantified(): Expand | undefined {
    const part = atom();
    const match = take(/([*+?])|\{(\d+)(,?)(\d*)\}/);
    if (match === undefined) return part;
    take(/\?/);
    const [, sign, exact = "0", comma, last] = match;
    const least = sign === undefined ? Number(exact) : sign === "+" ? 1 : 0;
    const most =
      sign === "?" ? 1 : sign !== undefined || (comma === "," && last === "") ? Infinity : Number(last || exact);
    return (repeats) => {
      const times = most === Infinity ? Math.max(least, repeats) : least;
      const once = part?.(repeats);
      return once && Array.from({ length: times }, () => once).flat();
    };
  }

  function atom(): Expand | undefined {
    if (take(/[\^$]/) !== undefined) return () => [];
    if (take(/\((?:\?:|\?<[^=!>]+>|(?!\?))/) !== undefined) {
      const inner = alternatives();
      return take(/\)/) === undefined ? undefined : inner;
    }
    const one =
      take(/\\(?:[pP]\{[^}]*\}|u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[a-zA-Z]|[^bBk1-9])/) ??
      take(/\[(?:[^\]\\]|\\.)*\]/) ??
      take(/[^()[\]{}*+?|\\]/);
    if (one !== undefined) return () => [matching(one[0])];
    at = source.length;
    return () => undefined;
  }

  return { alternatives, atEnd: () => at >= source.length };
}
