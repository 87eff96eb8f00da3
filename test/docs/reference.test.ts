import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { referencePages } from "../../scripts/reference/pages.ts";
import * as galley from "../../src/index.ts";
import { backend, boolean, collection, everyone, integer, json, list, object, text } from "../../src/index.ts";
import { operators, operatorsOf } from "../../src/schema/operators.ts";
import { createTestApp } from "../../src/testing/index.ts";

const docs = new URL("../../docs/reference/", import.meta.url);
const schema = new URL("../../src/schema/", import.meta.url);

test("the reference says what the sources say", async () => {
  const pages = await referencePages();
  expect([...pages.keys()]).toEqual(readdirSync(docs).toSorted());
  for (const [name, text] of pages) {
    expect(readFileSync(new URL(name, docs), "utf8"), `docs/reference/${name} is old: npm run docs writes it anew`).toBe(
      text,
    );
  }
});

test("every field builder that is exported has its section, and every section is of one", () => {
  const sources = readdirSync(schema).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const makers = sources
    .map((name) => readFileSync(new URL(name, schema), "utf8"))
    .flatMap((source) => [...source.matchAll(/^export function (\w+)(?=[^{]*(?:\{[^}]*\}[^{]*)*?\): Field<)/gm)])
    .map(([, name = ""]) => name);
  const exported = [...new Set(makers)].filter((name) => Object.hasOwn(galley, name));
  const page = readFileSync(new URL("fields.md", docs), "utf8");
  const sections = [...page.matchAll(/^## ([a-z]\w*)$/gm)].map(([, name]) => name);
  expect(sections).toEqual(exported.toSorted());
  expect(sections.length).toBeGreaterThan(15);
});

test("every operator is for the families that its entry names, and is refused on all others", async () => {
  const things = collection("things", {
    fields: {
      text: text(),
      number: integer(),
      boolean: boolean(),
      json: json(),
      list: list(text()),
      object: object({ inner: text() }),
    },
    access: { read: everyone },
  });
  await using app = await createTestApp(backend({ collections: [things] }));
  const values = { text: "a", number: 1, boolean: true, json: "a", list: "a", object: "a" };
  for (const [family, value] of Object.entries(values)) {
    for (const operator of operators) {
      const operand = operator === "isNull" ? true : operator === "in" || operator === "nin" ? [value] : value;
      const { status } = await app.post("/api/things/search", { where: { [family]: { [operator]: operand } } });
      const known = operatorsOf(family as keyof typeof values).includes(operator);
      expect(status, `${operator} on ${family}`).toBe(known ? 200 : 400);
    }
  }
});

test("every environment variable that the sources name is in the settings", () => {
  const page = readFileSync(new URL("settings.md", docs), "utf8");
  const sources = new URL("../../src/", import.meta.url);
  const named = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => [...readFileSync(new URL(name, sources), "utf8").matchAll(/process\.env(?:\.|\[")([A-Z_]+)/g)])
    .map(([, name = ""]) => name);
  expect(named).toContain("NO_COLOR");
  expect(named.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
