import type { CollectionModel, Model } from "../schema/model.ts";
import { type Format, formatOf, formats } from "./transfer/file-record.ts";

/** @throws Error naming the collections that there are */
export function collectionOf(model: Model, name: string): CollectionModel {
  const collection = model.collections.get(name);
  if (collection !== undefined && !collection.declaration.internal) return collection;
  const names = [...model.collections.values()].filter(({ declaration }) => !declaration.internal);
  throw new Error(`There is no collection ${name}; there are ${names.map((one) => one.name).join(", ")}.`);
}

/** @throws Error when neither the name nor the option says what the file is */
export function readFormat(path: string, option: string | undefined): Format {
  const format = option === undefined ? formatOf(path) : formats.find((one) => one === option);
  if (format !== undefined) return format;
  if (option !== undefined) throw new Error(`--format is ${option}, and must be one of ${formats.join(", ")}.`);
  throw new Error(`${path} doesn't say what it is by its name: add --format, one of ${formats.join(", ")}.`);
}

/** @throws Error when it is no single character, or one with a meaning of its own */
export function readDelimiter(path: string, option: string | undefined): string {
  if (option === undefined) return /\.tsv(\.gz)?$/i.test(path) ? "\t" : ",";
  const delimiter = option === "tab" || option === "\\t" ? "\t" : option;
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter))
    throw new Error('--delimiter must be one character that is no quote, such as ";", or "tab".');
  return delimiter;
}
