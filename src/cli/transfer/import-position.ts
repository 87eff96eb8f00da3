import type { Reader, Writer } from "../../database/engine.ts";
import { sha256 } from "../../kit/token.ts";
import { marks } from "../../operations/bootstrap-marks.ts";
import type { Predicate } from "../../query/predicate.ts";
import type { Model } from "../../schema/model.ts";
import { isPlainObject } from "../../schema/validator.ts";

/** How far an import has come. */
export interface Position {
  /** The last line that is done, stored or refused. */
  readonly line: number;
  readonly created: number;
  readonly changed: number;
  readonly refused: number;
  /** Bytes of the file of refused records. */
  readonly refusedBytes: number;
}

/** Where every import begins. */
export const beginning: Position = { line: 0, created: 0, changed: 0, refused: 0, refusedBytes: 0 };

/** The position of one import, kept in the database beside the records: neither is ever there without the other. */
export interface PositionKeeper {
  last(reader: Reader): Promise<Position | undefined>;
  /** Adds to the transaction of the records. */
  keep(writer: Writer, position: Position, now: string): Promise<void>;
  forget(writer: Writer): Promise<void>;
}

/**
 * Creates the keeper of the import of a file into a collection. Each position is a row of its own, and they go when the import has
 * ended: transactions that only add are those that engines gather.
 *
 * @param file absolute path
 */
export function createPositionKeeper(model: Model, collection: string, file: string): PositionKeeper {
  const kept = model.collection(marks.name);
  const prefix = `import ${sha256(`${collection}\n${file}`).slice(0, 32)} `;
  const own: Predicate = { kind: "compare", field: "id", path: [], comparison: "startsWith", operand: prefix };
  return {
    async last(reader) {
      const order = [{ field: "id", descending: true }];
      const [row] = await reader.select(kept, { where: own, order, limit: 1, after: undefined });
      const value = row?.["value"];
      return isPosition(value) ? value : undefined;
    },
    keep: (writer, position, now) =>
      writer.insert(kept, {
        id: `${prefix}${String(position.line).padStart(12, "0")}`,
        value: position,
        createdAt: now,
        updatedAt: now,
        version: 1,
      }),
    forget: (writer) => writer.removeAll(kept, own),
  };
}

function isPosition(value: unknown): value is Position {
  return isPlainObject(value) && Object.keys(beginning).every((name) => typeof value[name] === "number");
}
