import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { Engine } from "../database/engine.ts";
import { type Assembly, assemble } from "../operations/assemble.ts";
import { type Configuration, readConfiguration, readEnvironmentFile } from "../server/index.ts";
import { loadBackend } from "../server/load-backend.ts";
import { historyFile, talk } from "./console-repl.ts";
import { createConsoleScope } from "./console-scope.ts";
import { runConsoleScript } from "./console-script.ts";
import { messageOf } from "./message-of.ts";
import { openExisting } from "./open-existing.ts";
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
      await talk(scope, assembly.model, { input, output, history: historyFile() });
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

function greeting({ backend, model }: Assembly, configuration: Configuration): string {
  const names = [...model.collections.values()].flatMap(({ name, declaration }) =>
    declaration.internal ? [] : [name],
  );
  const [one = "users"] = names.filter((name) => name !== "users" && !(name in globalThis));
  const examples: [string, string][] = [
    [`${one}.list({ limit: 5 })`, "without rules; also get, find, all, count, create, update, delete"],
    [`as("ada@example.com").${one}`, "the same with the rules of a user"],
    [`.type ${one}`, "its fields, as TypeScript has them; Tab completes them"],
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
