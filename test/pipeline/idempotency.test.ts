import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createFakeClock } from "../../src/kit/clock.ts";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { integer } from "../../src/schema/field-number.ts";
import { text } from "../../src/schema/field-text.ts";
import { timestamp } from "../../src/schema/field-timestamp.ts";
import { everyone } from "../../src/schema/rule.ts";
import { type Answer, dataOf, openApp } from "./open-app.ts";

/** A shop that counts how often it prepares, and waits at a gate while it does. */
function shop() {
  const state = { prepared: 0, ran: 0, gate: Promise.resolve(), fails: false };
  const orders = collection("orders", {
    fields: { what: text({ min: 1 }), count: integer().default(1), secretly: text().default("").hidden() },
    access: { read: everyone, write: everyone },
  });
  const input = { what: text(), at: timestamp().default(({ now }) => now) };
  const buy = action("buy", {
    input,
    output: orders,
    access: everyone,
    errors: { sold_out: 409 },
    async prepare({ fail }) {
      state.prepared++;
      await state.gate;
      if (state.fails) throw fail("sold_out", "All gone.");
    },
    run: ({ input: { what }, db }) => db(orders).create({ what }),
  });
  const send = action("send", {
    input: { what: text() },
    output: orders,
    access: everyone,
    transaction: false,
    async run({ input: { what }, call }) {
      state.ran++;
      await state.gate;
      if (state.fails) throw new Error("The other side hung up.");
      return call(buy, { what });
    },
  });
  return { state, definition: { collections: [orders], actions: [buy, send] } };
}

async function open(options: Parameters<typeof openApp>[1] = {}) {
  const { state, definition } = shop();
  const app = await openApp(definition, options);
  const orders = async () => dataOf(await app.anonymous.get("/orders"));
  return { ...app, state, definition, orders };
}

const key = (value: string) => ({ "idempotency-key": value });
const replayed = (answer: Answer) => answer.headers.get("idempotency-replayed");

