import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assemble } from "../../src/operations/assemble.ts";
import { restRoutes } from "../../src/rest/rest-routes.ts";
import backend from "../../examples/shop/backend.ts";
import { expectUnharmed } from "./expect-unharmed.ts";
import { type Attack, type HostileShop, json, openHostileShop, readReply, talk, type Way } from "./hostile-shop.ts";

let shop: HostileShop;
beforeAll(async () => {
  shop = await openHostileShop();
});
afterAll(() => shop.close());

const execute = (): Promise<never> => Promise.reject(new Error("not called"));
const routes = restRoutes({ assembly: assemble(backend), execute, bodyLimit: 1 });
/** Every path of the shop, with its methods. */
const paths = Map.groupBy(routes, ({ path }) => path);

const missing = "00000000-0000-7000-8000-000000000000";
const concrete = (path: string): string => path.replaceAll(/:[A-Za-z]+/g, missing);

describe.for(["fetch", "socket"] as const)("every path through %s", (name) => {
  const way: Way = (attack) => shop.ways[name](attack);

  test("answers OPTIONS with what it allows, and other methods with the same", async () => {
    for (const [path, answered] of paths) {
      const target = concrete(path);
      const options = await way({ method: "OPTIONS", target });
      expectUnharmed(options, `OPTIONS ${path}`);
      const allow = options.headers.get("allow")?.split(", ") ?? [];
      const expected = new Set([...answered.map(({ method }) => method), "OPTIONS"]);
      if (expected.has("GET")) expected.add("HEAD");
      expect(new Set(allow), path).toEqual(expected);
      expect([options.status, options.text], path).toEqual([204, ""]);
      for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "QUERY", "PURGE"]) {
        if (expected.has(method)) continue;
        const reply = await way({ method, target });
        expectUnharmed(reply, `${method} ${path}`);
        expect(reply.status, `${method} ${path}`).toBe(405);
        expect(reply.headers.get("allow"), path).toBe(options.headers.get("allow"));
      }
    }
  });

  test("answers HEAD like GET, without a body", async () => {
    for (const [path, answered] of paths) {
      if (!answered.some(({ method }) => method === "GET")) continue;
      const target = concrete(path);
      const authorization = ["authorization", `Bearer ${shop.tokens.admin}`] as const;
      const get = await way({ method: "GET", target, headers: [authorization] });
      const head = await way({ method: "HEAD", target, headers: [authorization] });
      expect([head.status, head.text], path).toEqual([get.status, ""]);
      expect(head.headers.get("etag"), path).toBe(get.headers.get("etag"));
      expect(head.headers.get("content-type"), path).toBe(get.headers.get("content-type"));
    }
  });

  test("takes the method from the request line alone", async () => {
    const asks = ["x-http-method-override", "x-http-method", "x-method-override"].map((field) => [field, "DELETE"]);
    for (const [field = "", value = ""] of asks) {
      const headers = [json, ["authorization", `Bearer ${shop.tokens.admin}`], [field, value]] as const;
      expect((await way({ method: "POST", target: `/api/films/${shop.film}`, headers, body: "{}" })).status).toBe(405);
    }
    const query = await way({ method: "GET", target: `/api/films/${shop.film}?_method=DELETE` });
    expect([query.status, JSON.parse(query.text).code]).toEqual([400, "invalid_query"]);
    expect((await way({ method: "GET", target: `/api/films/${shop.film}` })).status).toBe(200);
  });

  test.for([
    "/api/../../../../etc/passwd",
    "/api/films/..%2f..%2f..%2fetc%2fpasswd",
    "/api/films/%2e%2e/%2e%2e/etc/passwd",
    "/api/films/....//....//etc/passwd",
    "/%5c..%5c..%5cwindows%5cwin.ini",
    "/api/docs/../../package.json",
    "/api/docs/..%2f..%2fpackage.json",
    "/.env",
    "/.git/config",
    "/data/galley.db",
    "/package.json",
    "/api/_sessions",
    "/api/_credentials",
    "/api/_changes",
    "/api/_marks",
    "/api/sqlite_master",
    "/api/__proto__",
    "/api/constructor",
    "/api/films/__proto__",
    "/api/films/constructor",
    "/api/actions/__proto__",
    "/api/actions/auth.signIn",
    "//api/films",
    "/api//films",
    "/API/films",
    "/api/Films",
    "/api/films/",
    "/api/films;jsessionid=1",
    "/api/films/.",
    "/api%2ffilms",
    "/metrics/../api/_sessions",
    "/healthz/x",
  ])("leads nowhere from %s", async (target) => {
    for (const token of [undefined, shop.tokens.admin]) {
      const headers = token === undefined ? [] : [["authorization", `Bearer ${token}`] as const];
      const reply = await way({ method: "GET", target, headers });
      expectUnharmed(reply, target, [target, ...target.split("/"), ...target.split("/").map(decode)]);
      // fetch reads `..` as what it means, and then comes here as a path like any other.
      expect([401, 403, 404], `${target}: ${reply.text}`).toContain(reply.status);
      expect(reply.text).not.toMatch(/root:|"galley"|\[core\]|SQLite format/);
    }
  });

  test.for([
    "/api/films/%",
    "/api/films/%zz",
    "/api/films/%00",
    "/api/films/%ff",
    "/api/films/%c0%af",
    "/api/%ed%a0%80",
  ])("refuses what is no encoding: %s", async (target) => {
    const reply = await way({ method: "GET", target });
    expectUnharmed(reply, target, [target]);
    expect([reply.status, JSON.parse(reply.text).code]).toEqual([400, "malformed"]);
    expect((await way({ method: "OPTIONS", target })).status).toBe(400);
  });

  test("decodes a segment once", async () => {
    const twice = await way({ method: "GET", target: `/api/films/${encodeURIComponent(encodeURIComponent("a/b"))}` });
    expect([twice.status, JSON.parse(twice.text).detail]).toEqual([
      404,
      "There is no record of films with the id a%2Fb.",
    ]);
    const spelled = Array.from(shop.film, (letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
    expect((await way({ method: "GET", target: `/api/films/${spelled}` })).status).toBe(200);
  });

  test("has ids that are only ids", async () => {
    const ids = [
      "'",
      "' OR '1'='1",
      "1; DROP TABLE films;--",
      "*",
      "%25",
      "_",
      "null",
      "undefined",
      "NaN",
      "-1",
      "0",
      "1e9",
    ];
    const nasty = ["😀", "\u202e", "é".normalize("NFD"), "a".repeat(3000), "${7*7}", "{{7*7}}", "<script>", "\r\nx: y"];
    for (const id of [...ids, ...nasty, shop.film.toUpperCase(), ` ${shop.film}`, `${shop.film}\n`]) {
      for (const [method, body] of [["GET"], ["DELETE"], ["PATCH", '{"price":1}']] as const) {
        const headers = [json, ["authorization", `Bearer ${shop.tokens.admin}`]] as const;
        const target = `/api/films/${encodeURIComponent(id)}`;
        const reply = await way({ method, target, headers, ...(body === undefined ? {} : { body }) });
        expectUnharmed(reply, `${method} ${id}`, [id]);
        // A UUID in capitals is the same UUID.
        expect(reply.status === 404 || id === shop.film.toUpperCase(), `${method} ${id}: ${reply.status}`).toBe(true);
        if (reply.status < 300) expect(method).not.toBe("DELETE");
        if (id === shop.film.toUpperCase()) break;
      }
    }
  });
});

