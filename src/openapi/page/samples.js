/**
 * A value of a schema to begin with: what must be sent, with something that is easy to see and replace.
 * @param {object} schema
 * @param {(part: object) => object} resolve
 */
export function sample(schema, resolve, depth = 0) {
  const known = resolve(schema);
  if (known.default !== undefined) return known.default;
  if (known.const !== undefined) return known.const;
  if (known.enum !== undefined) return known.enum[0];
  const [alternative] = known.oneOf ?? known.anyOf ?? [];
  if (alternative !== undefined) return sample(alternative, resolve, depth);
  const type = Array.isArray(known.type) ? known.type[0] : known.type;
  switch (type) {
    case "object":
      return sampleObject(known, resolve, depth);
    case "array":
      return depth > 4 || !((known.minItems ?? 1) > 0) ? [] : [sample(known.items ?? {}, resolve, depth + 1)];
    case "integer":
    case "number":
      return Math.max(known.minimum ?? 1, 1) <= (known.maximum ?? Infinity)
        ? Math.max(known.minimum ?? 1, 1)
        : known.maximum;
    case "boolean":
      return true;
    case "string":
      return sampleText(known);
    default:
      return {};
  }
}

function sampleObject(schema, resolve, depth) {
  const properties = Object.entries(schema.properties ?? {}).filter(([, one]) => one.readOnly !== true);
  const required = new Set(schema.required ?? []);
  const chosen = properties.filter(([name]) => required.has(name));
  if (depth > 4) return {};
  return Object.fromEntries(chosen.map(([name, one]) => [name, sample(one, resolve, depth + 1)]));
}

function sampleText(schema) {
  const now = new Date();
  const formats = {
    "date-time": now.toISOString(),
    date: now.toISOString().slice(0, 10),
    email: "ada@example.com",
    uuid: "00000000-0000-7000-8000-000000000000",
    uri: "https://example.com/",
  };
  const known = formats[schema.format];
  if (known !== undefined) return known;
  if (schema.description?.startsWith("Id of")) return "";
  return "text".padEnd(schema.minLength ?? 0, ".").slice(0, schema.maxLength ?? 100);
}
