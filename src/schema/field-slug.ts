import { withoutMarks } from "../kit/text.ts";
import { Field } from "./field.ts";
import { formatted } from "./field-formatted.ts";
import { builderMistakes, optionsOf } from "./option-mistakes.ts";

const pattern = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** How a slug is made. */
export interface SlugOptions {
  /** A text field of the same collection that it is made from when none is sent. */
  readonly from?: string;
}

/**
 * A readable part of a URL: lower-case ASCII letters, digits and single hyphens.
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
    normalize: (text) => (text.length <= 200 && pattern.test(text) ? text : undefined),
    description: "lower-case letters, digits and single hyphens, at most 200, such as a-night-at-the-opera",
    schema: { type: "string", pattern: pattern.source, maxLength: 200 },
    options: { from },
    mistakes: () => builderMistakes("slug", options, ["from"]),
  });
  if (from === undefined) return field;
  return new Field<string, "defaulted", "shown">(field.type, { ...field.modifiers, presence: "defaulted" });
}

/** A slug for a text: accents dropped, all else that is no letter or digit of ASCII a hyphen; `item` for an empty one. */
export function slugify(text: string): string {
  const ascii = withoutMarks(text).toLowerCase();
  const joined = ascii
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 200)
    .replace(/^-+|-+$/g, "");
  return joined === "" ? "item" : joined;
}
