import { settings } from "../../src/server/settings.ts";
import { page, table } from "./markdown.ts";

/** `docs/reference/settings.md`: what every environment variable means. */
export function settingsPage(): string {
  const all = Object.values(settings);
  return page(
    "# Settings",
    `By environment variables, or a \`.env\` file beside where \`galley\` is started; the environment wins. An empty variable counts as
not set. A variable that begins with \`GALLEY_\` and isn't listed here is a mistake, and so is a value that can't be read: the
server names them all and doesn't start.`,
    table(
      ["variable", "default", "allowed"],
      all.map((setting) => [
        `[\`${setting.name}\`](#${setting.name.toLowerCase()})`,
        shown(setting.default),
        allowed(setting),
      ]),
    ),
    ...all.map(({ name, meaning, secret }) =>
      [`## ${name}`, meaning, ...(secret ? ["No message and no log repeats its value."] : [])].join("\n\n"),
    ),
    "## Settings of others",
    `The parameters of \`DATABASE_URL\` for a PostgreSQL server, TLS among them, and the variables that libpq has for them:
[databases](../databases.md#tls). The [console](../development.md#the-console) keeps its lines where \`NODE_REPL_HISTORY\` says. With
\`NO_COLOR\`, logs on a terminal have no colours.`,
  );
}

function shown(standard: string): string {
  if (standard === "") return "none";
  return standard.includes(" ") ? standard : `\`${standard}\``;
}

/** What a setting says its value must be when it is given what no setting takes. */
function allowed({ name, read }: (typeof settings)[keyof typeof settings]): string {
  const reading = read("\0", "/");
  if (!("must" in reading)) throw new Error(`${name} takes a NUL character.`);
  return reading.must.replace(/^be /, "");
}
