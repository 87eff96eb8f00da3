import { el, inline } from "./dom.js";
import { schemaName } from "./document.js";

/**
 * A schema for people: a row for each field, what is nested folded away until it is asked for, so that schemas may lead back to themselves.
 * @param {object} schema
 * @param {(part: object) => object} resolve
 * @param {boolean} [answered] whether it is of an answer, in which fields are there unless told otherwise
 */
export function schemaView(schema, resolve, answered = false) {
  const known = merged(schema, resolve);
  const variants = known.oneOf ?? known.anyOf;
  const own = el("div.schema", {});
  if (known.description !== undefined && schemaName(schema) !== undefined) {
    own.append(el("p.quiet", {}, ...inline(known.description)));
  }
  if (known.properties !== undefined) own.append(...propertyRows(known, resolve, answered));
  else if (known.type === "array") own.append(schemaView(known.items ?? {}, resolve, answered));
  else if (variants !== undefined) own.append(...variants.map((one) => row(null, one, resolve, null, answered)));
  else own.append(el("p", {}, typeText(known), " ", limits(known)));
  return own;
}

/** The type of a schema in a few words. */
export function typeText(schema) {
  const name = schemaName(schema);
  if (name !== undefined) return el("a.type", { href: `#schema/${name}` }, name);
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants !== undefined) {
    return el("span.type", {}, ...variants.flatMap((one, index) => [index === 0 ? "" : " or ", typeText(one)]));
  }
  const types = [schema.type ?? (schema.const === undefined ? "any" : "")].flat();
  const words = types.filter((type) => type !== "array" && type !== "");
  const text = el("span.type", {});
  if (types.includes("array")) text.append("array of ", typeText(schema.items ?? {}));
  else
    text.append(
      schema.const === undefined ? words.filter((type) => type !== "null").join(" or ") : JSON.stringify(schema.const),
    );
  if (schema.format !== undefined) text.append(` · ${schema.format}`);
  if (types.length > 1 && types.includes("null")) text.append(" or null");
  return text;
}

/** What a schema allows, beside its type. */
export function limits(schema) {
  const said = [];
  const range = (low, high, unit) => {
    if (low !== undefined && high !== undefined) said.push(low === high ? `${low}${unit}` : `${low} to ${high}${unit}`);
    else if (low !== undefined) said.push(`at least ${low}${unit}`);
    else if (high !== undefined) said.push(`at most ${high}${unit}`);
  };
  // Whole numbers end where JSON's do; that goes without saying.
  const visible = (number) => (Math.abs(number ?? Infinity) < Number.MAX_SAFE_INTEGER ? number : undefined);
  range(visible(schema.minimum), visible(schema.maximum), "");
  range(schema.minLength, schema.maxLength, " characters");
  range(schema.minItems, schema.maxItems, " items");
  if (schema.default !== undefined) said.push(`default ${JSON.stringify(schema.default)}`);
  if (schema.readOnly) said.push("set by the server");
  if (schema.writeOnly) said.push("never shown");
  if (schema.pattern !== undefined) said.push(`matches ${schema.pattern}`);
  const parts = said.map((one) => el("span.limit", {}, one));
  const choices = schema.enum ?? (schema.items?.enum !== undefined ? schema.items.enum : undefined);
  if (choices !== undefined) parts.push(choiceList(choices));
  return el("span.limits", {}, ...parts);
}

const mostChoices = 14;

function choiceList(choices) {
  const shown = choices.map((one) => el("code", {}, String(one)));
  if (choices.length <= mostChoices) return el("span.choices", {}, ...shown);
  return el("details.choices", {}, el("summary", {}, `${choices.length} choices`), ...shown);
}

/** A schema with what it is made of put together. */
function merged(schema, resolve) {
  const known = resolve(schema);
  if (known.allOf === undefined) return known;
  const { allOf, ...rest } = known;
  return [...allOf.map((one) => merged(one, resolve)), rest].reduce((all, one) => ({
    ...all,
    ...one,
    properties: mergeProperties(all.properties, one.properties),
    required: [...(all.required ?? []), ...(one.required ?? [])],
  }));
}

function mergeProperties(first = {}, second = {}) {
  const both = { ...first };
  for (const [name, schema] of Object.entries(second)) both[name] = { ...both[name], ...schema };
  return both;
}

function propertyRows(schema, resolve, answered) {
  const required = new Set(schema.required ?? []);
  const markOf = (name) => {
    if (answered) return required.has(name) ? null : el("span.limit", {}, "not always there");
    return required.has(name) ? el("span.required", {}, "required") : null;
  };
  const rows = Object.entries(schema.properties).map(([name, property]) =>
    row(name, property, resolve, markOf(name), answered),
  );
  return rows.length === 0 ? [el("p.quiet", {}, "No fields.")] : rows;
}

function row(name, schema, resolve, mark, answered) {
  const known = resolve(schema);
  const head = [
    name !== null && el("code.name", {}, name),
    typeText(schema),
    mark,
    schemaName(schema) === undefined && limits(answered ? { ...known, readOnly: false } : known),
  ];
  const described = name !== null && known.description !== undefined && schemaName(schema) === undefined;
  const note = described && el("span.note", {}, ...inline(known.description));
  const inner = nested(schema, resolve);
  if (inner === undefined) return el("div.row", {}, ...head, note);
  const details = el("details.row", {}, el("summary", {}, ...head, note));
  details.addEventListener("toggle", () => details.append(el("div.nested", {}, schemaView(inner, resolve, answered))), {
    once: true,
  });
  return details;
}

/** The schema with fields that is inside another, if there is one. */
function nested(schema, resolve) {
  const known = merged(schema, resolve);
  if (known.properties !== undefined && Object.keys(known.properties).length > 0) return schema;
  const types = [known.type].flat();
  if (types.includes("array")) return nested(known.items ?? {}, resolve);
  const variants = known.oneOf ?? known.anyOf;
  const deep = variants?.filter((one) => nested(one, resolve) !== undefined) ?? [];
  return deep.length === 0 ? undefined : deep.length === 1 ? deep[0] : schema;
}
