import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { backend, collection, everyone, text } from "galley";
import { createApp } from "galley/server";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { PostgresClient } from "../../src/database/postgres/postgres-client.ts";
import { configurationOf } from "../../src/database/postgres/postgres-configuration.ts";
import { startOwnServer } from "../contract/postgres-server.ts";
import { refusalOf } from "./refusal-of.ts";

const files = fileURLToPath(new URL("secure-server/", import.meta.url));
const authority = join(files, "authority.crt");
const stranger = join(files, "stranger.crt");
const untrusted = /can't be reached by TLS: .*certificate.*Check sslrootcert/;
const unbound = /can't be used: .*channel_binding=require/;
const shown = `sslcert=${join(files, "client.crt")}&sslkey=${join(files, "client.key")}`;

let server: URL;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "galley-test-"));
  server = new URL(await startOwnServer(files));
  const roles = ["secured", "plain", "ada", "guarded", "spoken"];
  await run(roles.map((role) => `CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'right'`).join(";"));
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  // Whoever runs the tests may have files and variables of their own for servers of theirs.
  vi.stubEnv("HOME", files).stubEnv("USERPROFILE", files);
  for (const name of ["PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGPASSWORD"]) vi.stubEnv(name, undefined);
});
afterEach(() => vi.unstubAllEnvs());

