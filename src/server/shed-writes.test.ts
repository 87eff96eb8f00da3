import { expect, it } from "vitest";
import type { Answer, Exchange, Route } from "../kit/exchange.ts";
import { silentLogger } from "../kit/logger.ts";
import { assemble } from "../operations/assemble.ts";
import type { CommandPort } from "../operations/command.ts";
import { backend } from "../schema/backend.ts";
import { collection } from "../schema/collection.ts";
import { text } from "../schema/field-text.ts";
import { createRefusals } from "./refusals.ts";
import { shedWrites } from "./shed-writes.ts";

const { operations } = assemble(backend({ collections: [collection("notes", { fields: { text: text() } })] }));
const done: Answer = { status: 200, headers: {}, body: null };
const exchange: Exchange = {
  method: "POST",
  path: "/",
  query: "",
  header: () => undefined,
  body: () => Promise.reject(new Error("A body was read.")),
  address: "",
  secure: false,
  requestId: "r",
};

/** What a route answers that runs an operation, while writes are admitted or not. */
function ask(admits: boolean, operation: Partial<Pick<Route, "operation">>): Promise<Answer> {
  const commands: CommandPort = { admits: () => admits, perform: () => Promise.reject(new Error("not called")) };
  const route: Route = { method: "POST", path: "/", ...operation, handler: () => Promise.resolve(done) };
  const [shed] = shedWrites([route], operations, commands, createRefusals(silentLogger));
  return Promise.resolve(shed?.handler(exchange, {}) ?? done);
}

it("refuses what writes while too many writes wait, before anything of it is read", async () => {
  for (const operation of ["notes.create", "notes.delete", "batch", "auth.signIn"]) {
    const { status, body } = await ask(false, { operation });
    expect(status).toBe(503);
    expect(JSON.parse(String(body))).toMatchObject({ code: "overloaded", requestId: "r" });
    expect(await ask(true, { operation })).toBe(done);
  }
});

it("lets go on what only reads, and what is no operation", async () => {
  expect(await ask(false, { operation: "notes.list" })).toBe(done);
  expect(await ask(false, {})).toBe(done);
});
