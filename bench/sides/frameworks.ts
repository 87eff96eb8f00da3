import { fileURLToPath } from "node:url";
import { idOf } from "../store/plain.ts";
import { askOf } from "../works.ts";
import { alternativesFolder, jsonWebToken, missingPackage, secret } from "./alternatives.ts";
import { plainCopy } from "./limit.ts";
import type { Side } from "./side.ts";
import { startServer } from "./start-server.ts";

/** A framework with an object-relational mapper: a server of ours in the words of the HTTP contract, on the plain database. */
function framework(name: string, title: string, entry: string, packages: string): Side {
  return {
    name,
    title,
    alternative: true,
    packages: `${packages} uuid`.split(" "),
    missing: () => missingPackage("node_modules/express/package.json") ?? missingPackage(entry),
    async start({ films, threads, folder, env }) {
      const server = await startServer({
        command: process.execPath,
        args: [fileURLToPath(new URL(entry, alternativesFolder))],
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
        ask: (subject) => ({
          ...askOf(subject),
          headers: { authorization: `Bearer ${jsonWebToken({ sub: idOf("users", subject.user) })}` },
        }),
        answer: (_work, body) => inContract(body),
      };
    },
  };
}

export const frameworks: readonly Side[] = [
  framework(
    "express-prisma",
    "Express 5 + Prisma 7",
    "express-prisma/server.ts",
    "express @prisma/client @prisma/adapter-better-sqlite3 better-sqlite3 jsonwebtoken zod",
  ),
  framework(
    "nestjs-typeorm",
    "NestJS 12 + TypeORM",
    "nestjs-typeorm/dist/nestjs-typeorm/src/main.js",
    "@nestjs/core @nestjs/common @nestjs/platform-express @nestjs/jwt @nestjs/typeorm typeorm better-sqlite3 class-validator class-transformer reflect-metadata rxjs",
  ),
  framework(
    "fastify-drizzle",
    "Fastify 5 + Drizzle",
    "fastify-drizzle/server.ts",
    "fastify @fastify/jwt @fastify/type-provider-typebox typebox drizzle-orm better-sqlite3",
  ),
  framework(
    "hono-kysely",
    "Hono + Kysely",
    "hono-kysely/server.ts",
    "hono @hono/node-server @hono/zod-validator zod kysely better-sqlite3",
  ),
];

/** Answers of mappers call a reference by `directorId`, and what was included `director`. */
function inContract(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inContract);
  if (typeof value !== "object" || value === null) return value;
  const { directorId, categoryId, sellerId, customerId, ...rest } = value as Record<string, unknown>;
  const references = { director: directorId, category: categoryId, seller: sellerId, customer: customerId };
  const named = Object.fromEntries(Object.entries(references).filter(([, id]) => id !== undefined));
  const inner = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, inContract(one)]));
  return { ...named, ...inner };
}
