import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { csvLine } from "./csv-reader.ts";
import { type Cell, type FileRecord, reasonColumn } from "./file-record.ts";

/** The records that were refused, in a file that can be mended and imported again. */
export interface RefusedFile {
  /** Bytes that it has. */
  readonly bytes: number;
  header(names: readonly string[]): void;
  add(record: FileRecord, reason: string): void;
  /** Takes back what came after so many bytes. */
  backTo(bytes: number): void;
  close(): void;
}

/**
 * Opens the file: in CSV it has the columns of the import and one for the reason, otherwise a line of JSON for each record.
 *
 * @param kept bytes of a file that is there, and goes on from them
 */
export function openRefusedFile(path: string, delimiter: string, kept: number | undefined): RefusedFile {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT);
  let bytes = Math.min(kept ?? 0, fstatSync(file).size);
  ftruncateSync(file, bytes);
  let width = 0;

  function write(text: string): void {
    const data = Buffer.from(`${text}\n`);
    for (let at = 0; at < data.length;) at += writeSync(file, data, at, data.length - at, bytes + at);
    bytes += data.length;
  }

  return {
    get bytes() {
      return bytes;
    },
    header(names) {
      width = names.length;
      if (bytes === 0) write(csvLine([...names, reasonColumn], delimiter));
    },
    add(record, reason) {
      if (record.kind === "value") write(jsonLine(record.value, reason));
      else if (width > 0) write(csvLine([...cellsOf(record, width, delimiter), reason], delimiter));
      else write(jsonLine(record.kind === "broken" ? record.text : record.cells, reason));
    },
    backTo(mark) {
      if (mark === bytes) return;
      ftruncateSync(file, mark);
      bytes = mark;
    },
    close: () => closeSync(file),
  };
}

/** As many cells as there are columns, so that the reason is in its own: what is too much stays in the last. */
function cellsOf(record: FileRecord, width: number, delimiter: string): readonly Cell[] {
  const cells = record.kind === "cells" ? record.cells : record.kind === "broken" ? [record.text] : [];
  const fitting = cells.slice(0, width);
  if (cells.length > width) fitting[width - 1] = csvLine(cells.slice(width - 1), delimiter);
  return [...fitting, ...Array.from({ length: width - fitting.length }, () => null)];
}

function jsonLine(value: unknown, reason: string): string {
  const object = typeof value === "object" && value !== null && !Array.isArray(value) ? value : { _line: value };
  return JSON.stringify({ ...object, [reasonColumn]: reason });
}
