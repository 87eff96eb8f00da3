import { sha256 } from "../../kit/token.ts";
import { splitStatements, type Statement } from "./sql-statements.ts";

/** The databases that migrations are written for. */
export type EngineName = "sqlite" | "postgres";

/** A file of migrations, read. */
export interface MigrationFile {
  /** `20260301120000_rating.sql` */
  readonly name: string;
  /** Of the whole text, whatever its line ends. */
  readonly checksum: string;
  /** Of the statements of its transaction. */
  readonly beginning: string;
  /** What it was written for; a file by hand that doesn't say is for every engine. */
  readonly engine: EngineName | undefined;
  /** The hash of the schema that it begins with, and of the one that it is meant to leave. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** What is done in one transaction. */
  readonly statements: readonly Statement[];
  /** What is done after it, each for itself. */
  readonly later: readonly Statement[];
}

/** The line after which statements are no part of the transaction. */
export const outsideDirective = "-- galley: outside the transaction";

const transactional = /^(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE\s+TRANSACTION)\b/i;

/**
 * Reads a file.
 *
 * @throws Error with the name of the file and the line, when it can't be understood
 */
export function readMigration(name: string, text: string): MigrationFile {
  const plain = text.replaceAll("\r\n", "\n");
  const mistake = (line: number, what: string): Error => new Error(`${name}, line ${line}: ${what}`);
  let all: Statement[];
  try {
    all = splitStatements(plain);
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const settings = new Map<string, string>();
  const statements: Statement[] = [];
  const later: Statement[] = [];
  let outside = false;
  for (const statement of all) {
    const { text: sql, line } = statement;
    const [, setting, value = ""] = /^-- galley: (engine|before|after) (\S+)$/.exec(sql) ?? [];
    if (setting !== undefined) {
      settings.set(setting, value);
    } else if (sql === outsideDirective) {
      outside = true;
    } else if (sql.startsWith("-- galley:") && !/^-- galley: words [a-zA-Z_]\w*$/.test(sql)) {
      throw mistake(line, `"${sql}" is no directive; there are words, outside the transaction, engine, before, after.`);
    } else if (transactional.test(sql)) {
      throw mistake(line, "a file is one transaction, which Galley begins and ends; leave that out.");
    } else {
      (outside ? later : statements).push(statement);
    }
  }
  const engine = settings.get("engine");
  if (engine !== undefined && engine !== "sqlite" && engine !== "postgres")
    throw new Error(`${name}: the engine is "${engine}", which must be sqlite or postgres.`);
  return {
    name,
    checksum: sha256(plain),
    beginning: sha256(statements.map(({ text: sql }) => sql).join("\n")),
    engine,
    before: settings.get("before"),
    after: settings.get("after"),
    statements,
    later,
  };
}

/** What a database keeps to know a file again: while what comes after its transaction isn't done, also what was. */
export function checksumOf({ checksum, beginning }: MigrationFile, done: boolean): string {
  return done ? checksum : `${checksum} ${beginning}`;
}
