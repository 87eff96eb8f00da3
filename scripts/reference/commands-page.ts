import type { Command } from "commander";
import { createProgram } from "../../src/cli/main.ts";
import { createMigrateProgram } from "../../src/cli/migrate.ts";
import { page, table } from "./markdown.ts";

/** Pages that say more of a command. */
const further: Readonly<Record<string, string>> = {
  dev: "[Development](../development.md)",
  migrate: "[Migrations](../migrations.md)",
  access: "[Who may do what](../testing.md#who-may-do-what)",
  console: "[The console](../development.md#the-console)",
  move: "[Moving from one database to the other](../databases.md#moving-from-one-to-the-other)",
  backup: "[Backups](../operations.md#backups)",
  restore: "[Backups](../operations.md#backups)",
  doctor: "[The doctor](../operations.md#the-doctor)",
  create: "[Start](../start.md)",
  test: "[Testing](../testing.md)",
  import: "[Import and export](../import.md)",
  export: "[Import and export](../import.md)",
};

/** `docs/reference/commands.md`: what every command does and takes. */
export function commandsPage(): string {
  const commands = createProgram().commands.toSorted((one, other) => (one.name() < other.name() ? -1 : 1));
  const stray = Object.keys(further).filter((name) => commands.every((command) => command.name() !== name));
  if (stray.length > 0) throw new Error(`There is no command ${stray.join(", ")}.`);
  return page(
    "# Commands",
    `\`galley COMMAND\` in the folder of the application. Where a command takes the module whose default export is the backend, that is
\`backend.ts\` unless told otherwise. [Settings](settings.md) come from the environment and \`.env\`. \`galley COMMAND --help\` says the same
as this page.`,
    table(
      ["command", "does"],
      commands.map((command) => [`[\`galley ${command.name()}\`](#galley-${command.name()})`, command.description()]),
    ),
    ...commands.flatMap((command) =>
      command.name() === "migrate"
        ? [
            section(command, "galley", false),
            ...createMigrateProgram().commands.map((one) => section(one, "galley migrate")),
          ]
        : [section(command, "galley")],
    ),
  );
}

function section(command: Command, program: string, withUsage = true): string {
  const rows = [
    ...command.registeredArguments.map((one) => [
      one.required ? `\`<${one.name()}>\`` : `\`[${one.name()}]\``,
      one.description,
      shown(one.defaultValue),
    ]),
    ...command.options.map((one) => [`\`${one.flags}\``, one.description, shown(one.defaultValue)]),
  ];
  const more = program === "galley" ? further[command.name()] : undefined;
  return [
    `## ${program} ${command.name()}`,
    command.description(),
    ...(withUsage ? [`\`${program} ${command.name()} ${command.usage()}\``] : []),
    ...(withUsage && rows.length > 0 ? [table(["", "meaning", "default"], rows)] : []),
    ...(more === undefined ? [] : [`More: ${more}.`]),
  ].join("\n\n");
}

function shown(standard: unknown): string {
  return typeof standard === "string" ? `\`${standard}\`` : "";
}
