import { Field } from "./field.ts";
import { formatted } from "./field-formatted.ts";
import { builderMistakes, optionsOf } from "./option-mistakes.ts";
import { lengthOf } from "./text-checks.ts";

/** Most characters (code points) of a slug. */
const longest = 200;
const pattern =
  /^[\p{Ll}\p{Lo}\p{Lm}\p{N}][\p{Ll}\p{Lo}\p{Lm}\p{N}\p{M}]*(?:-[\p{Ll}\p{Lo}\p{Lm}\p{N}][\p{Ll}\p{Lo}\p{Lm}\p{N}\p{M}]*)*$/u;

/** How a slug is made. */
export interface SlugOptions {
  /**
   * A text field of the same collection that it is made from when none is sent. Where it must be unique, one that is taken gets a
   * number: `the-lodger-2`.
   */
  readonly from?: string;
}

/**
 * A readable part of a URL: lower-case letters and digits of any script, and single hyphens.
 *
 * @example
 * title: text(),
 * slug: slug({ from: "title" }).unique()
 */
export function slug(): Field<string, "required", "shown">;
export function slug(options: SlugOptions & { readonly from: string }): Field<string, "defaulted", "shown">;
export function slug(options: SlugOptions = {}): Field<string, "required" | "defaulted", "shown"> {
  const { from } = optionsOf(options);
  const field = formatted({
    name: "slug",
    normalize(text) {
      if (text.length > longest * 2 || !pattern.test(text)) return undefined;
      // Letters with marks have two spellings, and one of them is enough for an address.
      const normal = text.normalize("NFC");
      return lengthOf(normal) <= longest ? normal : undefined;
    },
    description: "lower-case letters, digits and single hyphens, at most 200, such as a-night-at-the-opera",
    schema: { type: "string", pattern: pattern.source, maxLength: longest },
    options: { from },
    mistakes: () => builderMistakes("slug", options, ["from"]),
  });
  if (from === undefined) return field;
  return new Field<string, "defaulted", "shown">(field.type, { ...field.modifiers, presence: "defaulted" });
}

/** Latin letters that no accent can be taken from, in the letters of ASCII that they are written with where there are no others. */
const plain = new Map(
  "æ=ae œ=oe ß=ss ø=o ł=l đ=d ð=d þ=th ı=i ħ=h ŧ=t ŋ=n ĸ=k ə=e ƒ=f ɓ=b ɗ=d ɖ=d ƙ=k ɛ=e ɔ=o ƴ=y ȷ=j"
    .split(" ")
    .map((pair): [string, string] => [pair.charAt(0), pair.slice(2)]),
);
const special = new RegExp(`[${[...plain.keys()].join("")}]`, "g");

/**
 * A slug for a text: Latin letters in ASCII, those of other scripts as they are, and all else that is no letter or digit a hyphen;
 * `item` where nothing is left.
 */
export function slugify(text: string): string {
  // What stands between words can be long, and marks behind one letter take time that grows with their square: no script has more
  // than a few.
  const start = text
    .replace(/[\s\p{P}]+/gu, "-")
    .replace(/(\p{M}{8})\p{M}+/gu, "$1")
    .slice(0, longest * 5);
  const joined = start
    .normalize("NFKD")
    .toLowerCase()
    .replace(/(\p{Script=Latin})\p{M}+/gu, "$1")
    .replace(special, (letter) => plain.get(letter) ?? letter)
    .normalize("NFC")
    .replace(/(?:[^\p{Ll}\p{Lo}\p{Lm}\p{N}\p{M}]\p{M}*)+|^\p{M}+/gu, "-")
    .replace(/^-+/, "");
  return cutTo(longest, joined) || "item";
}

/** A slug with a number at its end. */
export function numberedSlug(base: string, number: number): string {
  const end = `-${number}`;
  return cutTo(longest - end.length, base) + end;
}

/** Whether a slug is another one, or that with a number at its end. */
export function isNumberOf(one: string, base: string): boolean {
  const number = /-(\d+)$/.exec(one)?.[1];
  return one === base || (number !== undefined && one === numberedSlug(base, Number(number)));
}

function cutTo(length: number, whole: string): string {
  return Array.from(whole).slice(0, length).join("").replace(/-+$/, "");
}
