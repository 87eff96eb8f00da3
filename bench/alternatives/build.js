// Makes what the sources need to run: Prisma's client, and NestJS compiled, because Node.js runs no decorators.
import { execFileSync } from "node:child_process";

const run = (command, args, env) =>
  execFileSync("npx", [command, ...args], { stdio: "inherit", env: { ...process.env, ...env } });

// To generate its client Prisma needs no engine; it would download one all the same, unless it is told that there is one.
run("prisma", ["generate", "--schema", "express-prisma/schema.prisma"], {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
});
run("tsc", ["-p", "nestjs-typeorm"]);
run("next", ["build", "payload"], {
  NODE_ENV: "production",
  NEXT_TELEMETRY_DISABLED: "1",
  JWT_SECRET: "for the build",
});
