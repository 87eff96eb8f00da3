import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ask, type Asked, until } from "./ask.ts";
import { spawnServer, type SpawnedServer, temporaryFolder } from "./spawn-server.ts";

const endless = new URL("fixtures/endless.ts", import.meta.url);
const workshop = new URL("fixtures/workshop.ts", import.meta.url);
/** Enough connections that no thread is left out by chance. */
const many = 48;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function serve(threads: number, env: Readonly<Record<string, string>> = {}): Promise<SpawnedServer> {
  const server = await spawnServer(workshop, folder.path, { GALLEY_THREADS: String(threads), ...env });
  onTestFinished(() => server.end());
  return server;
}

const off = { GALLEY_RATE_LIMITS: "off", GALLEY_SHUTDOWN_SECONDS: "2" };

/** The same request on many connections at once. */
const askMany = (server: SpawnedServer, ...request: [path: string, options?: Parameters<typeof ask>[2]]) =>
  Promise.all(Array.from({ length: many }, () => ask(server.port, ...request)));

const statusesOf = (answers: readonly Asked[]): readonly number[] => [...new Set(answers.map(({ status }) => status))];

/** The whole lines of the log that standard output holds: the last one may still be on its way. */
const linesOf = (server: SpawnedServer): Record<string, unknown>[] =>
  server
    .stdout()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe.for([1, 2])("with %i threads", (threads) => {
  let server: SpawnedServer;
  beforeAll(async () => {
    server = await spawnServer(workshop, folder.path, { GALLEY_THREADS: String(threads), ...off });
  });
  afterAll(() => server.end());

  test("requests are answered by all of them", async () => {
    expect(server.stderr()).toContain(`with ${threads} thread${threads === 1 ? "" : "s"}\n`);
    expect(statusesOf(await askMany(server, "/api/tools"))).toEqual([200]);
    await until(() => linesOf(server).length >= many);
    // The main thread is the one without a number.
    expect(new Set(linesOf(server).map(({ thread }) => thread)).size).toBe(threads);
  });

  test("a write that one has answered is seen by every other", async () => {
    for (let count = 0; count < 10; count++) {
      const made = await ask(server.port, "/api/tools", { body: { name: `saw ${count}` } });
      const { id }: { id: string } = JSON.parse(made.text);
      expect(statusesOf(await askMany(server, `/api/tools/${id}`))).toEqual([200]);
      expect((await ask(server.port, `/api/tools/${id}`, { method: "DELETE" })).status).toBe(204);
      expect(statusesOf(await askMany(server, `/api/tools/${id}`))).toEqual([404]);
    }
  });

  test("a limit counts what all of them answered", async () => {
    // 40 in 600 seconds: one comes back every 15.
    const limited = await serve(threads);
    const answers = [...(await askMany(limited, "/api/tools")), ...(await askMany(limited, "/api/tools"))];
    const allowed = answers.filter(({ status }) => status === 200).length;
    expect(allowed).toBeGreaterThanOrEqual(40);
    expect(allowed).toBeLessThanOrEqual(43);
    expect(statusesOf(answers)).toEqual([200, 429]);
  });

  test("the metrics of each tell what all have answered", async () => {
    await askMany(server, "/healthz");
    for (const { text } of await askMany(server, "/metrics")) {
      const line = `galley_http_requests_total{method="GET",route="/healthz",status="200"} ${many}\n`;
      expect(text).toContain(line);
      expect(text).toMatch(new RegExp(`galley_http_request_duration_seconds_count\\{route="/healthz"\\} ${many}\\n`));
      expect(text.match(/^galley_start_time_seconds 1\d{9}$/gm)).toHaveLength(1);
    }
  });

  test("a session that one has started is known to all, and once ended to none", async () => {
    const account = { email: `ada${threads}@example.com`, password: "a password of hers" };
    const signedUp = await ask(server.port, "/api/auth/sign-up", { body: account });
    const { token }: { token: string } = JSON.parse(signedUp.text);
    const headers = { authorization: `Bearer ${token}` };
    expect(statusesOf(await askMany(server, "/api/auth/session", { headers }))).toEqual([200]);

    const { token: other }: { token: string } = JSON.parse(
      (await ask(server.port, "/api/auth/sign-in", { body: account })).text,
    );
    const ended = await ask(server.port, "/api/auth/sign-out", { body: { everywhere: true }, headers });
    expect(ended.status).toBe(204);
    expect(statusesOf(await askMany(server, "/api/auth/session", { headers }))).toEqual([401]);
    const others = { authorization: `Bearer ${other}` };
    expect(statusesOf(await askMany(server, "/api/auth/session", { headers: others }))).toEqual([401]);
  });

  test("one Idempotency-Key sent to all of them at once is one effect", async () => {
    const request = { body: { name: `once with ${threads}` }, headers: { "idempotency-key": `key-${threads}` } };
    const answers = await askMany(server, "/api/tools", request);
    expect(statusesOf(answers)).toEqual([201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers["idempotency-replayed"] === undefined)).toHaveLength(1);
    const found = await ask(server.port, `/api/tools?name=once+with+${threads}&total=true`);
    expect(JSON.parse(found.text)).toMatchObject({ total: 1 });
  });

  test("application code that answers, hands on or throws what can't cross threads fails alone", async () => {
    for (const name of ["answerFunction", "prepareFunction", "throwOddly"]) {
      const answers = await askMany(server, `/api/actions/${name}`, { body: {} });
      expect(statusesOf(answers), name).toEqual([500]);
      expect(JSON.parse(answers[0]?.text ?? ""), name).toMatchObject({ code: "internal" });
    }
    expect((await ask(server.port, "/api/actions/forget", { body: {} })).status).toBe(204);
    // Whoever is in one group with such a member is answered as if it were alone.
    const mixed = await Promise.all([
      ...Array.from({ length: many }, () => ask(server.port, "/api/actions/answerFunction", { body: {} })),
      ...Array.from({ length: many }, () => ask(server.port, "/api/tools", { body: { name: "beside" } })),
    ]);
    expect(mixed.map(({ status }) => status)).toEqual([...Array(many).fill(500), ...Array(many).fill(201)]);
    expect((await ask(server.port, "/readyz")).status).toBe(200);
    await until(() => server.stdout().includes("must be plain data to cross between threads"));
    expect(server.stdout()).toContain("What was thrown is no error: <ref *1> { count: 1n");
  });

  test("all of them stop", async () => {
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });
});

