import { setTimeout as wait } from "node:timers/promises";
import type { Engine, Writer } from "../../database/engine.ts";
import { GalleyError } from "../../kit/galley-error.ts";
import { createWriteContext } from "../../records/database-handle.ts";
import { checkWhole, type WriteContext } from "../../records/record-context.ts";
import { createViewer } from "../../records/viewer.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import type { Row } from "../../query/sort.ts";
import { system } from "../../schema/principal.ts";
import type { Columns } from "./columns.ts";
import type { FileRecord } from "./file-record.ts";
import type { Position, PositionKeeper } from "./import-position.ts";
import { createRecordImporter, type Step } from "./import-record.ts";
import type { RefusedFile } from "./refused-file.ts";
import { createTakenValues } from "./taken-values.ts";

/** What an import is made of. */
export interface ImportParts {
  readonly model: Model;
  readonly engine: Engine;
  readonly collection: CollectionModel;
  readonly columns: Columns;
  /** The unique field by which records are found and changed. */
  readonly upsert: string | undefined;
  /** Whether everything is tried and nothing is kept. */
  readonly dryRun: boolean;
  /** Whether the first record that is refused ends the import. */
  readonly strict: boolean;
  readonly refused: RefusedFile | undefined;
  /** Undefined where nobody could go on later, as from standard input. */
  readonly keeper: PositionKeeper | undefined;
  /** Where it begins. */
  readonly from: Position;
  /** Told of each record that was refused, in the order of the file. */
  readonly onRefused: (line: number, reason: string) => void;
}

/** An import that is under way. */
export interface RecordsImport {
  readonly position: Position;
  /** Whether a record was refused that must not be. */
  readonly ended: boolean;
  /** Whether others write to the database as well: one of the last transactions had to wait for them. */
  readonly shares: boolean;
  /** Takes the records that come next. @throws Error naming the line at which something else than a record was wrong */
  take(records: readonly FileRecord[]): Promise<void>;
}

/** One record, and why it is refused where that is known already. */
interface Member {
  readonly record: FileRecord;
  readonly refusal?: GalleyError;
}

/** What one transaction has come to. */
interface Attempt {
  /** The member that is being stored. */
  current: Member | undefined;
  position: Position;
  refusals: { readonly line: number; readonly error: GalleyError }[];
  ended: boolean;
}

/** How long a transaction may take, and how often one is tried while others hold the database. */
const milliseconds = 60_000;
const mostTries = 12;
/** Transactions after which an import has the database for itself again. */
const remembered = 50;
/** The same at the beginning, when it isn't known yet: a long transaction would be the first that a busy server waits for. */
const firstShared = 5;

/** Ends the transaction of a dry run. */
class TakenBack extends Error {}

/**
 * Imports records in transactions, each with the position that it reaches. A record that fails while it is being stored takes its
 * transaction back: those before it are stored again, and it is refused before it comes that far.
 */
