import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { nearestName } from "../kit/nearest-name.ts";
import { type Configuration, type Setting, settings } from "./settings.ts";

/** Values of environment variables. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What a configuration is read from, beside the environment. */
export interface ConfigurationOptions {
  /** The variables of the `.env` file; the environment's own win over them. */
  readonly file?: Variables;
  /** What wins over both, such as options of the command line, by the variable's name. */
  readonly overrides?: Variables;
  /** What stands in for a setting's own default, by the variable's name. */
  readonly defaults?: Variables;
  /** What relative paths start from; the working directory when it is left out. */
  readonly folder?: string;
}

/** Everything that is wrong with a configuration, one line per mistake. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join("\n"));
    this.mistakes = mistakes;
  }
}

/** Parts that the design names and this version doesn't have: to ignore their URLs would be to lose what they should hold. */
const laterParts = [
  "CACHE_URL",
  "EVENTS_URL",
  "FILES_URL",
  "MAIL_URL",
  "SMS_URL",
  "PAYMENTS_URL",
  "MAPS_URL",
  "SEARCH_URL",
  "AI_URL",
  "TRACES_URL",
];

/**
 * The variables of a `.env` file; none when there is no such file.
 *
 * @throws ConfigurationError when it is there and can't be read
 */
export function readEnvironmentFile(path: string): Variables {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return {};
    throw new ConfigurationError([
      `${path} can't be read (${String(code)}): it must be a readable file, or not be there.`,
    ]);
  }
}

/**
 * Reads the configuration. A variable that is empty counts as not set.
 *
 * @param environment the process's environment
 * @throws ConfigurationError naming every mistake: what, where, and what would be right
 * @example
 * const { port } = readConfiguration(process.env, { file: readEnvironmentFile(".env") });
 */
export function readConfiguration(environment: Variables, options: ConfigurationOptions = {}): Configuration {
  const sources: readonly Source[] = [
    { where: " on the command line", variables: options.overrides ?? {} },
    { where: " in the environment", variables: environment },
    { where: " in .env", variables: options.file ?? {} },
  ];
  const folder = options.folder ?? process.cwd();
  const mistakes = strangers(sources);
  if (/^postgres/i.test(find(sources, "DATABASE_URL")?.text ?? "")) mistakes.push(...unread(options.file ?? {}));

  const read = <T>(setting: Setting<T>, dataFolder = ""): T | undefined => {
    const { name, fallback } = setting;
    const found = find(sources, name);
    const standIn = options.defaults?.[name] ?? (typeof fallback === "function" ? fallback({ dataFolder }) : fallback);
    const text = found?.text ?? standIn;
    if (text === undefined) return undefined;
    const reading = setting.read(text, folder);
    if ("value" in reading) return reading.value;
    const shown = setting.secret ? "not right" : JSON.stringify(text);
    mistakes.push(`${name}${found?.where ?? ""} is ${shown}: it must ${reading.must}.`);
    return undefined;
  };

  const dataFolder = read(settings.dataFolder);
  const values = Object.entries(settings).map(([key, setting]) => {
    return [key, key === "dataFolder" ? dataFolder : read<unknown>(setting, dataFolder)];
  });
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  // Each value was read by the setting of its own name; no type can follow that through a list.
  return Object.freeze(Object.fromEntries(values) as Configuration);
}

interface Source {
  readonly where: string;
  readonly variables: Variables;
}

function find(sources: readonly Source[], name: string): { text: string; where: string } | undefined {
  for (const { where, variables } of sources) {
    const text = variables[name];
    if (text !== undefined && text !== "") return { text, where };
  }
  return undefined;
}

/** Mistakes in names: settings of ours that don't exist, and parts that this version doesn't have. */
function strangers(sources: readonly Source[]): string[] {
  const known = Object.values(settings).map((setting) => setting.name);
  const mistakes = laterParts.flatMap((name) => {
    const found = find(sources, name);
    return found === undefined ? [] : [`${name}${found.where} is not supported by this version: it must not be set.`];
  });
  for (const { where, variables } of sources) {
    for (const name of Object.keys(variables)) {
      if (!name.startsWith("GALLEY_") || known.includes(name)) continue;
      const nearest = nearestName(name, known);
      const hint = nearest === undefined ? `The settings are ${known.join(", ")}.` : `Did you mean ${nearest}?`;
      mistakes.push(`${name}${where} is no setting. ${hint}`);
    }
  }
  return mistakes;
}

/** Variables of libpq about TLS in a file that libpq doesn't read: nobody is to believe that they hold. */
function unread(file: Variables): string[] {
  return Object.keys(file)
    .filter((name) => /^PG(SSL|CHANNEL)/.test(name))
    .map((name) => `${name} in .env is not read: set it in the environment, or say it in DATABASE_URL.`);
}
