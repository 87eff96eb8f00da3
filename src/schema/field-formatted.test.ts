import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Violation } from "../kit/error-codes.ts";
import type { Field } from "./field.ts";
import { date } from "./field-date.ts";
import { email } from "./field-email.ts";
import { numberedSlug, slug, slugify } from "./field-slug.ts";
import { timestamp } from "./field-timestamp.ts";
import { url } from "./field-url.ts";
import { uuid } from "./field-uuid.ts";

const fields = { email: email(), url: url(), uuid: uuid(), slug: slug(), date: date(), timestamp: timestamp() };
type Name = keyof typeof fields;

function check(field: Field, value: unknown): unknown {
  const violations: Violation[] = [];
  const checked = field.validate(value, "/at", violations);
  return violations.length === 0 ? checked : violations;
}

const accepted: readonly [Name, string, string?][] = [
  ["email", "ada@example.com"],
  ["email", "Ada.Lovelace+films@Example.COM", "ada.lovelace+films@example.com"],
  ["email", "root@localhost"],
  ["email", "o'neil@sub-domain.example.co.uk"],
  ["email", `${"a".repeat(64)}@example.com`],
  ["url", "https://example.com", "https://example.com/"],
  ["url", "HTTP://Example.COM:80/a b?q=é#x", "http://example.com/a%20b?q=%C3%A9#x"],
  ["url", "https://bücher.example/", "https://xn--bcher-kva.example/"],
  ["uuid", "0192d3a0-7b1c-7def-8123-456789abcdef"],
  ["uuid", "0192D3A0-7B1C-7DEF-8123-456789ABCDEF", "0192d3a0-7b1c-7def-8123-456789abcdef"],
  ["slug", "a-night-at-the-opera"],
  ["slug", "2001"],
  ["slug", "電影-ガ"],
  ["slug", "𐐨".repeat(200)],
  ["date", "2026-03-01"],
  ["date", "2024-02-29"],
  ["date", "0001-01-01"],
  ["date", "9999-12-31"],
  ["timestamp", "2026-03-01T09:30:00Z", "2026-03-01T09:30:00.000Z"],
  ["timestamp", "2026-03-01t09:30:00.5z", "2026-03-01T09:30:00.500Z"],
  ["timestamp", "2026-03-01T00:15:00+02:00", "2026-02-28T22:15:00.000Z"],
  ["timestamp", "2026-03-01T09:30:00.123456789-00:00", "2026-03-01T09:30:00.123Z"],
  ["timestamp", "2026-12-31T23:59:59.999Z", "2026-12-31T23:59:59.999Z"],
];

test.each(accepted)("%s takes %j", (name, value, normal = value) => {
  expect(check(fields[name], value)).toBe(normal);
  // What was answered can be sent back.
  expect(check(fields[name], normal)).toBe(normal);
  expect(fields[name].type.operand(value)).toBe(normal);
  expect(fields[name].type.fromText(value)).toBe(normal);
});

const refused: readonly [Name, string][] = [
  ...["", "ada", "@example.com", "ada@", "ada@@example.com", "a b@example.com", "ada@example..com"].map(bad("email")),
  ...["ada@-example.com", "ada@example-.com", "ada@exa_mple.com", "ada@example.com\n", "ädá@example.com"].map(
    bad("email"),
  ),
  ...[`${"a".repeat(65)}@example.com`, `a@${"b".repeat(64)}.com`, `a@${"b.".repeat(130)}com`].map(bad("email")),
  ...["", "example.com", "/films", "//example.com", "ftp://example.com", "javascript:alert(1)", "https://"].map(
    bad("url"),
  ),
  ...["data:text/html,x", "https://exa mple.com", `https://a/${"b".repeat(2048)}`, `https://a/${"é".repeat(2000)}`].map(
    bad("url"),
  ),
  ...[
    "",
    "0192d3a0-7b1c-7def-8123-456789abcde",
    "0192d3a07b1c7def8123456789abcdef",
    "{0192d3a0-7b1c-7def-8123-456789abcdef}",
  ].map(bad("uuid")),
  ...["g192d3a0-7b1c-7def-8123-456789abcdef", "0192d3a0-7b1c-7def-8123-456789abcdef\n"].map(bad("uuid")),
  ...[
    "",
    "-a",
    "a-",
    "a--b",
    "A",
    "a b",
    "a_b",
    "Ä",
    "a\n",
    "a".repeat(201),
    "\u0301a",
    "a-\u0301",
    "a.b",
    "ﷺ ",
    "🎬",
  ].map(bad("slug")),
  ...[
    "",
    "2026-3-1",
    "2026-02-29",
    "2026-02-30",
    "2026-13-01",
    "2026-00-10",
    "0000-01-01",
    "2026-01-00",
    "01-03-2026",
  ].map(bad("date")),
  ...["12026-01-01", "-2026-01-01", "2026-03-01T00:00:00Z", "2026-03-01\n", "２０２６-03-01"].map(bad("date")),
  ...["", "2026-03-01", "2026-03-01T09:30:00", "2026-03-01 09:30:00Z", "2026-03-01T09:30Z"].map(bad("timestamp")),
  ...["2026-02-29T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T23:60:00Z", "2026-03-01T23:59:60Z"].map(
    bad("timestamp"),
  ),
  ...["2026-03-01T00:00:00+24:00", "2026-03-01T00:00:00+1:00", "2026-03-01T00:00:00.Z", "1772323200000"].map(
    bad("timestamp"),
  ),
  // In UTC they are in the years -1, 0 and 10000, which don't sort as text.
  ...["0000-01-01T00:00:00+01:00", "0001-01-01T00:00:00+01:00", "9999-12-31T23:30:00-01:00"].map(bad("timestamp")),
];

