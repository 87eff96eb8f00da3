import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const crashes = Number(process.env["GALLEY_CRASHES"] ?? 5);
const writer = fileURLToPath(new URL("fixtures/write-on.ts", import.meta.url));
/** By then the log has begun anew some times. */
const enough = 300;

test(
  "nothing stored is lost when a process ends while its log is carried over",
  { timeout: 30_000 + crashes * 10_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "galley-checkpoint-crash-"));
    const path = join(folder, "data.db");
    try {
      for (let crash = 1; crash <= crashes; crash++) {
        const stored = await writeUntilCrash(path);
        const database = new DatabaseSync(path);
        const found = database.prepare("SELECT count(*) AS count, max(number) AS last FROM notes").get();
        expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
        database.close();
        // All of them are there in a row; the last may have been stored without a word about it.
        expect(found?.["count"]).toBe(found?.["last"]);
        expect(found?.["last"]).toBeOneOf([stored, stored + 1]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

/** The last number that was said to be stored before the process was killed. */
async function writeUntilCrash(path: string): Promise<number> {
  const child = spawn(process.execPath, ["--conditions=galley-source", writer, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  let lines = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const before = lines;
    said += text;
    lines += text.split("\n").length - 1;
    // Never after the same time, so that it falls on every part of a checkpoint.
    if (before < enough && lines >= enough) setTimeout(() => child.kill("SIGKILL"), Math.random() * 100);
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  expect({ code, signal }).toEqual({ code: null, signal: "SIGKILL" });
  return Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
}
