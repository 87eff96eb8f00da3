import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { PostgresClient } from "../../src/database/postgres/postgres-client.ts";
import { configurationOf } from "../../src/database/postgres/postgres-configuration.ts";
import { spawnGalley, temporaryFolder } from "../server/spawn-server.ts";
import { type FaultyProxy, openFaultyProxy } from "./faulty-proxy.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";
import { refusalOf } from "./refusal-of.ts";

const workshop = fileURLToPath(new URL("../server/fixtures/workshop.ts", import.meta.url));

let database: FreshDatabase;
let proxy: FaultyProxy;
beforeAll(async () => {
  database = await freshDatabase();
  proxy = await openFaultyProxy(database.url);
});
afterAll(async () => {
  await proxy.close();
  await database.drop();
});

function changed(change: (url: URL) => void): string {
  const url = new URL(proxy.url);
  change(url);
  return url.href;
}

/** A role of a test's own; what it is granted goes with the database. */
async function role(how: string): Promise<string> {
  const name = `galley_${randomBytes(8).toString("hex")}`;
  await database.run(`CREATE ROLE ${name} ${how}`);
  onTestFinished(() => void database.run(`DROP ROLE ${name}`));
  return name;
}

/** The port that a server of a test's own listens on. */
async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("a missing database is one line, of the process as well", async () => {
  const url = changed((one) => (one.pathname = "/no where"));
  const line = `The PostgreSQL server at ${new URL(url).host} has no database "no where"; create it, or name another in DATABASE_URL.`;
  expect(await refusalOf(url)).toBe(line);
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const started = spawnGalley({ args: ["start", workshop], data: folder.path, env: { DATABASE_URL: url } });
  expect(await started.exited).toEqual({ code: 1, signal: null });
  expect([started.stdout(), started.stderr()]).toEqual(["", `${line}\n`]);
});

test("a server that isn't there is one line", async () => {
  await proxy.refuse();
  onTestFinished(() => proxy.mend());
  expect(await refusalOf(proxy.url)).toMatch(
    /can't be used: .*ECONNREFUSED.*Check DATABASE_URL, and that the server runs/,
  );
});

test("a server that doesn't answer is one line", async () => {
  proxy.hang();
  onTestFinished(() => proxy.mend());
  expect(await refusalOf(proxy.url)).toMatch(/can't be used: .*timeout/);
});

test("a server far away is waited for as long as connect_timeout says", async () => {
  const target = new URL(database.url);
  const slow = createServer((front) => {
    const back = connect(Number(target.port), target.hostname, () =>
      setTimeout(() => back.pipe(front).pipe(back), 900),
    );
    for (const one of [front, back])
      one.on("error", () => undefined).on("close", () => front.destroy() && back.destroy());
  });
  const port = await listen(slow);
  const waits = async (parameters: string): Promise<void> => {
    const url = changed((one) => Object.assign(one, { port, search: parameters }));
    const client = new PostgresClient(configurationOf({ url, poolSize: 1, statementTime: 1000 }, "statements"));
    await client.connect().finally(() => client.cut("the test is over"));
  };
  await Promise.all([
    expect(waits("?sslmode=disable")).rejects.toThrow("timeout expired"),
    expect(waits("?sslmode=disable&connect_timeout=20")).resolves.toBeUndefined(),
  ]);
});

test("a host that there is none of is one line", async () => {
  expect(await refusalOf(changed((url) => (url.hostname = "nowhere.invalid")))).toMatch(
    /can't be used: getaddrinfo E\w+ nowhere\.invalid/,
  );
});

test("a user who may not sign in is one line", async () => {
  // Servers of tests trust everybody; a wrong password is told as this is, and tested with a server of its own.
  const name = await role("NOLOGIN");
  expect(await refusalOf(changed((url) => (url.username = name)))).toContain(
    `refuses the user "${name}": role "${name}" is`,
  );
});

test("a user who may not make tables is one line", async () => {
  const name = await role("LOGIN");
  await database.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  expect(await refusalOf(changed((url) => (url.username = name)))).toMatch(
    /lets the user "galley_\w+" make no tables: permission denied for schema public\. Grant it CREATE/,
  );
});

test("a server older than PostgreSQL 14 is one line", async () => {
  // The server says what it is by a function, in whose place another can stand.
  await database.run("CREATE SCHEMA older");
  await database.run(
    "CREATE FUNCTION older.current_setting(name text) RETURNS text LANGUAGE sql AS $$ SELECT CASE name WHEN 'server_version_num' THEN '130014' ELSE '13.14' END $$",
  );
  const url = changed((one) => one.searchParams.set("options", "-c search_path=older,pg_catalog,public"));
  expect(await refusalOf(url)).toBe("The PostgreSQL server is version 13.14; Galley needs 14 or newer.");
});

test("a server so old that it lacks a setting is one line", async () => {
  const url = changed((one) => one.searchParams.set("options", "-c of_the_future=on"));
  expect(await refusalOf(url)).toMatch(
    /does not know a setting: .*"of_the_future".* Galley needs PostgreSQL 14 or newer/,
  );
});

test.for<[string, (socket: Socket) => void, RegExp]>([
  [
    "speaks another protocol",
    (socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    /^What answers at 127\.0\.0\.1:\d+ is no PostgreSQL server\. Check DATABASE_URL\.$/,
  ],
  ["speaks first", (socket) => socket.write("J\0\0\x008.4.0"), /^What answers at .* is no PostgreSQL server\./],
  [
    "hangs up",
    (socket) => socket.once("data", () => socket.end()),
    /can't be used: Connection terminated unexpectedly/,
  ],
])("a program that is no PostgreSQL server, and %s, is one line", async ([, answer, line]) => {
  const port = await listen(createServer(answer));
  expect(await refusalOf(`postgres://ada:secret@127.0.0.1:${port}/shop`)).toMatch(line);
});
