import { fileURLToPath } from "node:url";
import { idOf } from "../store/plain.ts";
import { type Ask, newFilm, type Subject } from "../works.ts";
import { alternativesFolder, jsonWebToken, missingPackage, secret } from "./alternatives.ts";
import { plainCopy } from "./limit.ts";
import type { Side } from "./side.ts";
import { startServer } from "./start-server.ts";

/** Feathers has its own ways to ask and to answer. */
export const feathers: Side = {
  name: "feathers",
  title: "Feathers 5",
  alternative: true,
  packages:
    "@feathersjs/feathers @feathersjs/koa @feathersjs/knex @feathersjs/authentication @feathersjs/schema @feathersjs/typebox @feathersjs/errors knex better-sqlite3 uuid".split(
      " ",
    ),
  note: "its pages are counted as its generator lays them out, and the user of a token is loaded from the database; included records are loaded one by one, as its resolvers do.",
  missing: () => missingPackage("node_modules/@feathersjs/feathers/package.json"),
  async start({ films, threads, folder, env }) {
    const server = await startServer({
      command: process.execPath,
      args: [fileURLToPath(new URL("feathers/server.ts", alternativesFolder))],
      env: {
        NODE_ENV: "production",
        DATABASE: plainCopy(folder, films),
        JWT_SECRET: secret,
        PORT: "0",
        PROCESSES: String(threads),
        ...env,
      },
      folder,
      says: /port (\d+)\n/,
    });
    return {
      ...server,
      expect: { checkout: 201 },
      ask(subject) {
        const claims = { sub: idOf("users", subject.user), aud: "bench", iss: "bench" };
        return { ...askOf(subject), headers: { authorization: `Bearer ${jsonWebToken(claims)}` } };
      },
      answer: (work, body) => (work === "page" || work === "include" ? pageOf(body) : body),
    };
  },
};

function askOf(subject: Subject): Ask {
  const { work, films, category } = subject;
  const page = `category=${category}&$sort[votes]=-1&$sort[id]=-1&$limit=20`;
  switch (work) {
    case "read":
      return { method: "GET", path: `/films/${films[0]}` };
    case "page":
      return { method: "GET", path: `/films?${page}` };
    case "include":
      return { method: "GET", path: `/films-with-director?${page}` };
    case "create":
      return { method: "POST", path: "/films", body: newFilm(subject) };
    case "checkout":
      return { method: "POST", path: "/checkout", body: { lines: films.map((film) => ({ film, quantity: 1 })) } };
  }
}

function pageOf(body: unknown): unknown {
  const { data, total, skip } = body as {
    readonly data: readonly unknown[];
    readonly total: number;
    readonly skip: number;
  };
  return { data, next: total > skip + data.length ? "more" : null };
}
