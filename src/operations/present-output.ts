import type { Row } from "../query/sort.ts";
import type { Viewer } from "../records/viewer.ts";
import type { Output } from "../schema/action.ts";
import type { Collection } from "../schema/collection.ts";
import { Field, type Fields, isHidden } from "../schema/field.ts";
import type { Model } from "../schema/model.ts";
import { isPlainObject } from "../schema/validator.ts";

/** What an action answered, as the caller sees it: shaped by the declared output, records as their collection shows them. */
export function presentOutput(output: Output | undefined, value: unknown, model: Model, viewer: Viewer): unknown {
  if (output === undefined) return null;
  if (output instanceof Field) return presentField(output, value, model, viewer);
  if (isCollection(output)) return viewer.present(model.collection(output.name), value as Row);
  return presentFields(output, value, model, viewer);
}

/** Whether an output is a record of a collection. */
export function isCollection(output: Output): output is Collection {
  return !(output instanceof Field) && output["declares"] === "collection";
}

function presentFields(fields: Fields, value: unknown, model: Model, viewer: Viewer): Record<string, unknown> {
  const given = isPlainObject(value) ? value : {};
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, field]) => !isHidden(field))
      .map(([name, field]) => [name, presentField(field, given[name], model, viewer)]),
  );
}

function presentField(field: Field, value: unknown, model: Model, viewer: Viewer): unknown {
  if (value === null || value === undefined) return null;
  const { name, options } = field.type;
  if (name === "record") return viewer.present(model.collection((options.collection as Collection).name), value as Row);
  if (name === "object") return presentFields(options.fields as Fields, value, model, viewer);
  if (name === "list" && Array.isArray(value))
    return value.map((item) => presentField(options.item as Field, item, model, viewer));
  return value;
}
