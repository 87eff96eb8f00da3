import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Client, createClient } from "../../src/client/index.ts";
import type definition from "./backend.ts";
import { administrator, type Fault, type FaultyNetwork, openFaultyNetwork } from "./faulty-network.ts";

let network: FaultyNetwork;
let shop: Client<typeof definition>;
let token: string;

beforeAll(async () => {
  network = await openFaultyNetwork();
  shop = createClient<typeof definition>(network.origin);
  ({ token } = await shop.auth.signIn(administrator));
  await shop.directors.create({ id: "lang", name: "Fritz Lang" });
});

afterAll(() => network.close());

afterEach(() => {
  expect(network.faults, "what should have happened").toEqual([]);
});

/** Lets things happen to the next requests, and forgets those before. */
function happen(...faults: Fault[]): void {
  network.sent.length = 0;
  network.faults.push(...faults);
}

test.each<[Fault[], string]>([
  [["lost", "answer lost"], "connections that break before and after it"],
  [["answer torn"], "an answer that breaks off"],
  [["busy", "bad gateway"], "a server that is busy and a proxy that knows no better"],
])("a write happens once, in spite of %s (%s)", async (faults) => {
  happen(...faults);
  const title = faults.join();
  const film = await shop.films.create({ title, director: "lang", price: 1 });
  const found = await shop.films.list({ where: { title } });
  expect(found.data).toEqual([film]);
  const keys = network.sent.filter(({ method }) => method === "POST").map(({ key }) => key);
  expect(keys).toHaveLength(faults.length + 1);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(keys).size).toBe(1);
});

test("an action, a change, a deletion and a batch happen once, too", async () => {
  const film = await shop.films.create({ title: "Once", director: "lang", price: 1, stock: 9 });
  happen("answer lost");
  expect((await shop.buy({ film: film.id })).film.stock).toBe(8);
  happen("answer lost");
  expect(await shop.films.update(film.id, { stock: { increment: -1 } })).toMatchObject({ stock: 7, version: 3 });
  happen("answer lost");
  const [bought] = await shop.$batch((batch) => [batch.buy({ film: film.id, copies: 2 })]);
  expect(bought.film.stock).toBe(5);
  happen("answer lost");
  await shop.films.delete(film.id);
  // Two calls are two wishes: the second finds nothing to delete.
  await expect(shop.films.delete(film.id)).rejects.toMatchObject({ code: "not_found" });
  expect(new Set(network.sent.map(({ key }) => key)).size).toBe(2);
});

test("two writes under a key of the application's own are one", async () => {
  happen();
  const input = { title: "By key", director: "lang", price: 1 };
  const [one, two] = [
    await shop.films.create(input, { idempotencyKey: "order-1" }),
    await shop.films.create(input, { idempotencyKey: "order-1" }),
  ];
  expect(two).toEqual(one);
  const other = shop.films.create({ ...input, price: 2 }, { idempotencyKey: "order-1" });
  await expect(other).rejects.toMatchObject({ code: "idempotency_mismatch" });
});

test("who signs in while the answer is lost is signed in", async () => {
  const visitor = shop.$as(null);
  happen("answer lost");
  const { user } = await visitor.auth.signIn(administrator);
  expect((await visitor.auth.session())?.user.id).toBe(user.id);
});

test("reads are asked again without a key, and no more often than it is told", async () => {
  happen("lost", "answer torn");
  expect(await shop.directors.count()).toBe(1);
  expect(network.sent).toEqual(Array.from({ length: 3 }, () => ({ method: "GET", key: undefined })));

  const once = createClient<typeof definition>(network.origin, { token, retries: 1 });
  happen("lost", "lost");
  const failed = await once.directors.count().result();
  expect(failed).toMatchObject({ ok: false, error: { code: "network", status: undefined } });
  expect(network.sent).toHaveLength(2);

  const never = createClient<typeof definition>(network.origin, { token, retries: 0 });
  happen("busy");
  await expect(never.films.create({ title: "Busy", director: "lang", price: 1 })).rejects.toMatchObject({
    code: "overloaded",
    retryAfter: 0,
  });
  expect(network.sent).toEqual([{ method: "POST", key: undefined }]);
});

test("what the backend has refused is not asked again", async () => {
  happen();
  const [film] = (await shop.films.list()).data;
  network.sent.length = 0;
  await expect(shop.films.get("nothing")).rejects.toMatchObject({ code: "not_found" });
  // An error of an action's own, though its status is that of a limit.
  await expect(shop.buy({ film: film?.id ?? "", copies: 101 })).rejects.toMatchObject({ code: "too_many" });
  expect(network.sent).toHaveLength(2);
});

test("a try that takes too long is given up, and the next one is told what the first has done", async () => {
  const hasty = createClient<typeof definition>(network.origin, { token, timeout: 700, retries: 3 });
  happen("no answer");
  const film = await hasty.films.create({ title: "Slow", director: "lang", price: 1 });
  expect((await shop.films.list({ where: { title: "Slow" } })).data).toEqual([film]);
  const never = createClient<typeof definition>(network.origin, { token, timeout: 50, retries: 0 });
  happen("no answer");
  await expect(never.films.list()).rejects.toMatchObject({ code: "timeout", status: undefined });
  // It may have been given up before it was sent.
  network.faults.length = 0;
});

test("the caller's signal ends a call that waits for an answer, or to be tried again, at once", async () => {
  const controller = new AbortController();
  const held = network.held();
  happen("no answer");
  const waiting = shop.films.list({}, { signal: controller.signal });
  await held;
  controller.abort(new Error("The page was left."));
  const reason = { code: "aborted", cause: expect.objectContaining({ message: "The page was left." }) };
  await expect(waiting).rejects.toMatchObject(reason);
  await expect(shop.films.list({}, { signal: controller.signal })).rejects.toMatchObject(reason);
  expect(network.sent).toHaveLength(1);

  const between = new AbortController();
  const answered = Promise.withResolvers<void>();
  const patient = createClient<typeof definition>(network.origin, {
    fetch: (request) => fetch(request).finally(() => answered.resolve()),
  });
  happen("busy for long");
  const pausing = patient.ping({}, { signal: between.signal });
  await answered.promise;
  await sleep(20);
  between.abort();
  await expect(pausing).rejects.toMatchObject({ code: "aborted" });
  expect(network.sent).toHaveLength(1);
});

test("an iteration ends with its signal", async () => {
  const controller = new AbortController();
  happen();
  const titles: string[] = [];
  const read = async (): Promise<void> => {
    for await (const { title } of shop.films.all({ pageSize: 1 }, { signal: controller.signal })) {
      titles.push(title);
      controller.abort();
    }
  };
  await expect(read()).rejects.toMatchObject({ code: "aborted" });
  expect(titles).toHaveLength(1);
});
