import { Field } from "./field.ts";
import { violate } from "./field-type.ts";
import { inWords } from "./option-mistakes.ts";

/**
 * One of a few words.
 *
 * @param choices the words
 * @example
 * status: choice(["placed", "paid", "shipped"]).default("placed")
 */
export function choice<const C extends string>(choices: readonly C[]): Field<C, "required", "shown"> {
  if (!isList(choices)) return notChoices(choices);
  const isChoice = (value: unknown): value is C => choices.some((one) => one === value);
  return new Field<C, "required", "shown">({
    name: "choice",
    family: "text",
    storage: "text",
    options: { choices },
    validate: (value, path, violations) =>
      isChoice(value)
        ? value
        : violate(violations, path, "not_a_choice", `must be one of ${choices.map((one) => `"${one}"`).join(", ")}`),
    operand: (value) => (isChoice(value) ? value : undefined),
    fromText: (spelled) => (isChoice(spelled) ? spelled : undefined),
    jsonSchema: () => ({ type: "string", enum: [...choices] }),
    mistakes() {
      const mistakes: string[] = [];
      if (choices.length === 0) mistakes.push("has no choices");
      if (new Set(choices).size !== choices.length) mistakes.push("names a choice twice");
      if (choices.some((one) => typeof one !== "string" || one === "")) mistakes.push("has a choice that is no text");
      return mistakes;
    },
  });
}

// No guard: what is left of a list after one is a list of anything.
function isList(given: unknown): boolean {
  return Array.isArray(given);
}

/** A field that is a mistake: what it was given are no choices. */
function notChoices(given: unknown): Field<never, "required", "shown"> {
  const { type } = choice<never>([]);
  const mistake = `has choice(${inWords(given)}), and choice() takes a list of words, as in choice(["placed", "paid"])`;
  return new Field<never, "required", "shown">({ ...type, mistakes: () => [mistake] });
}
