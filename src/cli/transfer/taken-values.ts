import { indexesOf } from "../../database/sql/sql-indexes.ts";
import { GalleyError } from "../../kit/galley-error.ts";
import { sha256 } from "../../kit/token.ts";
import type { Row } from "../../query/sort.ts";
import type { CollectionModel } from "../../schema/model.ts";

/** Unique values of records that a dry run has stored and taken back: the database knows no more of them. */
export interface TakenValues {
  /**
   * Notes the unique values of a record.
   *
   * @param owner what is the same where a later line changes the record, and another for every other record; undefined where
   * no line does
   * @returns whether a line of an earlier transaction had this owner
   * @throws GalleyError `conflict` when another record of the file has one of the values
   */
  take(row: Row, owner: string | undefined): boolean;
  /** The transaction has ended: what was noted in it counts for those that come. */
  keep(): void;
  /** The transaction is tried again. */
  forget(): void;
}

/** The owner of what no other line changes; an owner is never empty. */
const nobody = "";

/** Creates a memory that has taken nothing. It grows with the file, by less than 200 bytes for each value. */
export function createTakenValues(collection: CollectionModel): TakenValues {
  const unique = indexesOf(collection).flatMap(({ unique: is, keys }) => (is ? [keys] : []));
  const groups = [["id"], ...unique];
  const owners = new Map<string, string>();
  const known = new Set<string>();
  let noted: { readonly key: string; readonly owner: string }[] = [];

  return {
    take(row, owner) {
      for (const group of groups) {
        const values = group.map((name) => row[name] ?? null);
        // As in the database, what is missing is the same as nothing.
        if (values.includes(null)) continue;
        const key = sha256(JSON.stringify([group, values]), "base64url");
        const other = owners.get(key);
        if (other !== undefined && other !== owner)
          throw new GalleyError(
            "conflict",
            `${collection.name} has another record with the same ${group.join(" and ")}.`,
          );
        noted.push({ key, owner: owner ?? nobody });
      }
      return owner !== undefined && known.has(owner);
    },
    keep() {
      for (const { key, owner } of noted) {
        owners.set(key, owner);
        if (owner !== nobody) known.add(owner);
      }
      noted = [];
    },
    forget() {
      noted = [];
    },
  };
}
