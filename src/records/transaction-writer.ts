import type { Change, Writer } from "../database/engine.ts";
import { copyOf } from "../kit/copy-of.ts";
import { usesRelations } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import { type Progress, recordKey } from "./record-context.ts";
import { matchesAlone } from "./viewer.ts";

/** Records that are remembered at a time; whatever comes beyond is read again. */
const most = 1000;

/**
 * The writer of one transaction, which counts what it has stored, and reads a record once: what an action has looked at is looked
 * at again before it is changed, and nobody else can have changed it meanwhile. What was written is read again. Records with
 * values inside of values are not remembered: who was given one may have changed it in place. For that reason copies are stored: an
 * engine may spell them later, when it sends what has gathered.
 */
export class TransactionWriter implements Writer {
  readonly #writer: Writer;
  readonly #progress: Progress;
  readonly #rows = new Map<string, Row>();
  /** Writes that have begun: what was read before one may be of before it. */
  #writes = 0;

  constructor(writer: Writer, progress: Progress) {
    this.#writer = writer;
    this.#progress = progress;
  }

  #remember(collection: CollectionModel, row: Row, writes: number): void {
    if (!collection.nested && this.#rows.size < most && writes === this.#writes)
      this.#rows.set(recordKey(collection, row["id"]), { ...row });
  }

  async get(...[collection, id, where]: Parameters<Writer["get"]>): Promise<Row | undefined> {
    const known = this.#rows.get(recordKey(collection, id));
    if (known !== undefined && !usesRelations(where))
      return matchesAlone(where, collection, known) ? { ...known } : undefined;
    const writes = this.#writes;
    const row = await this.#writer.get(collection, id, where);
    if (row !== undefined) this.#remember(collection, row, writes);
    return row;
  }

  find(...given: Parameters<Writer["find"]>): ReturnType<Writer["find"]> {
    return this.#writer.find(...given);
  }

  async select(...[collection, query]: Parameters<Writer["select"]>): Promise<Row[]> {
    const writes = this.#writes;
    const found = await this.#writer.select(collection, query);
    if (query.order.every(({ field }) => collection.fields.has(field)))
      for (const row of found) this.#remember(collection, row, writes);
    return found;
  }

  selectJson(...given: Parameters<Writer["selectJson"]>): ReturnType<Writer["selectJson"]> {
    return this.#writer.selectJson(...given);
  }

  getJson(...given: Parameters<Writer["getJson"]>): ReturnType<Writer["getJson"]> {
    return this.#writer.getJson(...given);
  }

  count(...given: Parameters<Writer["count"]>): Promise<number> {
    return this.#writer.count(...given);
  }

  aggregate(...given: Parameters<Writer["aggregate"]>): ReturnType<Writer["aggregate"]> {
    return this.#writer.aggregate(...given);
  }

  changes(...given: Parameters<Writer["changes"]>): ReturnType<Writer["changes"]> {
    return this.#writer.changes(...given);
  }

  async insert(...[collection, row]: Parameters<Writer["insert"]>): Promise<void> {
    await this.#writer.insert(collection, copyOf(row));
    this.#progress.written++;
  }

  async update(...[collection, id, changes]: Parameters<Writer["update"]>): Promise<void> {
    this.#writes++;
    this.#rows.delete(recordKey(collection, id));
    await this.#writer.update(collection, id, copyOf(changes));
    this.#progress.written++;
  }

  async remove(...[collection, id]: Parameters<Writer["remove"]>): Promise<void> {
    this.#writes++;
    this.#rows.delete(recordKey(collection, id));
    await this.#writer.remove(collection, id);
    this.#progress.written++;
  }

  async removeAll(...[collection, where]: Parameters<Writer["removeAll"]>): Promise<void> {
    this.#writes++;
    this.#rows.clear();
    await this.#writer.removeAll(collection, where);
    this.#progress.written++;
  }

  async append(change: Change): Promise<void> {
    await this.#writer.append(copyOf(change));
    this.#progress.written++;
  }
}
