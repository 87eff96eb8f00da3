export { createApp, type App, type AppOptions } from "./create-app.ts";
export { ConfigurationError, readConfiguration, readEnvironmentFile } from "./configuration.ts";
export { createLogger, type ServerLogger } from "./logger.ts";
export type { OpenDatabase } from "../records/open-database.ts";
export { openMigrations, type OpenMigrations } from "./open-migrations.ts";
export type { Configuration } from "./settings.ts";
export { startServer, type RunningServer } from "./start-server.ts";