export function importRecords(parts: ImportParts): RecordsImport {
  const { engine, collection, columns, refused, dryRun, keeper } = parts;
  const importer = createRecordImporter(collection, parts.upsert);
  const taken = dryRun ? createTakenValues(collection) : undefined;
  const hooked = Object.keys(collection.declaration.hooks).length > 0;
  const adds = !dryRun && parts.upsert === undefined && !hooked && collection.madeSlugs.length === 0;
  let position = parts.from;
  let ended = false;
  let shared = firstShared;

  async function storeAll(members: readonly Member[]): Promise<void> {
    const [first] = members;
    if (first === undefined || ended) return;
    const failed = await attempt(members);
    if (failed === undefined) return;
    const { error, member } = failed;
    if (member === undefined && members.length > 1) {
      // Only the end of the transaction has told, and not which it was.
      const half = Math.ceil(members.length / 2);
      await storeAll(members.slice(0, half));
      return storeAll(members.slice(half));
    }
    const at = member === undefined ? 0 : members.indexOf(member);
    await storeAll(members.slice(0, at));
    await storeAll([{ record: (member ?? first).record, refusal: error }, ...members.slice(at + 1)]);
  }

  /** Stores all members but those that are refused; answers the one that can't be stored. */
  async function attempt(
    members: readonly Member[],
  ): Promise<{ error: GalleyError; member: Member | undefined } | undefined> {
    const bytes = refused?.bytes ?? 0;
    for (let tries = 1; ; tries++) {
      const progress: Attempt = { current: undefined, position, refusals: [], ended: false };
      try {
        await engine.write(
          async (writer) => {
            // An engine may run a work again that has lost against another.
            refused?.backTo(bytes);
            taken?.forget();
            Object.assign(progress, { current: undefined, position, refusals: [], ended: false });
            await work(members, writer, progress);
          },
          { milliseconds, adds },
        );
      } catch (error) {
        if (!(error instanceof TakenBack)) {
          refused?.backTo(bytes);
          importer.forget();
          if (error instanceof GalleyError && error.status === 503 && tries < mostTries) {
            await wait(1000);
            continue;
          }
          if (isRefusal(error)) return { error, member: progress.current };
          throw broken(error, progress.current ?? members[0]);
        }
        importer.forget();
        taken?.keep();
      }
      ({ position, ended } = progress);
      for (const { line, error } of progress.refusals) parts.onRefused(line, reasonOf(error));
      return undefined;
    }
  }

  /** What tells whether two lines are about the same record. */
  function ownerOf(row: Row): string | undefined {
    return parts.upsert === undefined ? undefined : JSON.stringify(row[parts.upsert]);
  }

  /** What is made here is nobody else's: an id, and a slug, which gets a number where it is taken. */
  function unmade(step: Step, row: Row): Row {
    const own: Record<string, unknown> = { ...row };
    if (step.id === undefined) own["id"] = null;
    if (step.kind === "create")
      for (const { name } of collection.madeSlugs) if (step.values[name] === undefined) own[name] = null;
    return own;
  }

  async function work(members: readonly Member[], writer: Writer, progress: Attempt): Promise<void> {
    const context = contextOf(parts.model, writer);
    for (const member of members) {
      const { record, refusal } = member;
      const count = { ...progress.position, line: record.line };
      try {
        if (refusal !== undefined) throw refusal;
        const step = await importer.prepare(columns.inputOf(record), context);
        progress.current = member;
        const row = await importer.store(step, context);
        const again = taken?.take(unmade(step, row), ownerOf(row)) ?? false;
        if (step.kind === "create" && !again) count.created++;
        else count.changed++;
      } catch (error) {
        if (progress.current === member) throw error;
        if (!isRefusal(error)) {
          progress.current = member;
          throw error;
        }
        progress.refusals.push({ line: record.line, error });
        refused?.add(record, reasonOf(error));
        count.refused++;
        count.refusedBytes = refused?.bytes ?? 0;
        // Whoever mends it goes on with it.
        if (parts.strict) count.line = progress.position.line;
        progress.ended = parts.strict;
      }
      progress.position = count;
      if (progress.ended) break;
    }
    progress.current = undefined;
    checkWhole(context);
    if (dryRun) throw new TakenBack();
    if (progress.position.line > position.line) await keeper?.keep(writer, progress.position, context.now);
  }

  return {
    get position() {
      return position;
    },
    get ended() {
      return ended;
    },
    get shares() {
      return shared > 0;
    },
    async take(records) {
      const before = engine.collisions;
      await storeAll(records.map((record) => ({ record })));
      shared = engine.collisions === before ? shared - 1 : remembered;
    },
  };
}

function contextOf(model: Model, writer: Writer): WriteContext {
  const now = new Date().toISOString();
  const viewer = createViewer(model, system, now);
  return createWriteContext({ model, principal: system, viewer, now, requestId: null, reader: writer }, writer);
}

/** Whether an error is one that a record brought about, and not the database or the machine. */
function isRefusal(error: unknown): error is GalleyError {
  return error instanceof GalleyError && error.status < 500;
}

function broken(error: unknown, member: Member | undefined): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`Line ${member?.record.line ?? 0} could not be stored: ${reason}`, { cause: error });
}

/** Everything that is wrong with a record, in one line. */
function reasonOf({ code, message, errors = [] }: GalleyError): string {
  if (code !== "invalid_input" || errors.length === 0) return message;
  const place = (path: string): string => (path === "" ? "The record" : path.slice(1).replaceAll("/", "."));
  return errors.map((one) => `${place(one.path)} ${one.message}`).join("; ");
}
