import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { settings } from "../../src/server/settings.ts";

test("the table of settings says what the settings are", async () => {
  const page = await readFile(new URL("../../docs/reference/settings.md", import.meta.url), "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows).toEqual(
    Object.values(settings).map(({ name, default: standard, meaning }) => {
      const shown = standard === "" ? "none" : standard.includes(" ") ? standard : `\`${standard}\``;
      return `| \`${name}\` | ${shown} | ${meaning} |`;
    }),
  );
});
