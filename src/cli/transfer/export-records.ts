import type { Snapshot } from "../../database/engine.ts";
import type { Predicate } from "../../query/predicate.ts";
import type { Row } from "../../query/sort.ts";
import { isHidden } from "../../schema/field.ts";
import type { CollectionModel } from "../../schema/model.ts";
import { csvLine } from "./csv-reader.ts";
import { cellOf, jsonCellOf } from "./field-cell.ts";
import type { Format } from "./file-record.ts";

/** What is exported, and how. */
export interface ExportParts {
  readonly collection: CollectionModel;
  readonly where: Predicate;
  /** Names of the fields, in their order. */
  readonly fields: readonly string[];
  readonly format: Format;
  readonly delimiter: string;
  /** Told of the records of each page. */
  readonly onRecords: (count: number) => void;
}

/** Records that are read at a time. */
const page = 1000;
const order = [{ field: "id", descending: false }];

/** The text of a file, a page of records at a time. */
export async function* exportRecords(snapshot: Snapshot, parts: ExportParts): AsyncGenerator<string> {
  const { collection, where, fields, format, delimiter, onRecords } = parts;
  const cells = fields.map((name) => {
    const family = collection.fields.get(name)?.type.family;
    return family === "list" || family === "json" || family === "object" ? jsonCellOf : cellOf;
  });
  const spell = (row: Row): string =>
    format === "csv"
      ? csvLine(
          fields.map((name, at) => (cells[at] ?? cellOf)(row[name])),
          delimiter,
        )
      : JSON.stringify(Object.fromEntries(fields.map((name) => [name, row[name]])));
  const [between, end] = format === "json" ? [",\n", "\n]\n"] : ["\n", "\n"];
  let before = format === "csv" ? `${csvLine(fields, delimiter)}\n` : format === "json" ? "[\n" : "";
  let after: readonly string[] | undefined;
  let any = false;
  for (;;) {
    const rows = await snapshot.select(collection, { where, order, limit: page, after });
    const last = rows.at(-1);
    if (last === undefined) break;
    yield before + rows.map(spell).join(between);
    any = true;
    before = between;
    after = [String(last["id"])];
    onRecords(rows.length);
    if (rows.length < page) break;
  }
  if (any) yield end;
  else yield before + (format === "json" ? "]\n" : "");
}

/**
 * Names of the fields to export: those that are stored and shown, unless others are named.
 *
 * @param hidden whether hidden and secret ones are among them
 * @throws Error when a name is none of a stored field
 */
export function fieldsToExport(
  collection: CollectionModel,
  select: readonly string[] | undefined,
  hidden: boolean,
): readonly string[] {
  const stranger = select?.find((name) => !collection.stored.includes(name));
  if (stranger !== undefined)
    throw new Error(
      `--select names ${stranger}, which is not stored in ${collection.name}; there are ${collection.stored.join(", ")}.`,
    );
  if (select !== undefined) return select;
  return collection.stored.filter((name) => {
    const field = collection.fields.get(name);
    return hidden || field === undefined || !isHidden(field);
  });
}
