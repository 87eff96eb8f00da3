import { answeredFields, Field, type Fields, isField, isHidden } from "./field.ts";
import type { FieldType } from "./field-type.ts";
import type { Shown } from "./infer.ts";
import { identifierRule, isIdentifier, reservedNames, systemNames } from "./names.ts";
import { inWords } from "./option-mistakes.ts";
import { createValidator, isPlainObject } from "./validator.ts";
import { objectSchema } from "./json-schema.ts";

/**
 * An object of named fields inside another: an address, a line of an order.
 *
 * @param fields the fields by their names
 * @example
 * address: object({ street: text(), city: text() })
 */
export function object<F extends Fields>(fields: F): Field<Shown<F>, "required", "shown", { readonly fields: F }> {
  const inner: Fields = isPlainObject(fields) ? fields : {};
  const validator = createValidator<Shown<F>>(inner, "input");
  return new Field<Shown<F>, "required", "shown", { readonly fields: F }>({
    name: "object",
    family: "object",
    storage: "json",
    options: { fields: inner },
    validate: (value, path, violations) => validator.check(value, path, violations),
    operand: () => undefined,
    fromText: () => undefined,
    jsonSchema: () => objectSchema(inner, "input"),
    answered: () => object(answeredFields(inner)).type as unknown as FieldType<Shown<F>>,
    mistakes: () => [
      ...(isPlainObject(fields) ? [] : [`has object(${inWords(fields)}), and object() takes fields by their names`]),
      ...Object.entries(inner).flatMap(([name, field]) => {
        if (!isIdentifier(name)) return [`has "${name}" inside, whose name must be ${identifierRule}`];
        if (reservedNames.has(name) && !systemNames.has(name))
          return [`has ${name} inside, a name that is kept for Galley`];
        if (!isField(field)) return [`has ${name}, which is no field`];
        const mistakes = field.type.mistakes().map((mistake) => `has ${name}, which ${mistake}`);
        if (typeof field.modifiers.default === "function")
          mistakes.push(`has ${name}, whose default must be a plain value`);
        if (isHidden(field)) mistakes.push(`has ${name}, which is hidden; hide the whole object`);
        return mistakes;
      }),
    ],
  });
}
