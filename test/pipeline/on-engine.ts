import type { BackendOptions } from "../../src/schema/backend.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { type OpenApp, openApp } from "./open-app.ts";

/** The engines that a scenario runs on. */
export const engines = ["SQLite", "PostgreSQL"] as const;

/** Runs a scenario on an application of its own, on one of the engines. */
export async function onEngine(
  engine: (typeof engines)[number],
  options: BackendOptions,
  scenario: (app: OpenApp) => Promise<void>,
): Promise<void> {
  if (engine === "SQLite") return scenario(await openApp(options));
  const database = await freshDatabase();
  const opened = await openApp(options, { database: database.url });
  try {
    await scenario(opened);
  } finally {
    await opened.close();
    await database.drop();
  }
}