describe("bytes on a socket", () => {
  const raw = async (bytes: string): Promise<ReturnType<typeof readReply>> => readReply(await talk(shop.port, bytes));
  const head = "host: shop.test\r\nconnection: close\r\n";

  test.for([
    ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    ["a request of another protocol", "SSH-2.0-OpenSSH_9.0\r\n", 400],
    ["HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["a version that there isn't", `GET / HTTP/9.9\r\n${head}\r\n`, 400],
    ["no Host", "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n", 400],
    ["two Hosts", `GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n`, 400],
    ["a NUL in a field", `GET /healthz HTTP/1.1\r\n${head}x-a: a\0b\r\n\r\n`, 400],
    ["a field without a colon", `GET /healthz HTTP/1.1\r\n${head}nonsense\r\n\r\n`, 400],
    ["a folded field", `GET /healthz HTTP/1.1\r\n${head}x-a: a\r\n b\r\n\r\n`, 400],
    ["a space before the colon", `GET /healthz HTTP/1.1\r\nhost : shop.test\r\n\r\n`, 400],
    ["a path with a space", `GET /api/films /x HTTP/1.1\r\n${head}\r\n`, 400],
    ["a path with bytes beyond ASCII", `GET /api/films/\xff\xfe HTTP/1.1\r\n${head}\r\n`, 400],
    ["an endless URL", `GET /api/films?title=${"a".repeat(9000)} HTTP/1.1\r\n${head}\r\n`, 413],
    ["an endless head", `GET /healthz HTTP/1.1\r\n${head}x-a: ${"a".repeat(40_000)}\r\n\r\n`, 431],
    ["a thousand fields", `GET /healthz HTTP/1.1\r\n${head}${"x-a: 1\r\n".repeat(1000)}\r\n`, 431],
    ["a negative length", `POST /api/films HTTP/1.1\r\n${head}content-length: -1\r\n\r\n`, 400],
    ["a length that is none", `POST /api/films HTTP/1.1\r\n${head}content-length: many\r\n\r\n`, 400],
    ["two lengths", `POST /api/films HTTP/1.1\r\n${head}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`, 400],
    [
      "a length and chunks, which smuggles requests past proxies",
      `POST /api/films HTTP/1.1\r\n${head}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n`,
      400,
    ],
    [
      "chunks that are none",
      `POST /api/films HTTP/1.1\r\n${head}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
      400,
    ],
    ["an encoding that there isn't", `POST /api/films HTTP/1.1\r\n${head}transfer-encoding: gzip\r\n\r\n`, 400],
    [
      "packed inside of chunks",
      `POST /api/films HTTP/1.1\r\n${head}content-type: application/json\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      400,
    ],
    ["an expectation that there isn't", `POST /api/films HTTP/1.1\r\n${head}expect: a miracle\r\n\r\n`, 417],
    [
      "a length of more than there is",
      `POST /api/films HTTP/1.1\r\n${head}content-length: 99999999999999\r\n\r\n`,
      413,
    ],
  ] as const)("that are %s are refused", async ([what, bytes, status]) => {
    const reply = await raw(bytes);
    expectUnharmed(reply, what);
    expect(reply.status, reply.text).toBe(status);
    expect(reply.headers.get("connection")).toBe("close");
  });

  test.for([
    ["a head that never ends", "GET /healthz HTTP/1.1\r\nhost: a\r\n"],
    ["a body that never comes", "POST /api/auth/sign-in HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{"],
  ] as const)("that are %s are given up", { timeout: 20_000 }, async ([what, bytes]) => {
    const reply = await raw(bytes);
    expectUnharmed(reply, what);
    expect(reply.status).toBe(408);
  });

  test("that ask for a tunnel are closed or refused", async () => {
    const reply = await raw(`CONNECT evil.test:443 HTTP/1.1\r\nhost: evil.test:443\r\n\r\n`);
    expect(reply.status === 0 || reply.status >= 400).toBe(true);
  });

  test("that ask for another protocol are answered in HTTP", async () => {
    const upgrade =
      "upgrade: websocket\r\nconnection: close, upgrade\r\nsec-websocket-key: x\r\nsec-websocket-version: 13\r\n";
    const reply = await raw(`GET /api/films?limit=1 HTTP/1.1\r\nhost: a\r\n${upgrade}\r\n`);
    expect(reply.status).toBe(200);
  });

  test("that name another host change nothing but that", async () => {
    for (const host of ["evil.test", "evil.test:99999", "localhost\\@evil.test", "a".repeat(5000), "[::1]", ""]) {
      const headers = [["host", host], json, ["authorization", `Bearer ${shop.tokens.admin}`]] as const;
      const body = JSON.stringify({ title: "M", price: 900, stock: 3, weight: 120 });
      const reply = await shop.ways.socket({ method: "POST", target: "/api/films", headers, body });
      expectUnharmed(reply, host);
      expect(reply.headers.get("location") ?? "/api/films/").toMatch(/^\/api\/films\//);
      expect(reply.text).not.toContain("evil.test");
    }
    const absolute = await raw(`GET http://evil.test/api/films?limit=1 HTTP/1.1\r\n${head}\r\n`);
    expect([absolute.status, absolute.text.includes("evil")]).toEqual([200, false]);
  });

  test("that follow each other are answered in their order, and each for itself", async () => {
    const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;
    const received = await talk(
      shop.port,
      get("/api/films/none") + get("/healthz") + get("/api/users") + get("/api/films?limit=1", "connection: close\r\n"),
    );
    const statuses = [...received.toString("latin1").matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => match[1]);
    expect(statuses).toEqual(["404", "200", "401", "200"]);
  });

  test("of forged origins are not believed", async () => {
    const headers = [
      ["x-forwarded-for", "127.0.0.1, 10.0.0.1"],
      ["x-forwarded-proto", "https"],
      ["x-forwarded-host", "evil.test"],
      ["forwarded", "for=1.1.1.1;proto=https;host=evil.test"],
      ["x-real-ip", "127.0.0.1"],
    ] as const;
    const attack: Attack = { method: "GET", target: "/api/films?limit=1", headers };
    const reply = await shop.ways.socket(attack);
    expect(reply.headers.has("strict-transport-security")).toBe(false);
    const { email, password } = shop.customer;
    const body = JSON.stringify({ email, password });
    const signIn = await shop.ways.socket({
      method: "POST",
      target: "/api/auth/sign-in",
      headers: [json, ...headers],
      body,
    });
    expect(signIn.headers.get("set-cookie")).toMatch(/^session=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
  });

  test("of a request id that isn't sane are given another", async () => {
    for (const id of ["a b", "<script>", "x".repeat(129), "..;/", "é", '"', ""]) {
      const reply = await shop.ways.socket({ method: "GET", target: "/nowhere", headers: [["request-id", id]] });
      expectUnharmed(reply, id);
      expect(JSON.parse(reply.text).requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
