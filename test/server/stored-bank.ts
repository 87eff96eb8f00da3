import { DatabaseSync } from "node:sqlite";

/** A row as it lies in the file. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** What the database file of the bank holds, read beside the server. */
export interface StoredBank {
  /** What SQLite says of the file; `ok` when it is sound. */
  readonly integrity: unknown;
  /** References that lead nowhere. */
  readonly broken: readonly unknown[];
  /** Rows by collection and id, with the fields that the definition declares and the version. */
  readonly rows: Readonly<Record<string, ReadonlyMap<string, StoredRow>>>;
  /** The same, as it follows from the change feed alone. */
  readonly told: Readonly<Record<string, ReadonlyMap<string, StoredRow>>>;
  /** Names of records that the feed says were deleted. */
  readonly removed: ReadonlySet<string>;
}

const fields: Readonly<Record<string, readonly string[]>> = {
  accounts: ["name", "balance"],
  transfers: ["reference", "from", "to", "amount"],
  notes: ["name", "content"],
  members: ["group", "place"],
};

/** Reads the file without changing it. */
export function readStoredBank(file: string): StoredBank {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const all = (sql: string): StoredRow[] => database.prepare(sql).all();
    const rows = Object.fromEntries(
      Object.entries(fields).map(([collection, names]) => {
        const columns = ["id", "version", ...names].map((name) => `"${name}"`).join(", ");
        const stored = all(`SELECT ${columns} FROM "${collection}"`);
        return [collection, new Map(stored.map(({ id, ...row }) => [String(id), { ...row }]))];
      }),
    );
    const integrity = all("PRAGMA integrity_check").map((row) => row["integrity_check"]);
    return { integrity: integrity.join(), broken: all("PRAGMA foreign_key_check"), rows, ...replay(all) };
  } finally {
    database.close();
  }
}

function replay(all: (sql: string) => StoredRow[]): Pick<StoredBank, "told" | "removed"> {
  const told = Object.fromEntries(Object.keys(fields).map((name) => [name, new Map<string, StoredRow>()]));
  const removed = new Set<string>();
  for (const change of all(`SELECT "collection", "record", "kind", "after" FROM "_changes" ORDER BY "sequence"`)) {
    const records = told[String(change["collection"])];
    if (records === undefined) continue;
    const id = String(change["record"]);
    const before = records.get(id);
    if (change["kind"] === "deleted") {
      removed.add(String(before?.["name"]));
      records.delete(id);
      continue;
    }
    const after: StoredRow = JSON.parse(String(change["after"]));
    const known = fields[String(change["collection"])] ?? [];
    const kept = Object.fromEntries(Object.entries(after).filter(([name]) => known.includes(name)));
    records.set(id, { version: Number(before?.["version"] ?? 0) + 1, ...withoutVersion(before), ...kept });
  }
  return { told, removed };
}

function withoutVersion(row: StoredRow | undefined): StoredRow {
  if (row === undefined) return {};
  const { version: _version, ...rest } = row;
  return rest;
}
