import { resolve } from "node:path";
import { checkConfiguration, checkDefinition, checkSchema } from "./doctor/check-application.ts";
import { checkMachine } from "./doctor/check-machine.ts";
import { checkPostgresDatabase } from "./doctor/check-postgres-database.ts";
import { checkSqliteDatabase } from "./doctor/check-sqlite-database.ts";
import { type Finding, ok } from "./doctor/finding.ts";
import { version } from "./version.ts";

/** Options of `galley doctor`. */
export interface DoctorOptions {
  readonly json?: boolean;
}

/** `galley doctor`: one line for each thing that was looked at, with what is to be done. Exit code 1 where there is a problem. */
export async function doctor(file: string, options: DoctorOptions): Promise<void> {
  const findings = await examine(resolve(file));
  const sound = findings.every(({ state }) => state !== "problem");
  const text =
    options.json === true ? JSON.stringify({ sound, findings }, undefined, 2) : findings.map(lineOf).join("\n");
  // Whatever else the application's modules have begun is not waited for.
  process.stdout.write(`${text}\n`, () => process.exit(sound ? 0 : 1));
}

async function examine(file: string): Promise<Finding[]> {
  const { finding, model } = await checkDefinition(file);
  const { findings, configuration } = checkConfiguration();
  const found = [ok("versions", `Galley ${version} on Node.js ${process.versions.node}`), finding, ...findings];
  if (configuration === undefined) return found;
  const { database } = configuration;
  found.push(...(await checkMachine(configuration)));
  const looked =
    database.engine === "sqlite"
      ? checkSqliteDatabase(database.file)
      : await checkPostgresDatabase(configuration, database.url);
  found.push(...looked);
  // Of a database that is damaged or away nothing else can be said.
  const isUsable = looked.every(
    ({ check, state }) => state !== "problem" || check === "references" || check === "clock",
  );
  if (model !== undefined && isUsable) found.push(...(await checkSchema(file, model, configuration)));
  return found;
}

function lineOf({ check, state, message, mend }: Finding): string {
  const sentences = [message, mend ?? ""].map((text) => text.replaceAll(/\s*\n\s*/g, " ").replace(/[^.?!]$/, "$&."));
  return `${state.padEnd(9)}${check.padEnd(15)}${sentences.join(" ").trimEnd()}`;
}
