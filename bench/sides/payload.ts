import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { plainStore, stored } from "../store/stores.ts";
import { type Ask, newFilm, type Subject, type WorkName } from "../works.ts";
import { alternativesFolder, freePort, missingPackage, secret } from "./alternatives.ts";
import type { Side } from "./side.ts";
import { startServer } from "./start-server.ts";

const folderOf = fileURLToPath(new URL("payload/", alternativesFolder));

/** Payload, a content management system on Next.js that is used as a backend. */
export const payload: Side = {
  name: "payload",
  title: "Payload 3",
  alternative: true,
  packages: "payload @payloadcms/db-sqlite @payloadcms/next next react react-dom graphql".split(" "),
  note: "one process, because `next start` is one; it counts its pages, and loads the user and the sessions of each request. Without a lock of ours around checkout its transactions fail on one another.",
  missing: () => missingPackage("payload/.next/BUILD_ID"),
  async start({ films, folder, env }) {
    const { store, tokens } = storeOf(films);
    const file = join(folder, "payload.db");
    copyFileSync(store, file);
    const signed = JSON.parse(readFileSync(tokens, "utf8")) as readonly string[];
    const port = await freePort();
    const server = await startServer({
      command: process.execPath,
      args: [
        fileURLToPath(new URL("node_modules/next/dist/bin/next", alternativesFolder)),
        "start",
        "-p",
        String(port),
      ],
      cwd: folderOf,
      env: { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", DATABASE: file, JWT_SECRET: secret, ...env },
      folder,
      says: /Ready in/,
      port,
    });
    return {
      ...server,
      expect: {},
      ask: (subject) => ({ ...askOf(subject), headers: { authorization: `JWT ${signed[subject.user] ?? ""}` } }),
      answer: answerOf,
    };
  },
};

/** The plain rows in Payload's own tables, and a token for each user; made once. */
function storeOf(films: number): { readonly store: string; readonly tokens: string } {
  const plain = plainStore(films);
  const config = readFileSync(join(folderOf, "payload.config.ts"), "utf8");
  const script = join(folderOf, "make-store.ts");
  const depends = `${plain}${config}${readFileSync(script, "utf8")}`;
  const store = stored("payload", films, depends, (path) => {
    const env = { ...process.env, NODE_ENV: "development", JWT_SECRET: secret, DATABASE: path, PUSH: "yes" };
    execFileSync(process.execPath, [script, plain, path, `${path}.json`], { cwd: folderOf, env, stdio: "pipe" });
  });
  return { store, tokens: `${store}.json` };
}

function askOf(subject: Subject): Ask {
  const { work, films, category } = subject;
  const page = `where[category][equals]=${category}&sort=-votes,-id&limit=20`;
  switch (work) {
    case "read":
      return { method: "GET", path: `/api/films/${films[0]}?depth=0` };
    case "page":
      return { method: "GET", path: `/api/films?${page}&depth=0` };
    case "include":
      return { method: "GET", path: `/api/films?${page}&depth=1` };
    case "create":
      return { method: "POST", path: "/api/films?depth=0", body: newFilm(subject) };
    case "checkout":
      return { method: "POST", path: "/api/checkout", body: { lines: films.map((film) => ({ film, quantity: 1 })) } };
  }
}

interface Page {
  readonly docs: readonly unknown[];
  readonly hasNextPage: boolean;
}

function answerOf(work: WorkName, body: unknown): unknown {
  if (work === "create") return (body as { readonly doc: unknown }).doc;
  if (work !== "page" && work !== "include") return body;
  const { docs, hasNextPage } = body as Page;
  return { data: docs, next: hasNextPage ? "more" : null };
}
