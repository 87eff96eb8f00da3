import { createWriteStream, existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Engine } from "../database/engine.ts";
import { createProgress, type ProgressStream } from "../kit/progress.ts";
import { parseListQuery } from "../query/query-parser.ts";
import { createQueryReport, mostInCode } from "../query/query-report.ts";
import { unrestrictedScope } from "../query/scope.ts";
import { parseListUrl } from "../query/url-query.ts";
import type { Predicate } from "../query/predicate.ts";
import { isHidden } from "../schema/field.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import { collectionOf, readDelimiter, readFormat } from "./read-file-options.ts";
import { exportRecords, fieldsToExport } from "./transfer/export-records.ts";

/** What the command line says of an export. */
export interface ExportOptions {
  readonly format?: string | undefined;
  readonly delimiter?: string | undefined;
  /** As in a URL, `year[gte]=1950&genre=Drama`, or as JSON. */
  readonly where?: string | undefined;
  /** Names between commas. */
  readonly select?: string | undefined;
  readonly hidden?: boolean;
}

/**
 * Exports the records of a collection as they are at one moment, by their ids. A file has its name once it is whole.
 *
 * @param path `-` for standard output
 * @returns the number of records
 * @throws Error with one message that says what keeps them from being exported
 */
export async function runExport(
  { model, engine }: { readonly model: Model; readonly engine: Engine },
  name: string,
  path: string,
  options: ExportOptions,
  { stream, output }: { readonly stream: ProgressStream; readonly output: Writable },
): Promise<number> {
  const collection = collectionOf(model, name);
  const format = path === "-" && options.format === undefined ? "csv" : readFormat(path, options.format);
  const delimiter = readDelimiter(path, options.delimiter);
  const fields = fieldsToExport(
    collection,
    options.select?.split(",").map((one) => one.trim()),
    options.hidden ?? false,
  );
  const where = readWhere(options.where, collection, model);
  const folder = dirname(resolve(path));
  if (path !== "-" && !existsSync(folder)) throw new Error(`There is no folder ${folder} for ${path}. Make it first.`);
  return engine.snapshot(async (snapshot) => {
    const total = await snapshot.count(collection, where);
    const progress = createProgress({ stream, label: "exporting", total });
    let count = 0;
    const onRecords = (more: number): void => {
      count += more;
      progress.advance(more);
    };
    const text = exportRecords(snapshot, { collection, where, fields, format, delimiter, onRecords });
    try {
      if (path === "-") await pipeline(Readable.from(text), output, { end: false });
      else await writeWhole(path, text, fields.some((one) => isHiddenIn(collection, one)) ? 0o600 : 0o666);
    } finally {
      progress.end();
    }
    return count;
  });
}

/** What no client sees is for nobody else on this machine either. */
function isHiddenIn(collection: CollectionModel, name: string): boolean {
  const field = collection.fields.get(name);
  return field !== undefined && isHidden(field);
}

/** Writes beside the file and puts it in its place at the end: half a file would look like a whole one. */
async function writeWhole(path: string, text: AsyncIterable<string>, mode: number): Promise<void> {
  const beside = `${path}.part`;
  try {
    await rm(beside, { force: true });
    const file = createWriteStream(beside, { flush: true, mode });
    const source = Readable.from(text, { objectMode: true });
    await (path.endsWith(".gz") ? pipeline(source, createGzip(), file) : pipeline(source, file));
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** @throws GalleyError `invalid_query` */
function readWhere(text: string | undefined, collection: CollectionModel, model: Model): Predicate {
  const context = { model, collection, scope: unrestrictedScope, mostRecords: 1 };
  const spelled = text?.trim() ?? "";
  const [, other] = /(?:^|&)(sort|limit|after|select|include|total)=/.exec(spelled) ?? [];
  if (other !== undefined) throw new Error(`--where has ${other}, which is no condition.`);
  if (!spelled.startsWith("{")) return parseListUrl(spelled, context).where;
  return parseListQuery({ where: fromJson(spelled) }, context, createQueryReport(mostInCode)).where;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error(`--where is no JSON: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  }
}
