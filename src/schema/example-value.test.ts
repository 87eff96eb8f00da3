import { expect, test } from "vitest";
import type { Violation } from "../kit/error-codes.ts";
import { exampleValue } from "./example-value.ts";
import { boolean } from "./field-boolean.ts";
import { choice } from "./field-choice.ts";
import { date } from "./field-date.ts";
import { email } from "./field-email.ts";
import { json } from "./field-json.ts";
import { list } from "./field-list.ts";
import { money } from "./field-money.ts";
import { integer, number } from "./field-number.ts";
import { object } from "./field-object.ts";
import { ref } from "./field-ref.ts";
import { slug } from "./field-slug.ts";
import { secret, text } from "./field-text.ts";
import { timestamp } from "./field-timestamp.ts";
import { url } from "./field-url.ts";
import { uuid } from "./field-uuid.ts";

const address = object({
  city: text({ max: 3 }),
  street: text(),
  note: text().optional(),
  floor: integer().default(0),
});

test.each([
  ["text", text(), "title 1", "title 2"],
  ["a secret", secret(), "title 1", "title 2"],
  ["a long text", text({ min: 12 }), "title xxxxxxxxxxx1", "title xxxxxxxxxxx2"],
  ["a short text", text({ max: 3 }), "1", "2"],
  ["a text of one length", text({ min: 5, max: 5 }), "xxxx1", "xxxx2"],
  ["a pattern", text({ pattern: /[A-Z]{2}/ }), "AA", "AB"],
  ["a pattern and a length", text({ pattern: /[a-z]+/, min: 6, max: 7 }), "aaaaaa", "aaaaab"],
  ["an integer", integer(), 1, 2],
  ["an integer from 0", integer({ min: 0 }), 1, 2],
  ["an integer from 18", integer({ min: 18, max: 120 }), 18, 19],
  ["an integer below 0", integer({ max: -5 }), -6, -7],
  ["one integer", integer({ min: 7, max: 7 }), 7, 7],
  ["an integer between fractions", integer({ min: 1.5, max: 2.5 }), 2, 2],
  ["a number between 0 and 1", number({ min: 0, max: 0.9 }), 0, 0],
  ["a number", number({ min: 2.5 }), 3.5, 4.5],
  ["money", money({ min: 0 }), 1, 2],
  ["a boolean", boolean(), false, true],
  ["a choice", choice(["red", "blue"]), "red", "blue"],
  ["a time", timestamp(), "2026-01-01T00:00:00.000Z", "2026-01-01T00:01:00.000Z"],
  ["a day", date(), "2026-01-01", "2026-01-02"],
  ["an address", email(), "title1@example.com", "title2@example.com"],
  ["a URL", url(), "https://example.com/title/1", "https://example.com/title/2"],
  ["a UUID", uuid(), "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"],
  ["a slug", slug(), "title-1", "title-2"],
  ["JSON", json(), {}, {}],
  ["an object", address, { city: "1", street: "street 1" }, { city: "2", street: "street 2" }],
  ["a list", list(text()), [], []],
  ["a list of at least two", list(integer(), { min: 2 }), [1, 2], [2, 3]],
  [
    "a list of objects",
    list(address, { min: 1 }),
    [{ city: "1", street: "street 1" }],
    [{ city: "2", street: "street 2" }],
  ],
  ["a ref", ref("films"), undefined, undefined],
  ["a list of refs", list(ref("films"), { min: 1 }), undefined, undefined],
  ["an object with a ref", object({ film: ref("films") }), undefined, undefined],
  ["a pattern that can't be read", text({ pattern: /(?=a)a/ }), undefined, undefined],
])("an example of %s is valid, and the next is another where there is one", (_, field, first, second) => {
  const made = [exampleValue(field, "title", 1), exampleValue(field, "title", 2)];
  expect(made).toEqual([first, second]);
  const violations: Violation[] = [];
  for (const value of made) if (value !== undefined) field.validate(value, "", violations);
  expect(violations).toEqual([]);
});
