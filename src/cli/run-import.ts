import { statSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Engine } from "../database/engine.ts";
import { createProgress, type ProgressStream } from "../kit/progress.ts";
import type { Model } from "../schema/model.ts";
import { collectionOf, readDelimiter, readFormat } from "./read-file-options.ts";
import { type Columns, createColumns, isUnique } from "./transfer/columns.ts";
import { createCsvReader } from "./transfer/csv-reader.ts";
import type { FileReader, FileRecord, Format } from "./transfer/file-record.ts";
import { beginning, createPositionKeeper, type Position, type PositionKeeper } from "./transfer/import-position.ts";
import { importRecords, type RecordsImport } from "./transfer/import-records.ts";
import { createJsonReader, createNdjsonReader } from "./transfer/json-reader.ts";
import { readText } from "./transfer/read-text.ts";
import { openRefusedFile } from "./transfer/refused-file.ts";

/** What the command line says of an import. */
export interface ImportOptions {
  readonly format?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly map?: ReadonlyMap<string, string>;
  readonly set?: ReadonlyMap<string, string>;
  readonly ignoreUnknown?: boolean;
  readonly upsert?: string | undefined;
  readonly errors?: string | undefined;
  readonly dryRun?: boolean;
  readonly strict?: boolean;
  readonly resume?: boolean;
  readonly restart?: boolean;
}

/** Where an import tells how it goes, and where it is told to stop. */
export interface ImportSurroundings {
  readonly stream: ProgressStream;
  readonly signal: AbortSignal;
}

/** What an import came to. */
export interface Imported {
  readonly position: Position;
  /** Whether the whole file was read. */
  readonly whole: boolean;
}

/** Records of one transaction: it costs little beside them. */
const most = 500;
/** The same where others write as well, who wait for it; and how long they are left to begin, in milliseconds. */
const few = 100;
const gap = 3;

/**
 * Imports a file into a collection.
 *
 * @param path `-` for standard input
 * @throws Error with one message that says what keeps it from being imported; what was stored before stays, and `resume` goes on
 */
export async function runImport(
  { model, engine }: { readonly model: Model; readonly engine: Engine },
  name: string,
  path: string,
  options: ImportOptions,
  { stream, signal }: ImportSurroundings,
): Promise<Imported> {
  const collection = collectionOf(model, name);
  const { upsert, dryRun = false, strict = false } = options;
  if (upsert !== undefined && !isUnique(collection, upsert))
    throw new Error(
      `--upsert names ${upsert}, which is no unique field of ${name}: several records may have the same.`,
    );
  const format = readFormat(path, options.format);
  const delimiter = readDelimiter(path, options.delimiter);
  const columns = createColumns(collection, model, {
    map: options.map ?? new Map(),
    set: options.set ?? new Map(),
    ignoreUnknown: options.ignoreUnknown ?? false,
  });
  if (options.errors !== undefined && resolve(options.errors) === resolve(path))
    throw new Error("--errors is the file that is imported; give what is refused a file of its own.");
  const size = path === "-" ? undefined : sizeOf(path);
  const keeper = path === "-" || dryRun ? undefined : createPositionKeeper(model, name, resolve(path));
  const from = await whereToBegin(engine, keeper, path, options);
  const refused =
    options.errors === undefined
      ? undefined
      : openRefusedFile(options.errors, delimiter, from.line === 0 ? undefined : from.refusedBytes);
  let bytes = 0;
  const part = size === undefined ? undefined : () => (size === 0 ? 1 : bytes / size);
  const progress = createProgress({ stream, label: dryRun ? "checking" : "importing", part });
  let told = 0;
  const records = importRecords({
    model,
    engine,
    collection,
    columns,
    upsert,
    dryRun,
    strict,
    refused,
    keeper,
    from,
    onRefused(line, reason) {
      told++;
      // Whoever has them in a file needs only to see what kind of thing is wrong.
      if (refused === undefined || told <= 10)
        stream.write(`${stream.isTTY === true ? "\r\u001B[K" : ""}${placeOf(path, line)}: ${reason}\n`);
    },
  });
  try {
    const text = readText(path, (count) => void (bytes += count), signal);
    const reader = createReader(format, delimiter);
    const header = format === "csv" ? headerTaker(columns, path, (names) => refused?.header(names)) : undefined;
    const whole = await takeAll(text, placed(reader, path), header, records, signal, (count) =>
      progress.advance(count),
    );
    if (whole) await engine.write(async (writer) => keeper?.forget(writer));
    return { position: records.position, whole };
  } finally {
    progress.end();
    refused?.close();
  }
}

function sizeOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new Error(`There is no file ${resolve(path)} to import.`);
  return found.size;
}

/** A reader whose errors name the file. */
function placed(reader: FileReader, path: string): FileReader {
  const within = (read: () => FileRecord[]): FileRecord[] => {
    try {
      return read();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${path === "-" ? "standard input" : path}: ${reason}`, { cause });
    }
  };
  return { push: (text) => within(() => reader.push(text)), end: () => within(() => reader.end()) };
}

/** @returns whether the text came to its end */
async function takeAll(
  text: AsyncIterable<string>,
  reader: FileReader,
  header: ((record: FileRecord) => void) | undefined,
  records: RecordsImport,
  signal: AbortSignal,
  onTaken: (count: number) => void,
): Promise<boolean> {
  const { line } = records.position;
  let first = true;
  let waiting: FileRecord[] = [];

  async function take(found: readonly FileRecord[], final: boolean): Promise<boolean> {
    for (const record of found) {
      if (first && header !== undefined) header(record);
      else if (record.line > line) waiting.push(record);
      first = false;
    }
    let at = 0;
    for (;;) {
      const size = records.shares ? few : most;
      if (waiting.length - at < (final ? 1 : size)) break;
      if (signal.aborted || records.ended) return false;
      const chunk = waiting.slice(at, at + size);
      await records.take(chunk);
      if (records.shares) await wait(gap);
      at += chunk.length;
      onTaken(chunk.length);
    }
    waiting = waiting.slice(at);
    return !records.ended;
  }

  for await (const piece of text) if (!(await take(reader.push(piece), false))) return false;
  return !signal.aborted && take(reader.end(), true);
}

/** A line of the file, as terminals lead to it. */
function placeOf(path: string, line: number): string {
  return path === "-" ? `line ${line}` : `${path}:${line}`;
}

function headerTaker(
  columns: Columns,
  path: string,
  then: (names: readonly string[]) => void,
): (record: FileRecord) => void {
  return (record) => {
    if (record.kind !== "cells") {
      const mistake = record.kind === "broken" ? record.mistake : "is none";
      throw new Error(`${placeOf(path, record.line)}: The first line, which must name the columns, ${mistake}.`);
    }
    const names = record.cells.map((cell) => (cell ?? "").trim());
    columns.header(names);
    then(names);
  };
}

async function whereToBegin(
  engine: Engine,
  keeper: PositionKeeper | undefined,
  path: string,
  { resume = false, restart = false }: ImportOptions,
): Promise<Position> {
  if (resume && path === "-") throw new Error("An import from standard input can't be resumed: give it a file.");
  if (keeper === undefined) return beginning;
  const last = await engine.read((reader) => keeper.last(reader));
  if (resume && last === undefined) throw new Error(`No import of ${path} is to be resumed: none was stopped.`);
  if (last === undefined || resume) return last ?? beginning;
  if (!restart)
    throw new Error(
      `An import of ${path} was stopped after line ${last.line}. --resume goes on after it; --restart begins with the first line.`,
    );
  await engine.write((writer) => keeper.forget(writer));
  return beginning;
}

function createReader(format: Format, delimiter: string): FileReader {
  if (format === "csv") return createCsvReader(delimiter);
  return format === "json" ? createJsonReader() : createNdjsonReader();
}
