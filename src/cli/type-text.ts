import type { Fields, Field } from "../schema/field.ts";
import { isField, itemOf } from "../schema/field.ts";
import type { CollectionModel } from "../schema/model.ts";

/** The types of a collection's records, of what creates one and of what finds some, as TypeScript infers them. */
export function typeText({ name, declaration, relations }: CollectionModel): string {
  const { id, fields } = declaration;
  const stored = Object.entries(fields).filter(([, { modifiers }]) => modifiers.presence !== "computed");
  const record = [
    "readonly id: string",
    ...stored.map(([field, type]) => shownText(field, type)),
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

/** Spells one field of a record, or of an object inside of it. */
type Member = (name: string, field: Field) => string;

/** A field as it is answered. */
function shownText(name: string, field: Field): string {
  return `readonly ${name}: ${valueText(field, shownText)}`;
}

/** A field as it is sent: what is optional or has a default may be left out. */
function inputText(name: string, field: Field): string {
  const value = valueText(field, inputText);
  return field.modifiers.presence === "required"
    ? `readonly ${name}: ${value}`
    : `readonly ${name}?: ${value} | undefined`;
}

function conditionText(field: Field): string {
  const type = bareText(field, shownText);
  const alone = field.modifiers.presence === "optional" ? " | null" : "";
  if (field.type.family === "list") return `Pick<Comparisons<${type}>, "has" | "isNull">${alone}`;
  const { target } = field.type.options;
  return `${type}${alone} | Comparisons<${type}>${target === undefined ? "" : ` | Where<typeof ${target}.fields>`}`;
}

/** The type of a value. */
function valueText(field: Field, member: Member): string {
  return field.modifiers.presence === "optional" ? `${bareText(field, member)} | null` : bareText(field, member);
}

/** The type of a value that is there. */
function bareText(field: Field, member: Member): string {
  const { family, options } = field.type;
  const item = itemOf(field);
  if (item !== undefined) return `readonly ${grouped(valueText(item, member))}[]`;
  if (options.choices !== undefined) return options.choices.map((one) => JSON.stringify(one)).join(" | ");
  if (family === "object") {
    const inner = Object.entries(options.fields as Fields).filter(([, one]) => isField(one));
    return `{ ${inner.map(([name, one]) => member(name, one)).join("; ")} }`;
  }
  if (family === "json") return "Json";
  return family === "number" || family === "boolean" ? family : "string";
}

function grouped(type: string): string {
  return type.includes(" ") && !type.startsWith("{") ? `(${type})` : type;
}
