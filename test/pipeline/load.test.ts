import { describe, expect, it } from "vitest";
import { createSqliteEngine } from "../../src/database/sqlite/sqlite-engine.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLogger } from "../../src/kit/logger.ts";
import { assemble } from "../../src/operations/assemble.ts";
import type { CommandPort } from "../../src/operations/command.ts";
import { createExecute } from "../../src/operations/execute.ts";
import { createRateLimits } from "../../src/operations/rate-limits.ts";
import { backend } from "../../src/schema/backend.ts";
import { collection } from "../../src/schema/collection.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone } from "../../src/schema/rule.ts";
import { dataOf, openApp } from "./open-app.ts";

const access = { read: everyone, write: everyone };
const notes = collection("notes", { fields: { text: text() }, access });

describe("load", () => {
  it("is shed before it waits: writes, when too many are waiting; reads go on", async () => {
    const assembly = assemble(backend({ collections: [notes] }));
    const { model } = assembly;
    const options = { path: ":memory:", access: "readWrite", scanThread: false, transactionTime: 1000 } as const;
    const engine = createSqliteEngine(model, options);
    await engine.migrate(model);
    const performed: string[] = [];
    const full: CommandPort = {
      admits: () => false,
      perform(command) {
        performed.push(command.operation);
        return Promise.resolve({ result: {}, replayed: false });
      },
    };
    const execute = createExecute({
      assembly,
      engine,
      commands: full,
      clock: systemClock,
      log: silentLogger,
      limits: createRateLimits(assembly.backend.limits, undefined),
    });
    const call = (operation: string, input: unknown) =>
      execute({
        operation,
        input,
        credentials: undefined,
        idempotencyKey: "k",
        requestId: "r",
        ifMatch: undefined,
        ifNoneMatch: undefined,
        client: { address: "", agent: "" },
      });
    await expect(call("notes.create", { text: "x" })).rejects.toMatchObject({
      code: "overloaded",
      headers: { "retry-after": "1" },
    });
    const signIn = { email: "ada@example.com", password: "a password" };
    await expect(call("auth.signIn", signIn)).rejects.toMatchObject({ code: "overloaded" });
    expect(performed).toEqual([]);
    expect((await call("notes.list", {})).output).toEqual({ data: [], next: null });
    await engine.close();
  });

  it("is bounded for one answer: includes bring ten thousand records together, and no more", async () => {
    const parents = collection("parents", { fields: { name: text() }, access });
    const children = collection("children", {
      fields: { parent: ref("parents"), other: ref("parents", { inverse: "others" }) },
      access,
    });
    const { anonymous } = await openApp({ collections: [parents, children] });
    const { id } = (await anonymous.post("/parents", { name: "p" })).body;
    for (let index = 0; index < 6; index++) {
      const many = Array.from({ length: 1000 }, () => ({ parent: id, other: id }));
      expect((await anonymous.post("/children", many)).status).toBe(201);
    }
    const [parent] = dataOf(await anonymous.get("/parents?include=children"));
    expect(parent?.["children"]).toHaveLength(6000);
    const both = await anonymous.get("/parents?include=children,others");
    expect(both).toMatchObject({ status: 400, code: "invalid_query" });
  });
});
