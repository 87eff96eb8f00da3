import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { idOf } from "../store/plain.ts";
import { plainStore, stored } from "../store/stores.ts";
import { type Ask, newFilm, type Subject, type WorkName } from "../works.ts";
import { alternativesFolder, freePort } from "./alternatives.ts";
import type { Side } from "./side.ts";
import { startServer } from "./start-server.ts";

const folderOf = fileURLToPath(new URL("pocketbase/", alternativesFolder));
const program = process.env["POCKETBASE_BIN"];
/** Records that are shown of a list. */
const pageSize = 20;

/** PocketBase, where the environment names its program: it doesn't come from npm. */
export const pocketbase: Side = {
  name: "pocketbase",
  title: program === undefined ? "PocketBase" : `PocketBase ${versionOf(program)}`,
  alternative: true,
  program,
  note: "uses all cores whatever the number of threads, and syncs its log only at checkpoints: what it acknowledged is lost when the power goes, so its writes are not the same work.",
  missing: () => (program === undefined ? "POCKETBASE_BIN names no program" : undefined),
  async start({ films, threads, folder, env }) {
    if (program === undefined) throw new Error("POCKETBASE_BIN names no program.");
    const { store, tokens } = await storeOf(films, program);
    const data = join(folder, "data");
    mkdirSync(data);
    copyFileSync(store, join(data, "data.db"));
    const signed = JSON.parse(readFileSync(tokens, "utf8")) as readonly string[];
    const port = await freePort();
    const server = await startServer({
      command: program,
      args: ["serve", `--http=127.0.0.1:${port}`, `--dir=${data}`, `--hooksDir=${join(folderOf, "hooks")}`],
      env: { GOMAXPROCS: String(threads), ...env },
      folder,
      says: /Server started at/,
      port,
    });
    return {
      ...server,
      expect: { create: 200 },
      ask: (subject) => ({ ...askOf(subject), headers: { authorization: signed[subject.user] ?? "" } }),
      answer: answerOf,
    };
  },
};

/** `pocketbase version 0.40.4`: its second number is what its users name. */
function versionOf(bin: string): string {
  const said = execFileSync(bin, ["--version"], { encoding: "utf8" });
  return /\d+\.\d+/.exec(said)?.[0] ?? said.trim();
}

/** The plain rows in tables that PocketBase made, and a token for each user; made once. */
async function storeOf(films: number, bin: string): Promise<{ readonly store: string; readonly tokens: string }> {
  const plain = plainStore(films);
  const port = await freePort();
  const sources = readdirSync(folderOf).filter((name) => name.endsWith(".ts"));
  const depends = sources.map((name) => readFileSync(join(folderOf, name), "utf8")).join("\n");
  const store = stored("pocketbase", films, `${bin}\n${plain}\n${depends}`, (path) => {
    execFileSync(process.execPath, [join(folderOf, "make-store.ts"), bin, String(port), plain, path], {
      stdio: "pipe",
    });
  });
  return { store, tokens: `${store}.json` };
}

function askOf(subject: Subject): Ask {
  const { work, films, category } = subject;
  const records = "/api/collections/films/records";
  const filter = encodeURIComponent(`category = "${category}"`);
  // Its documentation advises against counting long lists; a record more than is shown says whether there is a next page.
  const page = `${records}?filter=${filter}&sort=-votes,-id&perPage=${pageSize + 1}&skipTotal=1`;
  switch (work) {
    case "read":
      return { method: "GET", path: `${records}/${films[0]}` };
    case "page":
      return { method: "GET", path: page };
    case "include":
      return { method: "GET", path: `${page}&expand=director` };
    case "create":
      return {
        method: "POST",
        path: records,
        body: { ...newFilm(subject), seller: idOf("users", subject.user), version: 1 },
      };
    case "checkout":
      return { method: "POST", path: "/api/checkout", body: { lines: films.map((film) => ({ film, quantity: 1 })) } };
  }
}

type Shown = Readonly<Record<string, unknown>>;

function answerOf(work: WorkName, body: unknown): unknown {
  if (work !== "page" && work !== "include") return recordOf(body as Shown);
  const { items } = body as { readonly items: readonly Shown[] };
  return { data: items.slice(0, pageSize).map(recordOf), next: items.length > pageSize ? "more" : null };
}

/** A record without what PocketBase says about its collection, and with what was expanded in its place. */
function recordOf({ collectionId: _id, collectionName: _name, expand, ...rest }: Shown): Shown {
  const included = Object.entries((expand ?? {}) as Record<string, Shown>).map(([name, one]) => [name, recordOf(one)]);
  const times = ["createdAt", "updatedAt"].map((name) => [name, String(rest[name]).replace(" ", "T")]);
  return { ...rest, ...Object.fromEntries(times), ...Object.fromEntries(included) };
}