describe("a thread that dies ends the process with 1 and a line in the log", () => {
  /** Errors in the log, by their messages. */
  const errorsOf = (server: SpawnedServer): unknown[] =>
    linesOf(server)
      .filter(({ level, requestId }) => level === "error" && requestId === undefined)
      .map(({ message }) => message);

  test.for([
    { which: "the main one", main: true, said: "An error that nobody caught ends the server" },
    { which: "another one", main: false, said: "A thread has ended by itself, and with it the server" },
  ])("when it is $which that answers", async ({ main, said }) => {
    const server = await serve(2, off);
    await until(async () => {
      const answer = await ask(server.port, "/api/actions/breakHere", { body: { main } });
      return JSON.parse(answer.text).broke === true;
    });
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(errorsOf(server)).toEqual([said]);
    expect(server.stdout()).toContain("The thread that answers broke.");
  });

  test.for(["breakWriter", "exitWriter"])("when it is the one that writes: %s", async (name) => {
    const server = await serve(2, off);
    // What it was doing is answered with an error, or the connection ends; nobody waits forever.
    await ask(server.port, `/api/actions/${name}`, { body: {} }).catch(() => undefined);
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(errorsOf(server)).toEqual(["A thread has ended by itself, and with it the server"]);
  });

  test("when it is the one that writes, and it is in a loop without an end", async () => {
    const server = await spawnServer(endless, folder.path, { ...off, GALLEY_DATA: join(folder.path, "endless") });
    onTestFinished(() => server.end());
    const kept = await ask(server.port, "/api/notes", { body: { body: "kept" } });
    expect(kept.status).toBe(201);
    const spinning = ask(server.port, "/api/actions/spinForever", { body: {} });
    await sleep(300);
    const behind = ask(server.port, "/api/notes", { body: { body: "waits behind it" } });
    for (const answer of await Promise.allSettled([spinning, behind]))
      expect(answer).not.toMatchObject({ value: { status: 201 } });
    expect(await server.exited).toEqual({ code: 1, signal: null });
    const [ended] = linesOf(server).filter(
      ({ message }) => message === "A thread has ended by itself, and with it the server",
    );
    expect(ended).toMatchObject({
      error: {
        message: expect.stringMatching(
          /^It has computed for 1 s without a pause, in (run|countUp) \(file:.*endless\.ts:(10|17)\):/,
        ),
      },
    });
  });
});
