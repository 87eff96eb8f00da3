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

  it("brings each record what refers to it, in order, and nothing that is out of sight, however many slices that takes", async () => {
    const parents = collection("parents", { fields: { name: text() }, access });
    const children = collection("children", {
      fields: { parent: ref("parents"), name: text(), secret: text().default("s").hidden() },
      access: { read: () => ({ name: { ne: "unseen" } }), write: everyone },
    });
    const { anonymous } = await openApp({ collections: [parents, children] });
    const counts = [300, 0, 1, 249, 260];
    const ids: string[] = [];
    for (const count of counts) {
      const { id } = (await anonymous.post("/parents", { name: "p" })).body;
      ids.push(String(id));
      const many = Array.from({ length: count }, (_, index) => ({ parent: id, name: `ä${index}` }));
      await anonymous.post("/children", [...many, { parent: id, name: "unseen" }]);
    }
    const found = dataOf(await anonymous.get("/parents?include=children&sort=id"));
    expect(found.map(({ id }) => id)).toEqual(ids);
    for (const [at, parent] of found.entries()) {
      const alone = (await anonymous.get(`/parents/${ids[at]}?include=children`)).body;
      expect(alone).toEqual(parent);
      const own = parent["children"] as Record<string, unknown>[];
      const listed = dataOf(await anonymous.get(`/children?parent=${ids[at]}&limit=200&sort=id`));
      expect(own).toHaveLength(counts[at] ?? 0);
      expect(own.slice(0, 200)).toEqual(listed);
      const order = own.map(({ id }) => String(id));
      expect(order).toEqual(order.toSorted((a, b) => (a < b ? -1 : 1)));
      expect(Object.keys(own[0] ?? { secret: "" }).includes("secret")).toBe(own.length === 0);
    }
    const path = `/parents/${ids[0]}?include=children`;
    const tag = (await anonymous.get(path)).headers.get("etag") ?? "";
    expect((await anonymous.get(path, { "if-none-match": tag })).status).toBe(304);
  });
});
