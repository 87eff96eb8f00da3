import type { Writer } from "../database/engine.ts";
import { copyOf } from "../kit/copy-of.ts";
import { usesRelations } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import { nameOf, type Progress } from "./record-context.ts";
import { matchesAlone } from "./viewer.ts";

/** Records that are remembered at a time; whatever comes beyond is read again. */
const most = 1000;

/**
 * The writer of one transaction, which counts what it has stored, and reads a record once: what an action has looked at is looked
 * at again before it is changed, and nobody else can have changed it meanwhile. What was written is read again. Records with
 * values inside of values are not remembered: who was given one may have changed it in place. For the same reason copies are stored:
 * an engine may spell them later, when it sends what has gathered.
 */
export class TransactionWriter implements Writer {
  readonly #writer: Writer;
  readonly #progress: Progress;
  readonly #rows = new Map<string, Row>();
  /** How many changes there were when each record was changed last, and when all were: what was asked for before may be answered after. */
  readonly #changed = new Map<string, number>();
  #allChanged = 0;
  #changes = 0;

  constructor(writer: Writer, progress: Progress) {
    this.#writer = writer;
    this.#progress = progress;
  }

  /** @param since the changes that there were when it was asked for */
  #remember(collection: CollectionModel, row: Row, since: number): void {
    if (collection.nested || this.#rows.size >= most || this.#allChanged > since) return;
    const key = nameOf(collection, row["id"]);
    if ((this.#changed.get(key) ?? 0) <= since) this.#rows.set(key, { ...row });
  }

  #forget(key: string): void {
    this.#rows.delete(key);
    this.#changed.set(key, ++this.#changes);
  }

  async get(...[collection, id, where]: Parameters<Writer["get"]>): Promise<Row | undefined> {
    const known = this.#rows.get(nameOf(collection, id));
    if (known !== undefined && !usesRelations(where))
      return matchesAlone(where, collection, known) ? { ...known } : undefined;
    const since = this.#changes;
    const row = await this.#writer.get(collection, id, where);
    if (row !== undefined) this.#remember(collection, row, since);
    return row;
  }

  find(...given: Parameters<Writer["find"]>): ReturnType<Writer["find"]> {
    return this.#writer.find(...given);
  }

  async select(...[collection, query]: Parameters<Writer["select"]>): Promise<Row[]> {
    const since = this.#changes;
    const found = await this.#writer.select(collection, query);
    if (query.order.every(({ field }) => collection.fields.has(field)))
      for (const row of found) this.#remember(collection, row, since);
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
    await this.#writer.insert(collection, stored(collection, row));
    this.#progress.written++;
  }

  async update(...[collection, id, changes]: Parameters<Writer["update"]>): Promise<void> {
    this.#forget(nameOf(collection, id));
    await this.#writer.update(collection, id, stored(collection, changes));
    this.#progress.written++;
  }

  async remove(...[collection, id]: Parameters<Writer["remove"]>): Promise<void> {
    this.#forget(nameOf(collection, id));
    await this.#writer.remove(collection, id);
    this.#progress.written++;
  }

  async removeAll(...[collection, where]: Parameters<Writer["removeAll"]>): Promise<void> {
    this.#rows.clear();
    this.#allChanged = ++this.#changes;
    await this.#writer.removeAll(collection, where);
    this.#progress.written++;
  }

  async append(...given: Parameters<Writer["append"]>): Promise<void> {
    await this.#writer.append(...given);
    this.#progress.written++;
  }
}

/** Values that whoever has the record can't change any more. */
function stored({ nested }: CollectionModel, values: Row): Row {
  return nested ? copyOf(values) : { ...values };
}
