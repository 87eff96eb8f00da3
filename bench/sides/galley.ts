import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { emailOf, password, tokenOf } from "../store/plain.ts";
import { freshenSessions, galleyStore } from "../store/stores.ts";
import { askOf } from "../works.ts";
import type { RunningImport, RunningSide, Side, Start } from "./side.ts";
import { startServer } from "./start-server.ts";

/** Where a Galley is started from. */
interface Source {
  readonly bin: string;
  readonly definition: string;
  /** Options of Node's. */
  readonly options: readonly string[];
}

/** Galley as it is started in production: `galley start`, with everything on that is on by default. */
export function galleyFrom(source: Source): Side {
  return {
    name: "galley",
    title: "Galley",
    alternative: false,
    async start(options) {
      const file = join(options.folder, "galley.db");
      copyFileSync(await galleyStore(options.films), file);
      freshenSessions(file);
      return startGalley(source, `sqlite:${file}`, options);
    },
  };
}

/** Starts Galley on a database that is filled already. */
export async function startGalley(
  { bin, definition, options }: Source,
  database: string,
  { threads, folder, env }: Start,
): Promise<RunningSide> {
  const places = { GALLEY_DATA: folder, DATABASE_URL: database };
  const server = await startServer({
    command: process.execPath,
    args: [...options, bin, "start", definition],
    env: {
      ...places,
      PORT: "0",
      GALLEY_THREADS: String(threads),
      // Those who sign in are limited by address, so each comes from one of its own.
      GALLEY_TRUSTED_PROXIES: "loopback",
      GALLEY_ADMIN_PASSWORD: password,
      ...env,
    },
    folder,
    says: /http:\/\/\S+:(\d+)\/api\n/,
  });
  return {
    ...server,
    ask: (subject) => ({ ...askOf(subject), headers: { authorization: `Bearer ${tokenOf(subject.user)}` } }),
    signIn: signInFrom,
    importFilms: (file) => {
      const args = [...options, bin, "import", "films", file, "--file", definition, "--restart"];
      return startImport(process.execPath, args, { PATH: process.env["PATH"] ?? "", ...places });
    },
    answer: (_work, body) => body,
  };
}

/** Starts an import, to be stopped in its midst. */
function startImport(command: string, args: readonly string[], env: Readonly<Record<string, string>>): RunningImport {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = once(child, "close");
  return {
    async stop() {
      child.kill("SIGINT");
      await ended;
      const created = /([\d,]+) created/.exec(said)?.[1];
      if (created === undefined) throw new Error(`The import said:\n${said}`);
      return Number(created.replaceAll(",", ""));
    },
  };
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Galley in this repository. */
export const sources: Source = {
  bin: here("../../bin/galley.js"),
  definition: here("../galley/backend.ts"),
  options: ["--conditions=galley-source"],
};

/** Galley from its sources. */
export const galley: Side = galleyFrom(sources);

/** Signing in, each time from another address. */
export function signInFrom(user: number, turn: number): ReturnType<typeof askOf> {
  const address = `10.${(turn >> 16) & 255}.${(turn >> 8) & 255}.${turn & 255}`;
  return {
    method: "POST",
    path: "/api/auth/sign-in",
    body: { email: emailOf(user), password },
    headers: { "x-forwarded-for": address },
  };
}
