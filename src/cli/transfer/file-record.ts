/** A cell of a CSV file: null where there is nothing between two delimiters, `""` where there are two quotes. */
export type Cell = string | null;

/** A record as it stands in a file, with the number of its first line. */
export type FileRecord =
  | { readonly kind: "cells"; readonly line: number; readonly cells: readonly Cell[] }
  | { readonly kind: "value"; readonly line: number; readonly value: unknown }
  /** What could not be read, and why. */
  | { readonly kind: "broken"; readonly line: number; readonly text: string; readonly mistake: string };

/** Takes the text of a file piece by piece, and answers the records that are whole by then. */
export interface FileReader {
  push(text: string): FileRecord[];
  /** What is left when the file has ended. */
  end(): FileRecord[];
}

/** Most characters of one record: what is longer is a quote or a bracket that was not closed, and would fill the memory. */
export const longestRecord = 10_000_000;

/** Files that can be read and written. */
export const formats = ["csv", "json", "ndjson"] as const;
export type Format = (typeof formats)[number];

/** The column that says in a file of refused records why they were; it is no field, and is left out when such a file is read. */
export const reasonColumn = "_reason";

/** The format of a file by its name, with or without `.gz`. */
export function formatOf(path: string): Format | undefined {
  const name = path.toLowerCase().replace(/\.gz$/, "");
  if (name.endsWith(".jsonl")) return "ndjson";
  if (name.endsWith(".tsv")) return "csv";
  return formats.find((format) => name.endsWith(`.${format}`));
}
