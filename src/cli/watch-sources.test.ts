import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { watchSources } from "./watch-sources.ts";

it("sees a file each time it is replaced by another, and modules in folders that are new", async () => {
  const folder = mkdtempSync(join(tmpdir(), "galley-watch-"));
  const changed = vi.fn();
  writeFileSync(join(folder, "films.ts"), "");
  watchSources(folder, join(folder, "data"), changed);
  for (let save = 1; save <= 3; save++) {
    writeFileSync(join(folder, ".swap"), `// ${save}`);
    renameSync(join(folder, ".swap"), join(folder, "films.ts"));
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(save), 5000);
  }
  mkdirSync(join(folder, "actions"));
  await sleep(200);
  writeFileSync(join(folder, "actions/buy.ts"), "");
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(4), 5000);
  rmSync(folder, { recursive: true });
});

it("sees .env, and neither what the server writes nor what is no source", async () => {
  const folder = mkdtempSync(join(tmpdir(), "galley-watch-"));
  const changed = vi.fn();
  mkdirSync(join(folder, "store"));
  watchSources(folder, join(folder, "store"), changed);
  for (const name of ["store/galley.db", "store/state.json", "notes.md", "dev.log"])
    writeFileSync(join(folder, name), "");
  await sleep(300);
  expect(changed).not.toHaveBeenCalled();
  writeFileSync(join(folder, ".env"), "PORT=1");
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1), 5000);
  rmSync(folder, { recursive: true });
});
