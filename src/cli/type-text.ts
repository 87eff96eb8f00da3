import type { Fields, Field } from "../schema/field.ts";
import { isField, itemOf } from "../schema/field.ts";
import type { CollectionModel } from "../schema/model.ts";

/** The types of a collection's records, of what creates one and of what finds some, as TypeScript infers them. */
export function typeText({ name, declaration, relations }: CollectionModel): string {
  const { id, fields } = declaration;
  const stored = Object.entries(fields).filter(([, { modifiers }]) => modifiers.presence !== "computed");
  const record = [
    "readonly id: string",
    ...stored.map(([field, type]) => `readonly ${field}: ${valueText(type)}`),
    "readonly createdAt: string",
    "readonly updatedAt: string",
    "readonly version: number",
  ];
  const create = [
    ...(id === undefined ? [] : ["readonly id: string"]),
    ...stored.map(([field, type]) => inputText(field, type)),
  ];
  const where = [
    "readonly id?: string | Comparisons<string>",
    ...stored.map(([field, type]) => `readonly ${field}?: ${conditionText(type)}`),
    ...[...relations.values()]
      .filter(({ kind }) => kind === "many")
      .map((relation) => `readonly ${relation.name}?: Where<typeof ${relation.target}.fields>`),
    "readonly createdAt?: string | Comparisons<string>",
    "readonly updatedAt?: string | Comparisons<string>",
    "readonly version?: number | Comparisons<number>",
    ...["and", "or"].map((junction) => `readonly ${junction}?: readonly Where<typeof ${name}.fields>[]`),
    `readonly not?: Where<typeof ${name}.fields>`,
  ];
  return [
    `RecordOf<typeof ${name}> = ${block(record)}`,
    `CreateOf<typeof ${name}> = ${block(create)}`,
    `Where<typeof ${name}.fields> = ${block(where)}`,
  ].join("\n");
}

function block(lines: readonly string[]): string {
  return `{\n${lines.map((line) => `  ${line};\n`).join("")}}`;
}

function inputText(name: string, field: Field): string {
  const isRequired = field.modifiers.presence === "required";
  return isRequired ? `readonly ${name}: ${valueText(field)}` : `readonly ${name}?: ${valueText(field)} | undefined`;
}

function conditionText(field: Field): string {
  const type = bareText(field);
  const alone = field.modifiers.presence === "optional" ? " | null" : "";
  if (field.type.family === "list") return `Pick<Comparisons<${type}>, "has" | "isNull">${alone}`;
  const { target } = field.type.options;
  return `${type}${alone} | Comparisons<${type}>${target === undefined ? "" : ` | Where<typeof ${target}.fields>`}`;
}

/** The type of a value in a record. */
function valueText(field: Field): string {
  return field.modifiers.presence === "optional" ? `${bareText(field)} | null` : bareText(field);
}

/** The type of a value that is there. */
function bareText(field: Field): string {
  const { family, options } = field.type;
  const item = itemOf(field);
  if (item !== undefined) return `readonly ${grouped(valueText(item))}[]`;
  if (options.choices !== undefined) return options.choices.map((one) => JSON.stringify(one)).join(" | ");
  if (family === "object") {
    const inner = Object.entries(options.fields as Fields).filter(([, one]) => isField(one));
    return `{ ${inner.map(([name, one]) => `readonly ${name}: ${valueText(one)}`).join("; ")} }`;
  }
  if (family === "json") return "Json";
  return family === "number" || family === "boolean" ? family : "string";
}

function grouped(type: string): string {
  return type.includes(" ") && !type.startsWith("{") ? `(${type})` : type;
}
