import type { Violation } from "../../kit/error-codes.ts";
import { type Field, itemOf } from "../../schema/field.ts";
import type { Cell } from "./file-record.ts";

const truths: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false],
]);

/**
 * The value that a text spells for a field. What spells none is answered as it is: the field's own check says then what would be
 * right. Lists are JSON, or values between semicolons; what else is nested is JSON.
 */
export function valueFromCell(field: Field, cell: string, violations: Violation[], name: string): unknown {
  switch (field.type.family) {
    case "number":
      return field.type.fromText(cell.trim()) ?? cell;
    case "boolean":
      return truths.get(cell.trim().toLowerCase()) ?? cell;
    case "list": {
      const item = itemOf(field);
      if (cell.trimStart().startsWith("[") || item === undefined) return fromJson(cell, violations, name);
      if (cell.trim() === "") return [];
      return cell.split(";").map((part) => valueFromCell(item, part.trim(), violations, name));
    }
    case "json":
    case "object":
      return fromJson(cell, violations, name);
    default:
      return cell;
  }
}

/** The text that {@link valueFromCell} reads the same value from. */
export function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The same for a field whose values are JSON, where a text has its quotes. */
export function jsonCellOf(value: unknown): Cell {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function fromJson(cell: string, violations: Violation[], name: string): unknown {
  try {
    return JSON.parse(cell) as unknown;
  } catch {
    violations.push({ path: `/${name}`, code: "malformed", message: "must be JSON" });
    return null;
  }
}