describe("an Idempotency-Key", () => {
  it("gives the first answer again, byte for byte, and does nothing", async () => {
    const { anonymous, orders, feed } = await open();
    const first = await anonymous.post("/orders", { what: "film" }, key("k1"));
    const second = await anonymous.post("/orders", { what: "film" }, key("k1"));
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.text).toBe(first.text);
    expect([replayed(first), replayed(second)]).toEqual([null, "true"]);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    expect([(await orders()).length, feed().length]).toEqual([1, 1]);
  });

  it("works on every write: change, replacement, removal, batch, many, action", async () => {
    const { anonymous, orders } = await open();
    const id = String((await anonymous.post("/orders", { what: "film" })).body["id"]);
    const twice = async (method: string, path: string, body?: unknown) => {
      const name = key(`${method} ${path}`.replaceAll(" ", "-"));
      const answers = [await anonymous.send(method, path, body, name), await anonymous.send(method, path, body, name)];
      expect(answers.map(({ status }) => status)).toEqual([answers[0]?.status, answers[0]?.status]);
      expect(answers[1]?.text).toBe(answers[0]?.text);
      expect(answers.map(replayed)).toEqual([null, "true"]);
      return answers[0];
    };
    expect((await twice("PATCH", `/orders/${id}`, { count: { increment: 1 } }))?.body["count"]).toBe(2);
    expect((await twice("PUT", `/orders/${id}`, { what: "other", count: 7 }))?.status).toBe(200);
    expect((await twice("PUT", "/orders/0192d3a0-7b1c-7def-8123-456789abcdef", { what: "new" }))?.status).toBe(201);
    expect((await twice("POST", "/orders", [{ what: "a" }, { what: "b" }]))?.status).toBe(201);
    expect((await twice("POST", "/batch", [{ operation: "orders.create", input: { what: "c" } }]))?.status).toBe(200);
    expect((await twice("POST", "/actions/buy", { what: "d" }))?.status).toBe(200);
    expect((await twice("POST", "/actions/send", { what: "e" }))?.status).toBe(200);
    expect((await twice("DELETE", `/orders/${id}`))?.status).toBe(204);
    expect((await orders()).map(({ what }) => String(what)).toSorted()).toEqual(["a", "b", "c", "d", "e", "new"]);
  });

  it("is refused for another request: another body, path, method or condition", async () => {
    const { anonymous, orders } = await open();
    const { body } = await anonymous.post("/orders", { what: "film" }, key("k1"));
    const others = [
      await anonymous.post("/orders", { what: "other" }, key("k1")),
      await anonymous.post("/actions/buy", { what: "film" }, key("k1")),
      await anonymous.patch(`/orders/${String(body["id"])}`, { what: "film" }, key("k1")),
      await anonymous.post("/orders", { what: "film" }, { ...key("k1"), "if-match": '"1"' }),
    ];
    for (const answer of others) expect(answer).toMatchObject({ status: 422, code: "idempotency_mismatch" });
    expect(await orders()).toHaveLength(1);
  });

  it("knows the same request by what was sent, whatever its defaults come to later", async () => {
    const clock = createFakeClock();
    const { anonymous, orders } = await open({ clock });
    const first = await anonymous.post("/actions/buy", { what: "film" }, key("k1"));
    clock.advance(1000);
    const second = await anonymous.post("/actions/buy", { what: "film" }, key("k1"));
    expect([second.status, second.text]).toEqual([200, first.text]);
    expect(await orders()).toHaveLength(1);
  });

  it("belongs to its caller", async () => {
    const { anonymous, admin, user, orders } = await open();
    const ada = await user("ada");
    const made = [];
    for (const caller of [anonymous, admin, ada]) made.push(await caller.post("/orders", { what: "film" }, key("k1")));
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(made.map(replayed)).toEqual([null, null, null]);
    expect(await orders()).toHaveLength(3);
  });

  it("is free again after a failure, of the input, of the work before and of the work outside", async () => {
    const { anonymous, state, orders } = await open();
    expect((await anonymous.post("/orders", { what: "" }, key("k1"))).status).toBe(422);
    expect((await anonymous.post("/orders", { what: "film" }, key("k1"))).status).toBe(201);
    state.fails = true;
    expect((await anonymous.post("/actions/buy", { what: "a" }, key("k2"))).code).toBe("sold_out");
    expect((await anonymous.post("/actions/send", { what: "b" }, key("k3"))).code).toBe("internal");
    state.fails = false;
    expect((await anonymous.post("/actions/buy", { what: "a" }, key("k2"))).status).toBe(200);
    expect((await anonymous.post("/actions/send", { what: "b" }, key("k3"))).status).toBe(200);
    expect(await orders()).toHaveLength(3);
  });

  it.each(["buy", "send"])("makes a repetition wait its turn while %s is at work", async (name) => {
    const { anonymous, state, orders } = await open();
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    const first = anonymous.post(`/actions/${name}`, { what: "film" }, key("k1"));
    while (state.prepared + state.ran === 0) await sleep(1);
    const meanwhile = await anonymous.post(`/actions/${name}`, { what: "film" }, key("k1"));
    expect(meanwhile).toMatchObject({ status: 409, code: "idempotency_in_progress" });
    expect(meanwhile.headers.get("retry-after")).toBe("1");
    expect((await anonymous.post(`/actions/${name}`, { what: "x" }, key("k1"))).code).toBe("idempotency_mismatch");
    gate.resolve();
    const answer = await first;
    const again = await anonymous.post(`/actions/${name}`, { what: "film" }, key("k1"));
    expect([again.text, replayed(again)]).toEqual([answer.text, "true"]);
    expect(state.prepared).toBe(1);
    expect(await orders()).toHaveLength(1);
  });

  describe("while an action takes minutes", () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    async function atWork(name: "buy" | "send") {
      const clock = createFakeClock();
      const shopping = await open({ clock });
      const gate = Promise.withResolvers<void>();
      shopping.state.gate = gate.promise;
      const ask = () => shopping.anonymous.post(`/actions/${name}`, { what: "film" }, key("k1"));
      const first = ask();
      while (shopping.state.prepared + shopping.state.ran === 0) await sleep(1);
      const minutes = async (count: number) => {
        for (let quarter = 0; quarter < 4 * count; quarter++) {
          clock.advance({ seconds: 15 });
          await vi.advanceTimersByTimeAsync(15_000);
          // The renewal is a transaction of its own; this one comes after it.
          await shopping.anonymous.post("/orders", { what: "meanwhile" });
        }
      };
      return { ...shopping, gate, ask, first, minutes };
    }

    it.each(["buy", "send"] as const)("keeps repetitions of %s from doing it again", async (name) => {
      const { state, gate, ask, first, minutes } = await atWork(name);
      await minutes(3);
      expect(await ask()).toMatchObject({ status: 409, code: "idempotency_in_progress" });
      gate.resolve();
      const [answer, again] = [await first, await ask()];
      expect([again.text, replayed(again)]).toEqual([answer.text, "true"]);
      expect(state.prepared).toBe(1);
      await minutes(2);
      expect((await ask()).text).toBe(answer.text);
    });

    it("is free again at once when it fails in the end, and is claimed by nobody any more", async () => {
      const { state, gate, ask, first, minutes } = await atWork("send");
      await minutes(2);
      state.fails = true;
      gate.resolve();
      expect((await first).status).toBe(500);
      await minutes(1);
      state.fails = false;
      expect((await ask()).status).toBe(200);
      expect(state.ran).toBe(2);
    });
  });

  it("makes one of twenty requests at once", async () => {
    const { anonymous, orders } = await open();
    for (const path of ["/orders", "/actions/buy", "/actions/send"]) {
      const before = (await orders()).length;
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => anonymous.post(path, { what: "film" }, key(path))),
      );
      const done = answers.filter(({ status }) => status < 300);
      expect(
        answers.filter((answer) => answer.status >= 300).every(({ code }) => code === "idempotency_in_progress"),
      ).toBe(true);
      expect(new Set(done.map(({ text: answer }) => answer)).size).toBe(1);
      expect(done.filter((answer) => replayed(answer) === null)).toHaveLength(1);
      expect(await orders()).toHaveLength(before + 1);
    }
  });

  it("outlives the server, and lasts a day", async () => {
    const clock = createFakeClock();
    const { anonymous, file, close, definition } = await open({ clock });
    const first = await anonymous.post("/orders", { what: "film" }, key("k1"));
    await close();
    const again = await openApp(definition, { file, clock });
    clock.advance(23 * 60 * 60 * 1000);
    const replay = await again.anonymous.post("/orders", { what: "film" }, key("k1"));
    expect([replay.text, replayed(replay)]).toEqual([first.text, "true"]);
    clock.advance(2 * 60 * 60 * 1000);
    const other = await again.anonymous.post("/orders", { what: "another" }, key("k1"));
    expect([other.status, replayed(other)]).toEqual([201, null]);
  });

  it("leaves in the database neither tokens nor the key, nor anything to guess a password by", async () => {
    const { anonymous, file, close, user } = await open();
    await user("ada");
    const input = { email: "ada@example.com", password: "the password of ada" };
    const signedIn = await anonymous.post("/auth/sign-in", input, key("a-key-nobody-knows"));
    const again = await anonymous.post("/auth/sign-in", input, key("a-key-nobody-knows"));
    expect(again.text).toBe(signedIn.text);
    await close();
    const raw = readFileSync(file, "latin1");
    expect(raw).toContain("ada@example.com");
    for (const secret of [String(signedIn.body["token"]), "a-key-nobody-knows", input.password]) {
      expect(raw).not.toContain(secret);
    }
    const { idempotencyOf } = await import("../../src/operations/idempotency.ts");
    const nobody = { kind: "anonymous", user: null, session: null } as const;
    const request = ["auth.signIn", input, null, null];
    const guess = (name: string) => idempotencyOf(name, nobody, request).fingerprint;
    expect(raw).toContain(guess("a-key-nobody-knows"));
    expect(guess("a-key-nobody-knows")).not.toBe(guess("another"));
  });

  it("must be one", async () => {
    const { anonymous } = await open();
    for (const value of ["", " ", "a b", "x".repeat(256), "\u00e9"]) {
      expect((await anonymous.post("/orders", { what: "film" }, key(value))).code).toBe("malformed");
    }
    const quoted = await anonymous.post("/orders", { what: "film" }, key('"k"'));
    expect(replayed(await anonymous.post("/orders", { what: "film" }, key("k")))).toBe("true");
    expect(quoted.status).toBe(201);
  });
});
