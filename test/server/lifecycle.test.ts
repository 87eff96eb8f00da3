import { existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ask, isOpen, until } from "./ask.ts";
import {
  findOlderNode,
  galleyBy,
  serverOf,
  spawnGalley,
  spawnServer,
  type SpawnedServer,
  temporaryFolder,
} from "./spawn-server.ts";

const workshop = new URL("fixtures/workshop.ts", import.meta.url);
const repository = fileURLToPath(new URL("../..", import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** A server that is gone when the test is over, whatever came of it. */
async function serve(env: Readonly<Record<string, string>> = {}): Promise<SpawnedServer> {
  const server = await spawnServer(workshop, folder.path, { GALLEY_RATE_LIMITS: "off", ...env });
  onTestFinished(() => server.end());
  return server;
}

const work = (server: SpawnedServer, milliseconds: number): ReturnType<typeof ask> =>
  ask(server.port, "/api/actions/work", { body: { milliseconds } });

describe("a start", () => {
  test("says where everything is, and a new administrator's password once", async () => {
    const own = await temporaryFolder();
    onTestFinished(() => own.remove());
    const first = await spawnServer(workshop, join(own.path, "new", "folder"), {}, own.path);
    onTestFinished(() => first.end());
    expect(first.readyAfter).toBeGreaterThan(0);
    expect(first.stderr()).toMatch(/Workshop on Galley \d+\.\d+\.\d+, ready in \d+ ms with \d+ threads?\n/);
    const credentials = { email: "admin@example.com", password: first.adminPassword };
    expect(await ask(first.port, "/api/auth/sign-in", { body: credentials })).toMatchObject({ status: 200 });
    expect((await ask(first.port, "/readyz")).status).toBe(200);
    expect(await first.stop()).toEqual({ code: 0, signal: null });

    const second = await spawnServer(workshop, join(own.path, "new", "folder"), {}, own.path);
    onTestFinished(() => second.end());
    expect(second.adminPassword).toBeUndefined();
    expect(await ask(second.port, "/api/auth/sign-in", { body: credentials })).toMatchObject({ status: 200 });
  });

  test("takes the administrator from the environment, and doesn't repeat the password", async () => {
    const own = await temporaryFolder();
    onTestFinished(() => own.remove());
    const credentials = { email: "boss@example.com", password: "correct horse battery" };
    const server = await spawnServer(workshop, own.path, {
      GALLEY_ADMIN_EMAIL: credentials.email,
      GALLEY_ADMIN_PASSWORD: credentials.password,
    });
    onTestFinished(() => server.end());
    expect(server.stderr() + server.stdout()).not.toContain(credentials.password);
    expect(await ask(server.port, "/api/auth/sign-in", { body: credentials })).toMatchObject({ status: 200 });
  });

  test("shows a new password of an account that becomes the administrator: a stranger may have made it", async () => {
    const own = await temporaryFolder();
    onTestFinished(() => own.remove());
    const first = await spawnServer(workshop, own.path, {});
    onTestFinished(() => first.end());
    const body = { email: "boss@company.example", password: "the stranger's own" };
    expect(await ask(first.port, "/api/auth/sign-up", { body })).toMatchObject({ status: 201 });
    const entered = await ask(first.port, "/api/auth/sign-in", {
      body: { email: "admin@example.com", password: first.adminPassword },
    });
    const { token, user } = JSON.parse(entered.text) as {
      readonly token: string;
      readonly user: { readonly id: string };
    };
    const headers = { authorization: `Bearer ${token}` };
    const left = await ask(first.port, `/api/users/${user.id}`, { method: "DELETE", headers });
    expect(left).toMatchObject({ status: 204 });
    await first.stop();

    const second = await spawnServer(workshop, own.path, { GALLEY_ADMIN_EMAIL: body.email });
    onTestFinished(() => second.end());
    expect(await ask(second.port, "/api/auth/sign-in", { body })).toMatchObject({ status: 401 });
    const shown = { ...body, password: second.adminPassword };
    expect(await ask(second.port, "/api/auth/sign-in", { body: shown })).toMatchObject({ status: 200 });
  });
});

describe("a stop", () => {
  test("answers what is under way, takes nothing new, and ends with 0", async () => {
    const server = await serve();
    const slow = work(server, 1500);
    await until(() => server.stdout().includes("work has begun"));
    server.signal("SIGTERM");
    await until(async () => !(await isOpen(server.port)));
    expect(await slow).toMatchObject({ status: 200, text: '{"milliseconds":1500}', headers: { connection: "close" } });
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.stdout()).not.toContain('"level":"error"');
    // The log of the database is folded into its file.
    expect(existsSync(join(folder.path, "galley.db-wal"))).toBe(false);
  });

  test("cuts off what takes too long, and says so", async () => {
    const server = await serve({ GALLEY_SHUTDOWN_SECONDS: "1" });
    const slow = work(server, 60_000).catch((error: Error) => error);
    await until(() => server.stdout().includes("work has begun"));
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(await slow).toBeInstanceOf(Error);
    expect(server.stderr()).toContain("1 requests were cut off.");
  });

  test.for(["SIGTERM", "SIGINT"] as const)("is immediate for whoever sends %s twice", async (signal) => {
    const server = await serve({ GALLEY_SHUTDOWN_SECONDS: "3600" });
    const slow = work(server, 60_000).catch((error: Error) => error);
    await until(() => server.stdout().includes("work has begun"));
    server.signal(signal);
    // What comes at once is the same signal, passed on by npm.
    server.signal(signal);
    await until(async () => !(await isOpen(server.port)));
    await new Promise((resolve) => setTimeout(resolve, 1200));
    server.signal(signal);
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(await slow).toBeInstanceOf(Error);
  });

  test("that comes during the start waits for it, so that the password is shown", async () => {
    const own = await temporaryFolder();
    onTestFinished(() => own.remove());
    const started = spawnGalley({ args: ["start", fileURLToPath(workshop)], data: own.path });
    onTestFinished(() => started.end());
    await until(() => existsSync(join(own.path, "galley.db")));
    started.signal("SIGTERM");
    expect(await started.exited).toEqual({ code: 0, signal: null });
    expect(started.stderr()).toContain("(shown this once)");
  });

  test("of npm start ends the server, too", async () => {
    const started = spawnGalley({
      args: [],
      command: ["npm", "start"],
      data: folder.path,
      cwd: repository,
      env: { DATABASE_URL: `sqlite:${join(folder.path, "shop.db")}` },
    });
    onTestFinished(() => started.end());
    const server = await serverOf(started);
    expect((await ask(server.port, "/api/films?limit=1")).status).toBe(200);
    await server.stop();
    await until(async () => !(await isOpen(server.port)));
  });
});

describe("a server whose log can't be written", () => {
  test.skipIf(process.platform !== "linux")("goes on answering, and stops", async () => {
    const started = spawnGalley({
      args: ["start", fileURLToPath(workshop)],
      data: folder.path,
      stdout: openSync("/dev/full", "w"),
    });
    onTestFinished(() => started.end());
    const server = await serverOf(started);
    for (let count = 0; count < 5; count++) expect((await ask(server.port, "/api/tools")).status).toBe(200);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });
});

const older = findOlderNode();

describe.skipIf(older === undefined)("an older Node.js", () => {
  test("starts the one that was installed beside Galley, and passes signals on", async () => {
    const command = galleyBy(older ?? "");
    const started = spawnGalley({ args: ["start", fileURLToPath(workshop)], data: folder.path, command });
    onTestFinished(() => started.end());
    const server = await serverOf(started);
    expect((await ask(server.port, "/readyz")).status).toBe(200);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(await isOpen(server.port)).toBe(false);
  });
});
