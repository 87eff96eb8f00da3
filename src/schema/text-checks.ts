import type { Violation } from "../kit/error-codes.ts";
import { isSaneText } from "../kit/text.ts";
import { jsonTypeOf, violate } from "./field-type.ts";

/** Checks that a value is text that every engine can store: well-formed Unicode without NUL. */
export function checkText(value: unknown, path: string, violations: Violation[]): string | undefined {
  if (typeof value !== "string") {
    return violate(violations, path, "wrong_type", `must be a string, and is ${jsonTypeOf(value)}`);
  }
  if (!isSaneText(value)) {
    return violate(violations, path, "invalid_text", "must be well-formed Unicode without NUL characters");
  }
  return value;
}

/** The number of characters a person would count as such, near enough: code points. */
export function lengthOf(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit <= 0xdbff) length--;
  }
  return length;
}

/** How a limit is spoken of: `must <verb> at least 3<noun>`, and the codes of what is below and above. */
export interface LimitWords {
  readonly verb: string;
  readonly noun: string;
  readonly small: string;
  readonly large: string;
}

/** Checks a length or a count against its limits, both inclusive. */
export function checkRange(
  amount: number,
  limits: { readonly min?: number | undefined; readonly max?: number | undefined },
  words: LimitWords,
  path: string,
  violations: Violation[],
): void {
  if (limits.min !== undefined && amount < limits.min) {
    violations.push({
      path,
      code: words.small,
      message: `must ${words.verb} at least ${limits.min}${nounFor(limits.min, words)}`,
    });
  }
  if (limits.max !== undefined && amount > limits.max) {
    violations.push({
      path,
      code: words.large,
      message: `must ${words.verb} at most ${limits.max}${nounFor(limits.max, words)}`,
    });
  }
}

function nounFor(limit: number, { noun }: LimitWords): string {
  return limit === 1 ? noun.replace(/s$/, "") : noun;
}

/** Mistakes in a pair of limits. */
export function limitMistakes(
  limits: { readonly min?: number | undefined; readonly max?: number | undefined },
  floor = -Infinity,
): string[] {
  const mistakes: string[] = [];
  for (const [name, limit] of Object.entries({ min: limits.min, max: limits.max })) {
    if (limit !== undefined && (!Number.isFinite(limit) || limit < floor)) {
      mistakes.push(
        `has ${name}: ${limit}, which must be a finite number${floor === 0 ? " that is not negative" : ""}`,
      );
    }
  }
  if (limits.min !== undefined && limits.max !== undefined && limits.min > limits.max) {
    mistakes.push(`has min: ${limits.min} above max: ${limits.max}`);
  }
  return mistakes;
}
