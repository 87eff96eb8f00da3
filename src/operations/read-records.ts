import { createHash } from "node:crypto";
import { GalleyError } from "../kit/galley-error.ts";
import { JsonText } from "../kit/json-text.ts";
import { type Soon, soon } from "../kit/soon.ts";
import { encodeCursor } from "../query/cursor.ts";
import { allOf, type Predicate } from "../query/predicate.ts";
import type { ListQuery, View } from "../query/query.ts";
import { createAnswerSize, sizeOfRows, sizeOfTexts } from "../records/answer-size.ts";
import { presentRows } from "../records/include-loader.ts";
import { jsonViewOf } from "../records/json-view.ts";
import { spellRecords } from "../records/spell-records.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { ReadCall } from "./operation.ts";

/** What an entity tag is made of. */
const tagged = ["version", "createdAt"];

/** One record as the caller sees it. @throws GalleyError `not_found` */
export function getRecord(
  collection: CollectionModel,
  id: string,
  view: View,
  visible: Predicate,
  call: ReadCall,
): Soon<unknown> {
  const look = call.text ? jsonViewOf(collection, view, call.viewer, call.records.model) : undefined;
  const keys = view.select === undefined ? tagged : [];
  const written = look && call.records.reader.getJson(collection, id, visible, look, keys);
  if (look === undefined || written === undefined) return getShown(collection, id, view, visible, call);
  return soon(written, (found) => {
    const [text] = found.texts;
    if (text === undefined) throw notFound(collection, id);
    return new JsonText(text, look.fields, found.keysOf(0));
  });
}

/** A record that has to be looked at before it is shown. */
async function getShown(
  collection: CollectionModel,
  id: string,
  view: View,
  visible: Predicate,
  call: ReadCall,
): Promise<unknown> {
  const row = await call.records.reader.get(collection, id, visible);
  if (row === undefined) throw notFound(collection, id);
  // As it was read: what is read and not shown takes as long.
  call.size?.add(sizeOfRows([row]));
  const { shown, inPieces } = await presentRows(collection, [row], view, call.records, call.text);
  if (!inPieces) return shown[0];
  // Its entity tag: of megabytes at once it would take as long as dozens of other requests.
  const digest = createHash("sha256");
  const text = await spellRecords(shown, view.include, ["", ""], (piece) => digest.update(piece));
  return new JsonText(text, [], {}, digest.digest("base64url"));
}

/** A page of records, and the cursor of the next. */
export async function listRecords(
  collection: CollectionModel,
  query: ListQuery,
  visible: Predicate,
  call: ReadCall,
): Promise<unknown> {
  const where = allOf([visible, query.where]);
  const written = await listText(collection, { ...query, where }, call);
  if (written !== undefined) return written;
  // One more than asked shows whether there is another page.
  const rows = await call.records.reader.select(collection, { ...query, where, limit: query.limit + 1 });
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  const { shown, inPieces } = await presentRows(collection, page, query, call.records, call.text);
  const next = rows.length > page.length && last !== undefined ? encodeCursor(query.order, last) : null;
  const total = query.total ? await call.records.reader.count(collection, where) : undefined;
  if (inPieces) return new JsonText(await spellRecords(shown, query.include, aroundPage(next, total)));
  const answer = total === undefined ? { data: shown, next } : { data: shown, next, total };
  if (!call.text) return answer;
  const text = JSON.stringify(answer);
  createAnswerSize().add(text.length);
  return new JsonText(text);
}

/** A page as the database writes it, where it can. */
async function listText(collection: CollectionModel, query: ListQuery, call: ReadCall): Promise<JsonText | undefined> {
  const look = call.text ? jsonViewOf(collection, query, call.viewer, call.records.model) : undefined;
  if (look === undefined) return undefined;
  const keys = query.order.map(({ field }) => field);
  const rows = await call.records.reader.selectJson(collection, { ...query, limit: query.limit + 1 }, look, keys);
  if (rows === undefined) return undefined;
  const { texts } = rows;
  createAnswerSize().add(sizeOfTexts(texts));
  const next = texts.length > query.limit ? encodeCursor(query.order, rows.keysOf(query.limit - 1)) : null;
  const total = query.total ? await call.records.reader.count(collection, query.where) : undefined;
  const [before, after] = aroundPage(next, total);
  return new JsonText(before + (next === null ? texts : texts.slice(0, query.limit)).join(",") + after);
}

/** What stands before and after the records of a page. */
function aroundPage(next: string | null, total: number | undefined): readonly [string, string] {
  const counted = total === undefined ? "" : `,"total":${total}`;
  return ['{"data":[', `],"next":${JSON.stringify(next)}${counted}}`];
}

/** The error for a record that is not there, or out of sight: the two must look the same. */
export function notFound(collection: CollectionModel, id: string): GalleyError {
  return new GalleyError("not_found", `There is no record of ${collection.name} with the id ${id}.`);
}