async function run(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** The server's URL for a user, by the host that its certificate is for, or by another name of the same. */
function urlOf(user: string, parameters: string, host = "localhost"): string {
  const url = new URL(server);
  const [name = "", password = ""] = user.split(":");
  Object.assign(url, { username: name, password, hostname: host, search: parameters });
  return url.href;
}

const configured = (url: string) => configurationOf({ url, poolSize: 1, statementTime: 1000 }, "statements");

/** What the server knows of a connection: whether it is secured, and whose certificate the client has shown. */
async function connect(configuration: ReturnType<typeof configured>): Promise<string> {
  const client = new PostgresClient(configuration);
  try {
    await client.connect();
    const { rows } = await client.query("SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    return rows[0]?.client_dn ?? (rows[0]?.ssl === "t" ? "TLS" : "no TLS");
  } finally {
    client.cut("the test is over");
  }
}

/** Changes a setting of the server, and waits until it holds. */
async function set(name: string, value: string): Promise<void> {
  await run(`ALTER SYSTEM SET ${name} = '${value}'`);
  await run("SELECT pg_reload_conf()");
  while ((await run(`SHOW ${name}`))[0]?.[name] !== value) await sleep(10);
}

describe("a server with TLS is reached", () => {
  test.for([
    ["with it where nothing is said", "postgres", "", "TLS"],
    ["without it by disable", "postgres", "sslmode=disable", "no TLS"],
    ["without it by allow", "postgres", "sslmode=allow", "no TLS"],
    ["with it by allow where it lets nobody in without", "secured", "sslmode=allow", "TLS"],
    ["with it by prefer", "postgres", "sslmode=prefer", "TLS"],
    ["without it by prefer where it lets nobody in with it", "plain", "sslmode=prefer", "no TLS"],
    ["with it by require", "postgres", "sslmode=require", "TLS"],
    ["with it by the word of JDBC", "postgres", "ssl=true", "TLS"],
    ["by require and its authority", "postgres", `sslmode=require&sslrootcert=${authority}`, "TLS"],
    ["by verify-full", "postgres", `sslmode=verify-full&sslrootcert=${authority}`, "TLS"],
    ["with a certificate of the client", "ada", `sslmode=verify-full&sslrootcert=${authority}&${shown}`, "/CN=ada"],
    ["with a password", "guarded:right", "sslmode=require", "TLS"],
    ["with a password that proves the certificate", "guarded:right", "channel_binding=require", "TLS"],
  ] as const)("%s", async ([, user, parameters, how]) => {
    expect(await connect(configured(urlOf(user, parameters)))).toBe(how);
  });

  test.for(["require", "verify-ca"])("by %s whatever its certificate calls it", async (mode) => {
    expect(await connect(configured(urlOf("postgres", `sslmode=${mode}&sslrootcert=${authority}`, "127.0.0.1")))).toBe(
      "TLS",
    );
  });

  test("as the environment says where the URL doesn't", async () => {
    vi.stubEnv("PGSSLMODE", "disable");
    expect(await connect(configured(urlOf("postgres", "")))).toBe("no TLS");
    expect(await connect(configured(urlOf("postgres", "sslmode=require")))).toBe("TLS");
    vi.stubEnv("PGSSLMODE", "verify-full");
    vi.stubEnv("PGSSLROOTCERT", authority);
    vi.stubEnv("PGSSLCERT", join(files, "client.crt"));
    vi.stubEnv("PGSSLKEY", join(files, "client.key"));
    expect(await connect(configured(urlOf("ada", "")))).toBe("/CN=ada");
  });

  test("with the files in the place where libpq looks for them", async () => {
    vi.stubEnv("HOME", folder);
    vi.stubEnv("USERPROFILE", folder);
    const place = join(folder, process.platform === "win32" ? "AppData/Roaming/postgresql" : ".postgresql");
    await mkdir(place, { recursive: true });
    await copyFile(join(files, "client.crt"), join(place, "postgresql.crt"));
    await copyFile(join(files, "client.key"), join(place, "postgresql.key"));
    await copyFile(authority, join(place, "root.crt"));
    expect(await connect(configured(urlOf("ada", "sslmode=verify-full")))).toBe("/CN=ada");
    await copyFile(stranger, join(place, "root.crt"));
    await expect(connect(configured(urlOf("ada", "sslmode=require")))).rejects.toThrow("certificate");
  });

  // Elsewhere the authorities of the system are in no file.
  test.runIf(process.platform === "linux")("by an authority that the system trusts", async () => {
    vi.stubEnv("SSL_CERT_FILE", authority);
    expect(await connect(configured(urlOf("postgres", "sslrootcert=system")))).toBe("TLS");
    await expect(connect(configured(urlOf("postgres", "sslrootcert=system", "127.0.0.1")))).rejects.toThrow("altnames");
  });

  test("by certificates that are renewed while it is used", async () => {
    const root = join(folder, "root.crt");
    await copyFile(stranger, root);
    const configuration = configured(urlOf("postgres", `sslmode=verify-full&sslrootcert=${root}`));
    await expect(connect(configuration)).rejects.toThrow("certificate");
    await copyFile(authority, root);
    expect(await connect(configuration)).toBe("TLS");
  });

  test("by each connection of an application", async () => {
    const notes = collection("notes", { fields: { words: text() }, access: { read: everyone, create: everyone } });
    const database = urlOf("ada", `sslmode=verify-full&sslrootcert=${authority}&${shown}`);
    const app = await createApp(backend({ collections: [notes] }), { database });
    const url = "http://notes.test/api/notes";
    const headers = { "content-type": "application/json" };
    const note = { method: "POST", headers, body: JSON.stringify({ words: "Hello." }) };
    const created = await Promise.all([1, 2, 3].map(() => app.fetch(new Request(url, note))));
    expect(created.map(({ status }) => status)).toEqual([201, 201, 201]);
    const listed = await Promise.all([1, 2].map(() => app.fetch(new Request(url))));
    expect(await listed[0]?.json()).toMatchObject({ data: [{}, {}, {}], next: null });
    const seen = await run(
      "SELECT DISTINCT ssl, client_dn FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'galley' AND usename = 'ada'",
    );
    await app.close();
    expect(seen).toEqual([{ ssl: true, client_dn: "/CN=ada" }]);
  });
});

describe("a start is refused in one line", () => {
  test.for([
    [
      "a wrong password",
      "guarded:wrong",
      "",
      /refuses the user "guarded": password authentication failed .*Check user and password/,
    ],
    ["no password", "guarded", "", /asks the user "guarded" for a password, and DATABASE_URL has none\.$/],
    ["no TLS where it must be", "secured", "sslmode=disable", /refuses the user "secured": .*no encryption/],
    ["TLS where it must not be", "plain", "sslmode=require", /refuses the user "plain": .*SSL encryption/],
    [
      "no certificate",
      "ada",
      "sslmode=require",
      /refuses the user "ada": connection requires a valid client certificate/,
    ],
    ["require and a stranger", "postgres", `sslmode=require&sslrootcert=${stranger}`, untrusted],
    ["verify-ca and a stranger", "postgres", `sslmode=verify-ca&sslrootcert=${stranger}`, untrusted],
    ["verify-full and a stranger", "postgres", `sslmode=verify-full&sslrootcert=${stranger}`, untrusted],
    ["verify-full and those whom Node.js trusts", "postgres", "sslmode=verify-full", untrusted],
    ["prefer, a stranger, and no way without TLS", "secured", `sslrootcert=${stranger}`, untrusted],
    ["verify-ca and nobody to trust", "postgres", "sslmode=verify-ca", /^sslmode=verify-ca needs sslrootcert/],
    ["a mode that is none", "postgres", "sslmode=some", /^sslmode .* is "some": it must be one of disable, allow, /],
    [
      "all authorities and any host",
      "postgres",
      "sslmode=require&sslrootcert=system",
      /must be verify-full .*not require\.$/,
    ],
    [
      "a file that isn't there",
      "postgres",
      "sslrootcert=/no.crt",
      /^The file that sslrootcert names .* ENOENT.*no\.crt'\.$/,
    ],
    ["a certificate without its key", "postgres", `sslcert=${authority}`, /^sslcert is .*, and there is no key to it/],
    [
      "a key that is none",
      "postgres",
      `sslcert=${authority}&sslkey=${authority}`,
      /^The files that sslcert and sslkey name/,
    ],
    ["what is not supported", "postgres", "sslcrl=/nowhere.crl", /^sslcrl in DATABASE_URL is not supported/],
    ["binding, and nothing asked for", "postgres", "channel_binding=require", unbound],
    ["binding without TLS", "guarded:right", "channel_binding=require&sslmode=disable", unbound],
    ["binding, and a password asked for in words", "spoken:right", "channel_binding=require", unbound],
  ] as const)("for %s", async ([, user, parameters, line]) => {
    expect(await refusalOf(urlOf(user, parameters))).toMatch(line);
  });

  test("where the certificate is for another host", async () => {
    const url = urlOf("postgres", `sslmode=verify-full&sslrootcert=${authority}`, "127.0.0.1");
    expect(await refusalOf(url)).toMatch(
      /^The PostgreSQL server at 127\.0\.0\.1:\d+ has a certificate for another host: /,
    );
  });

  test("where the certificate has expired", async () => {
    await set("ssl_cert_file", "expired.crt");
    const url = urlOf("postgres", `sslmode=verify-full&sslrootcert=${authority}`);
    expect(await refusalOf(url)).toMatch(/can't be reached by TLS: certificate has expired/);
    await set("ssl_cert_file", "server.crt");
  });
});

describe("a server without TLS", () => {
  beforeAll(() => set("ssl", "off"));
  afterAll(() => set("ssl", "on"));

  test.for(["disable", "allow", "prefer"])("is reached by %s", async (mode) => {
    expect(await connect(configured(urlOf("postgres", `sslmode=${mode}`)))).toBe("no TLS");
  });

  test.for(["require", "verify-ca", "verify-full"])("is refused by %s in one line", async (mode) => {
    const url = urlOf("postgres", `sslmode=${mode}&sslrootcert=${authority}`);
    expect(await refusalOf(url)).toMatch(/has no TLS, which sslmode asks for/);
  });

  test("is refused by allow for the reason that it gives", async () => {
    expect(await refusalOf(urlOf("secured", "sslmode=allow"))).toMatch(
      /refuses the user "secured": no pg_hba\.conf entry/,
    );
  });
});
