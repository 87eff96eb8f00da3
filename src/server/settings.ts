import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { isProxyEntry, proxyForm } from "./trusted-proxies.ts";

/** All that a server is told from outside. */
export interface Configuration {
  readonly port: number;
  readonly host: string;
  /** Folder for everything that the embedded parts keep; absolute. */
  readonly dataFolder: string;
  readonly database: DatabaseLocation;
  /** Most connections of this process to a database server for transactions. */
  readonly databaseConnections: number;
  /** What a start does with the schema; left out, `check` where there are migrations for the database, else `safe`. */
  readonly migrate: MigrateManner | undefined;
  /** HTTP threads. */
  readonly threads: number;
  readonly logLevel: LogLevel;
  readonly adminEmail: string;
  /** Left out, a password is generated. */
  readonly adminPassword: string | undefined;
  /** Left out, backups are not encrypted. */
  readonly backupPassphrase: string | undefined;
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[] | "*";
  /** Whether callers are counted and limited. */
  readonly rateLimits: boolean;
  /** Longest body in bytes. */
  readonly bodyLimit: number;
  readonly shutdownSeconds: number;
}

/** Where the records are: a file of SQLite's, by its absolute path, or a PostgreSQL server. */
export type DatabaseLocation = SqliteLocation | PostgresLocation;

export interface SqliteLocation {
  readonly engine: "sqlite";
  readonly file: string;
}

export interface PostgresLocation {
  readonly engine: "postgres";
  readonly url: string;
}

/** `check`: change nothing; `apply`: apply what is pending; `safe`: that, and what loses nothing. */
export type MigrateManner = "check" | "apply" | "safe";

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/** The least that is logged. */
export type LogLevel = (typeof logLevels)[number];

/** What a text is read as, or what it must be instead; that reads on from "it". */
export type Reading<T> = { readonly value: T } | { readonly must: string };

/** One setting: an environment variable and what it means. */
export interface Setting<T> {
  readonly name: string;
  /** The text that stands in when the variable isn't set; `undefined` when there is none. */
  readonly fallback: string | undefined | ((configured: ConfiguredFolder) => string);
  /** How documentation spells the fallback. */
  readonly default: string;
  readonly meaning: string;
  /** Whether its value may not be repeated, in messages or anywhere. */
  readonly secret: boolean;
  /** @param folder what relative paths start from */
  readonly read: (text: string, folder: string) => Reading<T>;
}

/** What fallbacks may build on. */
export interface ConfiguredFolder {
  readonly dataFolder: string;
}

/** Every setting, by its name in the configuration; `dataFolder` stands before what builds on it. */
export const settings: { readonly [Name in keyof Configuration]: Setting<Configuration[Name]> } = {
  port: setting("PORT", "3000", "Port to listen on; 0 takes a free one.", wholeNumber(0, 65_535)),
  host: setting("HOST", "127.0.0.1", "Address to listen on; 0.0.0.0 or :: for all.", readHost),
  dataFolder: setting("GALLEY_DATA", "./data", "Folder for what is stored on this machine.", readFolder),
  database: {
    ...setting(
      "DATABASE_URL",
      "sqlite:GALLEY_DATA/galley.db",
      "Where records are kept: sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE.",
      readDatabase,
    ),
    fallback: ({ dataFolder }) => `sqlite:${dataFolder}/galley.db`,
    secret: true,
  },
  databaseConnections: setting(
    "GALLEY_DATABASE_CONNECTIONS",
    "20",
    "Most connections for transactions to a database server; single reads share two more for each thread, and slow ones two.",
    wholeNumber(1, 1000),
  ),
  migrate: {
    ...setting(
      "GALLEY_MIGRATE",
      "check where there are migrations, else safe",
      "What a start does to the database: check changes nothing, and refuses to start where something is to be done; apply applies pending migrations; safe applies them, and changes by itself what loses nothing.",
      readMigrate,
    ),
    fallback: undefined,
  },
  threads: {
    ...setting("GALLEY_THREADS", "one per core", "Threads that answer requests.", wholeNumber(1, 256)),
    fallback: () => String(availableParallelism()),
  },
  logLevel: setting("LOG_LEVEL", "info", `The least that is logged: ${logLevels.join(", ")}.`, readLogLevel),
  adminEmail: setting(
    "GALLEY_ADMIN_EMAIL",
    "admin@example.com",
    "E-mail address of the administrator that is made when there is none. An account that has it gets a new password.",
    readEmail,
  ),
  adminPassword: {
    ...setting("GALLEY_ADMIN_PASSWORD", "generated, shown once", "That administrator's password.", readPassword),
    fallback: undefined,
    secret: true,
  },
  backupPassphrase: {
    ...setting("GALLEY_BACKUP_PASSPHRASE", "", "What backups are encrypted with, and read again.", readPassphrase),
    fallback: undefined,
    secret: true,
  },
  trustedProxies: setting(
    "GALLEY_TRUSTED_PROXIES",
    "",
    "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses, CIDR ranges or loopback, with commas.",
    readProxies,
  ),
  corsOrigins: setting(
    "GALLEY_CORS_ORIGINS",
    "",
    "Origins whose pages may call the API, with commas: https://shop.example; * for all, without cookies.",
    readOrigins,
  ),
  rateLimits: setting(
    "GALLEY_RATE_LIMITS",
    "on",
    "Whether callers are limited, on or off; off where something in front of the server does it.",
    (text) => (text === "on" || text === "off" ? { value: text === "on" } : { must: "be on or off" }),
  ),
  bodyLimit: setting("GALLEY_BODY_LIMIT", "1048576", "Longest request body, in bytes.", wholeNumber(1024, 2 ** 30)),
  shutdownSeconds: setting(
    "GALLEY_SHUTDOWN_SECONDS",
    "10",
    "Seconds that requests under way are given when the server stops.",
    wholeNumber(0, 3600),
  ),
};

