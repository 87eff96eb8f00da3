import { MessageChannel } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/kit/clock.ts";
import { silentLogger } from "../../src/kit/logger.ts";
import { assemble } from "../../src/operations/assemble.ts";
import { createPerformer } from "../../src/operations/performer.ts";
import { action } from "../../src/schema/action.ts";
import { backend } from "../../src/schema/backend.ts";
import { collection } from "../../src/schema/collection.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone } from "../../src/schema/rule.ts";
import { connectCommands, serveCommands } from "../../src/server/command-channel.ts";
import { compose } from "../../src/server/compose.ts";
import { appEngineUse } from "../../src/server/create-app.ts";
import { createFetchHost } from "../../src/server/fetch-host.ts";
import { openEngine } from "../../src/server/open-engine.ts";

const orders = collection("orders", { fields: { what: text() }, access: { read: everyone, write: everyone } });
const place = action("place", {
  input: { what: text() },
  output: { what: text() },
  access: everyone,
  prepare: () => Promise.resolve(null),
  async run({ input: { what }, db }) {
    return db(orders).create({ what });
  },
});
/** It can't cross from one thread to another. */
const withFunction = (what: string) => ({ what, say: () => what });
const answerWrong = action("answerWrong", {
  input: { what: text() },
  output: orders,
  access: everyone,
  async run({ input: { what }, db }) {
    const order = await db(orders).create({ what });
    return { ...order, ...withFunction(what) };
  },
});
const store = action("store", {
  input: { what: text() },
  access: everyone,
  run: async ({ input: { what }, db }) => void (await db(orders).create({ what })),
});
const send = action("send", {
  input: { what: text() },
  output: { what: text() },
  access: everyone,
  transaction: false,
  async run({ input: { what }, call }) {
    await call(store, { what });
    return withFunction(what);
  },
});

/** The application as a server runs it: what writes is on the other side of a channel. */
async function open() {
  const assembly = assemble(backend({ collections: [orders], actions: [place, answerWrong, store, send] }));
  const engine = openEngine(assembly, { engine: "sqlite", file: ":memory:" }, appEngineUse);
  await engine.migrate(assembly.model);
  const { port1, port2 } = new MessageChannel();
  const post = port2.postMessage.bind(port2);
  let loses = false;
  /** What has been done is answered, and the answer gets lost on its way. */
  port2.postMessage = (replies: readonly { readonly outcome?: { readonly result: unknown } }[]) => {
    const isLost =
      loses && replies.some(({ outcome }) => typeof outcome?.result === "object" && outcome.result !== null);
    if (isLost) throw new Error("It could not be copied.");
    post(replies);
  };
  serveCommands(port2, createPerformer({ ...assembly, engine, log: silentLogger }));
  onTestFinished(async () => {
    port1.close();
    await engine.close();
  });
  const { handle } = compose({
    assembly,
    engine,
    commands: connectCommands(port1),
    limiter: undefined,
    clock: systemClock,
    log: silentLogger,
    corsOrigins: [],
    bodyLimit: 1024 * 1024,
    ready: () => Promise.resolve(),
  });
  const host = createFetchHost(handle);
  const ask = (path: string, body?: unknown): Promise<Response> =>
    host(
      new Request(`http://app.test/api${path}`, {
        ...(body !== undefined && {
          method: "POST",
          headers: { "content-type": "application/json", "idempotency-key": "k1" },
          body: JSON.stringify(body),
        }),
      }),
    );
  const count = async (): Promise<number> => {
    const { data }: { readonly data: readonly unknown[] } = JSON.parse(await (await ask("/orders")).text());
    return data.length;
  };
  return { ask, count, lose: (yes: boolean) => void (loses = yes) };
}

it("an action is not done again whose answer was lost on its way from the thread that writes", async () => {
  const { ask, count, lose } = await open();
  lose(true);
  expect((await ask("/actions/place", { what: "film" })).status).toBe(500);
  expect(await count()).toBe(1);
  lose(false);
  const again = await ask("/actions/place", { what: "film" });
  expect([again.status, await again.json()]).toEqual([200, { what: "film" }]);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(await count()).toBe(1);
});

it("the answer of an action without a transaction is kept whatever it holds", async () => {
  const { ask, count } = await open();
  for (const replayed of [null, "true"]) {
    const answer = await ask("/actions/send", { what: "film" });
    expect([answer.status, await answer.json()]).toEqual([200, { what: "film" }]);
    expect(answer.headers.get("idempotency-replayed")).toBe(replayed);
  }
  expect(await count()).toBe(1);
});

it("nothing is stored of an action or a batch whose answer can't cross at all", async () => {
  const { ask, count } = await open();
  expect((await ask("/actions/answerWrong", { what: "film" })).status).toBe(500);
  expect((await ask("/batch", [{ operation: "answerWrong", input: { what: "film" } }])).status).toBe(500);
  expect(await count()).toBe(0);
});
