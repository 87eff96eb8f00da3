import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DatabaseSync } from "node:sqlite";
import { tokenOf } from "../store/plain.ts";
import { plainStore } from "../store/stores.ts";
import { askOf } from "../works.ts";
import { signInFrom } from "./galley.ts";
import type { Side } from "./side.ts";
import { startServer } from "./start-server.ts";

/** What can be reached: a server by hand for exactly these requests. */
export const limit: Side = {
  name: "limit",
  title: "the limit (by hand)",
  alternative: false,
  async start({ films, threads, folder, env = {} }) {
    const file = plainCopy(folder, films);
    const server = await startServer({
      command: process.execPath,
      args: [
        "--conditions=galley-source",
        fileURLToPath(new URL("../limit/server.ts", import.meta.url)),
        file,
        "0",
        String(threads),
      ],
      env,
      folder,
      says: /port (\d+)\n/,
    });
    return {
      ...server,
      ask: (subject) => ({ ...askOf(subject), headers: { authorization: `Bearer ${tokenOf(subject.user)}` } }),
      signIn: signInFrom,
      answer: (_work, body) => body,
    };
  },
};

/** A copy of the plain database that may be written to, in WAL mode. */
export function plainCopy(folder: string, films: number): string {
  const file = join(folder, "plain.db");
  copyFileSync(plainStore(films), file);
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL");
  database.close();
  return file;
}