function setting<T>(name: string, fallback: string, meaning: string, read: Setting<T>["read"]): Setting<T> {
  return { name, fallback, default: fallback, meaning, secret: false, read };
}

function wholeNumber(least: number, most: number): (text: string) => Reading<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? { value } : { must: `be a whole number from ${least} to ${most}` };
  };
}

function readHost(text: string): Reading<string> {
  return /^[A-Za-z0-9.:_-]+$/.test(text) ? { value: text } : { must: "be an IP address or a host name" };
}

function readFolder(text: string, folder: string): Reading<string> {
  return text.includes("\0") ? { must: "be a path" } : { value: resolve(folder, text) };
}

function readDatabase(text: string, folder: string): Reading<DatabaseLocation> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === "postgres" || scheme === "postgresql") {
    const url = URL.parse(text);
    if (url === null || url.pathname.length < 2) {
      return { must: "name a server and a database, for example postgres://user:password@localhost:5432/shop" };
    }
    return { value: { engine: "postgres", url: text } };
  }
  if (scheme !== "sqlite") {
    const known = ["mysql", "mongodb"].find((name) => name === scheme);
    const must = "be sqlite:PATH, for example sqlite:./data/galley.db, or postgres://USER:PASSWORD@HOST:PORT/DATABASE";
    return { must: known === undefined ? must : `${must}; ${known}: is not supported by this version` };
  }
  // As in other URLs, an empty authority may stand before an absolute path: sqlite:///var/galley.db.
  const path = text.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "");
  if (path === "" || path.startsWith(":") || path.startsWith("//") || path.endsWith("/") || path.includes("\0")) {
    return { must: "name a file, for example sqlite:./data/galley.db" };
  }
  return { value: { engine: "sqlite", file: resolve(folder, path) } };
}

function readMigrate(text: string): Reading<MigrateManner> {
  return text === "check" || text === "apply" || text === "safe"
    ? { value: text }
    : { must: "be check, apply or safe" };
}

function readLogLevel(text: string): Reading<LogLevel> {
  const value = logLevels.find((level) => level === text.toLowerCase());
  return value === undefined ? { must: `be one of ${logLevels.join(", ")}` } : { value };
}

function readEmail(text: string): Reading<string> {
  return /^[^\s@]+@[^\s@]+$/.test(text) ? { value: text } : { must: "be an e-mail address" };
}

function readPassword(text: string): Reading<string | undefined> {
  return text.length >= 8 && text.length <= 256 ? { value: text } : { must: "be 8 to 256 characters long" };
}

/** Whoever has a backup may guess as long as they like. */
export function readPassphrase(text: string): Reading<string | undefined> {
  return text.length >= 12 && text.length <= 1024 ? { value: text } : { must: "be 12 to 1024 characters long" };
}

function readProxies(text: string): Reading<readonly string[]> {
  const value = commaList(text);
  return value.every(isProxyEntry) ? { value } : { must: `be a list with commas; of each entry, ${proxyForm}` };
}

function readOrigins(text: string): Reading<readonly string[] | "*"> {
  if (text === "*") return { value: "*" };
  const value = commaList(text);
  const sound = value.every((origin) => /^https?:/.test(origin) && URL.parse(origin)?.origin === origin);
  return sound ? { value } : { must: "be * or a list with commas of origins such as https://shop.example, no path" };
}

function commaList(text: string): readonly string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}
