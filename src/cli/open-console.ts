import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { Engine } from "../database/engine.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { type Assembly, assemble } from "../operations/assemble.ts";
import { always } from "../query/predicate.ts";
import { type Configuration, readConfiguration, readEnvironmentFile } from "../server/index.ts";
import { loadBackend } from "../server/load-backend.ts";
import { openEngine } from "../server/open-engine.ts";
import { historyFile, talk } from "./console-repl.ts";
import { createConsoleScope } from "./console-scope.ts";
import { runConsoleScript } from "./console-script.ts";
import { messageOf } from "./message-of.ts";
import { version } from "./version.ts";
import { whereOf } from "./where-of.ts";

/**
 * `galley console`: the records at hand, in a shell that evaluates JavaScript. What is piped in is run as one script, and an
 * error ends it with exit code 1. A server may run on the same database meanwhile: SQLite lets one write after the other, and
 * the server sees what was written.
 */
export async function openConsole(file: string): Promise<void> {
  let engine: Engine | undefined;
  try {
    const configuration = readConfiguration(process.env, { file: readEnvironmentFile(".env") });
    const assembly = assemble(await loadBackend(resolve(file)));
    engine = await openExisting(assembly, configuration);
    const scope = createConsoleScope(assembly.model, engine);
    const { stdin: input, stdout: output, stderr } = process;
    if (input.isTTY) {
      output.write(greeting(assembly, configuration));
      await talk(scope, { input, output, history: historyFile() });
    } else {
      stderr.write(`${whereOf(configuration)}\n`);
      process.exitCode = await runConsoleScript(await text(input), scope, { output, stderr });
    }
    await engine.close();
    process.exit();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    await engine?.close();
    process.exit(1);
  }
}

/** Opens the database as it is: to bring it to the definition is for the server, or for a migration that somebody reads. */
async function openExisting(assembly: Assembly, configuration: Configuration): Promise<Engine> {
  const { database } = configuration;
  const where = whereOf(configuration);
  if (database.engine === "sqlite" && !existsSync(database.file))
    throw new Error(`There is no database ${where}. galley start makes it; DATABASE_URL or GALLEY_DATA name another.`);
  const engine = openEngine(assembly, database, { access: "readWrite", scanThread: false, connections: 2 });
  const order = [{ field: "id", descending: false }];
  try {
    for (const collection of assembly.model.collections.values()) {
      const first = { where: always, order, limit: 1, after: undefined };
      await engine.read((reader) => reader.select(collection, first));
    }
  } catch (error) {
    await engine.close();
    throw new Error(unusable(error, where), { cause: error });
  }
  return engine;
}

function unusable(error: unknown, where: string): string {
  const away = error instanceof GalleyError && error.code === "overloaded";
  const cause = away ? (error.cause ?? error) : error;
  const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, "");
  return away
    ? `The database ${where} can't be used: ${reason}. Check DATABASE_URL, and that the server runs.`
    : `The database ${where} can't be used with this definition: ${reason}. galley start or galley migrate apply brings it there.`;
}

function greeting({ backend, model }: Assembly, configuration: Configuration): string {
  const names = [...model.collections.values()].flatMap(({ name, declaration }) =>
    declaration.internal ? [] : [name],
  );
  const [one = "users"] = names.filter((name) => name !== "users" && !(name in globalThis));
  const examples: [string, string][] = [
    [`${one}.list({ limit: 5 })`, "without rules; also get, find, all, count, create, update, delete"],
    [`as("ada@example.com").${one}`, "the same with the rules of a user"],
    [`transaction(async (db) => ...)`, "several writes, all or none"],
  ];
  const width = Math.max(...examples.map(([code]) => code.length)) + 3;
  return [
    "",
    `  ${backend.name} on Galley ${version}: ${whereOf(configuration)}`,
    "  Every write counts at once, also for a server that runs on this database.",
    "",
    `  ${names.join(", ")}`,
    "",
    ...examples.map(([code, meaning]) => `  ${code.padEnd(width)}${meaning}`),
    "",
    "",
  ].join("\n");
}