function bad(name: Name): (value: string) => [Name, string] {
  return (value) => [name, value];
}

test.each(refused)("%s refuses %j", (name, value) => {
  expect(check(fields[name], value)).toEqual([
    { path: "/at", code: "invalid_format", message: expect.stringMatching(/^must be /) },
  ]);
  expect(fields[name].type.operand(value)).toBeUndefined();
  expect(fields[name].type.fromText(value)).toBeUndefined();
});

describe.each(Object.entries(fields))("%s", (_, field) => {
  test("refuses what is no text, and text that no engine can store", () => {
    for (const value of [1, true, {}, []]) {
      expect(check(field, value)).toMatchObject([{ path: "/at", code: "wrong_type" }]);
      expect(field.type.operand(value)).toBeUndefined();
    }
    for (const value of ["\ud800", "\0", "a@b\0.example"]) {
      expect(check(field, value)).toMatchObject([{ path: "/at", code: "invalid_text" }]);
      expect(field.type.operand(value)).toBeUndefined();
    }
  });

  // Shapes that make careless expressions go back over the text again and again.
  test.each([
    "a".repeat(1_000_000),
    `a@${"a".repeat(1_000_000)}`,
    `a@${"a.".repeat(500_000)}`,
    `a@${"a-".repeat(120)}`,
    `a@${"a.".repeat(120)}!`,
    `a@${"0-0.".repeat(60)}-`,
    "a-".repeat(500_000),
    "-".repeat(1_000_000),
    `2026-01-01T00:00:00.${"0".repeat(1_000_000)}Z`,
    "0".repeat(1_000_000),
    `http://${"a".repeat(1_000_000)}`,
    `http://a/${"../".repeat(600)}`,
    `http://${"@".repeat(2000)}`,
  ])("answers within milliseconds whatever it is sent (%#)", (hostile) => {
    check(field, hostile);
    field.type.operand(hostile);
  });
});

describe("slugify", () => {
  test.each([
    ["A Night at the Opera", "a-night-at-the-opera"],
    ["  Amélie!  ", "amelie"],
    ["Ｆｕｌｌ ｗｉｄｔｈ", "full-width"],
    ["--", "item"],
    ["Straße, Łódź, Ørsted", "strasse-lodz-orsted"],
    ["ÆSIR Đakovo Þing ısı İzmir Œuvre", "aesir-dakovo-thing-isi-izmir-oeuvre"],
    ["Hòa Bình, Ấp Bắc", "hoa-binh-ap-bac"],
    ["電影", "電影"],
    ["二〇〇一年 宇宙の旅 ガ", "二〇〇一年-宇宙の旅-ガ"],
    ["Война и мир: Йод", "война-и-мир-йод"],
    ["Ο Μέγας Ἀλέξανδρος", "ο-μέγας-ἀλέξανδρος"],
    ["ألف ليلة وليلة", "ألف-ليلة-وليلة"],
    ["हिन्दी में", "हिन्दी-में"],
    ["한국 영화", "한국-영화"],
    ["½ №5 ①", "1-2-no5-1"],
    ["🎬", "item"],
    ["\u0301a", "a"],
    [`Me${"\u0301\u0323".repeat(2000)}tropolis`, "metropolis"],
    ["", "item"],
  ])("makes %j a slug", (title, expected) => {
    expect(slugify(title)).toBe(expected);
  });

  test("makes only slugs, and fast", () => {
    for (const title of ["a ".repeat(5000), `${"-".repeat(5000)}a`, `${"a".repeat(199)} b`, "\ufdfa".repeat(10_000)]) {
      expect(check(slug(), slugify(title))).toBe(slugify(title));
    }
  });

  test("makes a slug of any text", () => {
    const texts = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary", maxLength: 400 }));
    fc.assert(
      fc.property(texts, (title) => {
        expect(check(slug(), slugify(title))).toBe(slugify(title));
        expect(check(slug(), numberedSlug(slugify(title), 1234))).toMatch(/-1234$/);
      }),
      { numRuns: 1000 },
    );
  });

  test("is what a slug that is made from another field may be missing for", () => {
    expect(slug().modifiers.presence).toBe("required");
    expect(slug({ from: "title" }).modifiers.presence).toBe("defaulted");
    expect(slug({ from: "title" }).type.options.from).toBe("title");
  });
});
