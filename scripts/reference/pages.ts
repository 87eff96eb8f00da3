import { commandsPage } from "./commands-page.ts";
import { errorsPage } from "./errors-page.ts";
import { fieldsPage } from "./fields-page.ts";
import { operatorsPage } from "./operators-page.ts";
import { settingsPage } from "./settings-page.ts";

/** The pages of the reference as the sources say them, by their names in `docs/reference`. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["commands.md", commandsPage()],
    ["errors.md", errorsPage()],
    ["fields.md", fieldsPage()],
    ["operators.md", await operatorsPage()],
    ["settings.md", settingsPage()],
  ]);
}
