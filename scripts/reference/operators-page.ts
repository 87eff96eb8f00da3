import { backend, collection, date, everyone, integer, list, number, text } from "../../src/index.ts";
import { operatorsFor } from "../../src/openapi/filters.ts";
import { type Operator, operatorKinds, operators } from "../../src/schema/operators.ts";
import { createTestApp } from "../../src/testing/index.ts";
import { fieldBuilders } from "./field-builders.ts";
import { code, page, table } from "./markdown.ts";

const films = collection("films", {
  fields: {
    title: text(),
    stock: integer(),
    rating: number().optional(),
    released: date(),
    tags: list(text()),
  },
  access: { read: everyone },
});

const records = [
  { title: "M", stock: 0, rating: 8.3, released: "1931-05-11", tags: ["german"] },
  { title: "Metropolis", stock: 3, rating: null, released: "1927-01-10", tags: ["german", "silent"] },
  { title: "Playtime", stock: 7, rating: 7.8, released: "1967-12-16", tags: [] },
];

interface Asked {
  readonly operator: Operator;
  /** As the parameters of a URL. */
  readonly spelled: string;
  readonly where: string;
  readonly titles: readonly string[];
}

/** `docs/reference/operators.md`: what every operator asks, with what it finds. */
export async function operatorsPage(): Promise<string> {
  const asked = await askAll();
  return page(
    "# Operators",
    "What a condition may ask of a field, in a URL, in `where` and in a rule. How conditions go together: [queries](../queries.md).",
    table(
      ["operator", "in a URL", "in `where`"],
      asked.map(({ operator, spelled, where }) => [
        `[\`${operator}\`](#${operator.toLowerCase()})`,
        `\`${spelled}\``,
        `\`${where}\``,
      ]),
    ),
    ...operators.map(section),
    "## What they find",
    code("ts", program(asked)),
  );
}

function section(operator: Operator): string {
  const fields = fieldBuilders().filter(({ field }) => operatorsFor(field).includes(operator));
  const links = fields.map(({ name }) => `[\`${name}\`](fields.md#${name})`).join(" ");
  return `## ${operator}\n\nThe field ${operatorKinds[operator].meaning}.\n\nFields: ${links}`;
}

/** Asks for every example, so that what the page says is what Galley answers. */
async function askAll(): Promise<Asked[]> {
  await using app = await createTestApp(backend({ collections: [films] }));
  await app.create(films, records);
  return await Promise.all(
    operators.map(async (operator) => {
      const { field, operand } = operatorKinds[operator].example;
      const { body } = await app.post<{ data: { title: string }[] }>("/api/films/search", {
        where: { [field]: { [operator]: operand } },
        sort: ["title"],
      });
      return {
        operator,
        spelled: `${field}[${operator}]=${Array.isArray(operand) ? operand.join(",") : String(operand)}`,
        where: `{ ${field}: { ${operator}: ${literal(operand)} } }`,
        titles: body.data.map(({ title }) => title),
      };
    }),
  );
}

function program(asked: readonly Asked[]): string {
  return `import assert from "node:assert/strict";
import { backend, collection, date, everyone, integer, list, number, text, type Where } from "galley";
import { createTestApp } from "galley/testing";

const films = collection("films", {
  fields: {
    title: text(),
    stock: integer(),
    rating: number().optional(),
    released: date(),
    tags: list(text()),
  },
  access: { read: everyone },
});

await using app = await createTestApp(backend({ collections: [films] }));
await app.create(films, [
${records.map((record) => `  ${literal(record)},`).join("\n")}
]);

const asked: [string, Where<typeof films.fields>, string[]][] = [
${asked.map(({ spelled, where, titles }) => `  ["${spelled}", ${where}, ${literal(titles)}],`).join("\n")}
];

for (const [spelled, where, titles] of asked) {
  const byUrl = await app.get<{ data: { title: string }[] }>(\`/api/films?sort=title&\${spelled}\`);
  const inCode = await app.db(films).list({ where, sort: ["title"] });
  assert.deepEqual(byUrl.body.data.map(({ title }) => title), titles);
  assert.deepEqual(inCode.data.map(({ title }) => title), titles);
}`;
}

/** A value as code spells it. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, one]) => `${name}: ${literal(one)}`)
    .join(", ")} }`;
}
