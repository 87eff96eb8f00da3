import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { emailOf, password, tokenOf } from "../store/plain.ts";
import { freshenSessions, galleyStore } from "../store/stores.ts";
import { askOf } from "../works.ts";
import type { RunningSide, Side, Start } from "./side.ts";
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
  const server = await startServer({
    command: process.execPath,
    args: [...options, bin, "start", definition],
    env: {
      PORT: "0",
      GALLEY_DATA: folder,
      DATABASE_URL: database,
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
    answer: (_work, body) => body,
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
