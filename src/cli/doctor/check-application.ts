import { existsSync, statSync } from "node:fs";
import { assemble } from "../../operations/assemble.ts";
import type { Model } from "../../schema/model.ts";
import { ConfigurationError, type Configuration, readConfiguration, readEnvironmentFile } from "../../server/index.ts";
import { loadBackend } from "../../server/load-backend.ts";
import { migrationsOf } from "../../server/open-migrations.ts";
import { type Finding, ok, problem, reasonOf, warning } from "./finding.ts";

/** Passwords shorter than this are guessed. */
const shortPassword = 12;

/** Whether the definition can be loaded, and its model where it can. */
export async function checkDefinition(
  file: string,
): Promise<{ readonly finding: Finding; readonly model: Model | undefined }> {
  try {
    const { model, backend } = assemble(await loadBackend(file));
    const collections = [...model.collections.values()].filter(({ declaration }) => !declaration.internal);
    const finding = ok(
      "definition",
      `${backend.name}, ${collections.length} collections, ${backend.actions.length} actions`,
    );
    return { finding, model };
  } catch (error) {
    return { finding: problem("definition", reasonOf(error), `Correct ${file}`), model: undefined };
  }
}

/** Whether the configuration can be read, and what may be wrong with it nevertheless. */
export function checkConfiguration(): {
  readonly findings: Finding[];
  readonly configuration: Configuration | undefined;
} {
  let configuration: Configuration;
  let inFile: Readonly<Record<string, string | undefined>>;
  try {
    inFile = readEnvironmentFile(".env");
    configuration = readConfiguration(process.env, { file: inFile });
  } catch (error) {
    const mistakes = error instanceof ConfigurationError ? error.mistakes : [reasonOf(error)];
    const mend = "Correct it: docs/reference/settings.md lists every setting";
    return {
      findings: mistakes.map((line) => problem("configuration", line.replace(/\.$/, ""), mend)),
      configuration: undefined,
    };
  }
  const findings: Finding[] = [];
  const isOpen = process.platform !== "win32" && existsSync(".env") && (statSync(".env").mode & 0o077) !== 0;
  if (isOpen && Object.keys(inFile).some((name) => /PASS|SECRET|KEY|TOKEN|_URL$/.test(name)))
    findings.push(
      warning(
        "configuration",
        "other users of this machine can read .env, and there are secrets in it",
        "chmod 600 .env",
      ),
    );
  if ((configuration.adminPassword?.length ?? shortPassword) < shortPassword)
    findings.push(
      warning(
        "configuration",
        `GALLEY_ADMIN_PASSWORD has fewer than ${shortPassword} characters`,
        "Change the administrator's password, and take the variable away",
      ),
    );
  return {
    findings: findings.length > 0 ? findings : [ok("configuration", "every setting makes sense")],
    configuration,
  };
}

/** Whether database, files of migrations and definition agree. */
export async function checkSchema(file: string, model: Model, { database }: Configuration): Promise<Finding[]> {
  if (database.engine === "sqlite" && !existsSync(database.file)) return [];
  try {
    const migrations = migrationsOf(file, model, database);
    try {
      const lines = await migrations.check();
      const mend =
        migrations.files().length > 0
          ? "galley migrate apply, or galley migrate new"
          : "galley start brings the database there, where that loses nothing; else galley migrate new";
      return lines.length === 0
        ? [ok("schema", "database and definition agree")]
        : lines.map((line) => problem("schema", line.replace(/\.$/, ""), mend));
    } finally {
      await migrations.close();
    }
  } catch (error) {
    return [problem("schema", reasonOf(error), "See galley migrate check")];
  }
}
