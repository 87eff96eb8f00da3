import { resolve } from "node:path";
import type { Engine } from "../database/engine.ts";
import { assemble } from "../operations/assemble.ts";
import { readConfiguration, readEnvironmentFile } from "../server/index.ts";
import { loadBackend } from "../server/load-backend.ts";
import type { Model } from "../schema/model.ts";
import { messageOf } from "./message-of.ts";
import { openExisting } from "./open-existing.ts";
import { whereOf } from "./where-of.ts";

/** A database that follows its definition. */
export interface OpenedDatabase {
  readonly model: Model;
  readonly engine: Engine;
  /** What people know it by. */
  readonly where: string;
}

/**
 * Runs a command on the database of a definition, and ends. What keeps it from being done is one message on standard error, and
 * exit code 1; else the code is what the work has set.
 */
export async function withDatabase(file: string, work: (database: OpenedDatabase) => Promise<void>): Promise<never> {
  try {
    const configuration = readConfiguration(process.env, { file: readEnvironmentFile(".env") });
    const assembly = assemble(await loadBackend(resolve(file)));
    const engine = await openExisting(assembly, configuration);
    try {
      await work({ model: assembly.model, engine, where: whereOf(configuration) });
    } finally {
      await engine.close();
    }
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
  process.exit();
}
