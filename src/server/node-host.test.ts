import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Answer, Exchange } from "../kit/exchange.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { isUuid } from "../kit/uuid.ts";
import { createNodeHost, type NodeHost } from "./node-host.ts";

type Options = Parameters<typeof createNodeHost>[0];

const hosts: NodeHost[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close(0)));
});

const ok = (body: Answer["body"], headers: Answer["headers"] = {}): Answer => ({ status: 200, headers, body });

async function start(handle: Options["handle"], options: Omit<Options, "handle"> = {}): Promise<number> {
  const host = createNodeHost({ handle, ...options });
  hosts.push(host);
  return host.listen({ port: 0, host: "127.0.0.1" });
}

/** Sends bytes as they are and gives back all that comes until the other side closes. */
async function talk(port: number, text: string, then?: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let received = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => (received += String(chunk)));
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(received));
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" ? undefined : reject(error)));
    socket.write(text, "latin1", () => then?.(socket));
  });
}

const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;
const last = "connection: close\r\n";

/** The one problem in what was received, which must hold nothing else. */
function problemIn(received: string): { status: number; code: string } {
  const [head = "", body = ""] = received.split("\r\n\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  expect(head.toLowerCase()).toContain("content-type: application/problem+json");
  expect(head.toLowerCase()).toContain("connection: close");
  const problem: { status: number; code: string; requestId: string } = JSON.parse(body);
  expect(problem.status).toBe(status);
  expect(head.toLowerCase()).toContain(`request-id: ${problem.requestId}`);
  return problem;
}

it("refuses long answers while too many wait for clients that don't read them, and answers again when these have gone", async () => {
  const megabytes = 20;
  const port = await start(async () => ok("x".repeat(megabytes * 2 ** 20)), { limits: { unsent: 30 * 2 ** 20 } });
  const silent = connect({ port, host: "127.0.0.1" });
  silent.write(get("/"));
  await once(silent, "readable");
  expect(problemIn(await talk(port, get("/", last)))).toMatchObject({ status: 503, code: "overloaded" });
  silent.destroy();
  const length = async (): Promise<number> => (await talk(port, get("/", last))).length;
  await expect.poll(length).toBeGreaterThan(megabytes * 2 ** 20);
});

describe("a request", () => {
  it("arrives as an exchange", async () => {
    const port = await start(async (exchange) => {
      const { method, path, query, address, secure } = exchange;
      const body = Buffer.from(await exchange.body(100)).toString();
      return ok(JSON.stringify({ method, path, query, address, secure, x: exchange.header("x-a"), body }));
    });
    const response = await fetch(`http://127.0.0.1:${port}/a%2Fb/c?d=e?f`, {
      method: "POST",
      headers: [
        ["x-a", "1"],
        ["x-a", "2"],
      ],
      body: "häh",
    });
    expect(await response.json()).toEqual({
      method: "POST",
      path: "/a%2Fb/c",
      query: "d=e?f",
      address: "127.0.0.1",
      secure: false,
      x: "1, 2",
      body: "häh",
    });
    expect(await talk(port, get("http://elsewhere/x?y", last))).toContain('"path":"/x","query":"y"');
    expect(await talk(port, get("http://elsewhere", last))).toContain('"path":"/",');
    expect(await talk(port, `OPTIONS * HTTP/1.1\r\nhost: a\r\n${last}\r\n`)).toContain('"path":"*"');
  });

  it("keeps the client's id when it is sane, and gets one when not", async () => {
    const port = await start(async (exchange) => ok(exchange.requestId));
    const idOf = async (id: string): Promise<string> => {
      const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { "request-id": id } });
      const text = await response.text();
      expect(response.headers.get("request-id")).toBe(text);
      return text;
    };
    expect(await idOf("abc-1.2_3")).toBe("abc-1.2_3");
    expect(isUuid(await idOf("a b"))).toBe(true);
    expect(isUuid(await idOf("x".repeat(129)))).toBe(true);
  });

  it("believes forwarded addresses and protocols of trusted proxies only", async () => {
    const handle = async (exchange: Exchange): Promise<Answer> => ok(`${exchange.address} ${exchange.secure}`);
    const headers = { "x-forwarded-for": "6.6.6.6, 203.0.113.9", "x-forwarded-proto": "https" };
    const trusting = await start(handle, { trustedProxies: ["loopback"] });
    const wary = await start(handle);
    const ask = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}`, { headers })).text();
    expect(await ask(trusting)).toBe("203.0.113.9 true");
    expect(await ask(wary)).toBe("127.0.0.1 false");
  });

  it("is handled in order with others on one connection", async () => {
    const port = await start(async (exchange) => {
      await new Promise((resolve) => setTimeout(resolve, exchange.path === "/slow" ? 50 : 0));
      return ok(exchange.path);
    });
    const received = await talk(port, get("/slow") + get("/fast") + get("/last", last));
    expect([...received.matchAll(/\r\n\r\n(\/[a-z]+)/g)].map((match) => match[1])).toEqual(["/slow", "/fast", "/last"]);
  });
});

describe("an answer", () => {
  it.each(["ascii", "déjà vu", "日本", "\u{1f600}", ""])("arrives in UTF-8: %j", async (text) => {
    const port = await start(() => ok(text));
    const received = await talk(port, get("/", last));
    expect(received).toContain(`content-length: ${Buffer.byteLength(text)}\r\n`);
    expect(received.split("\r\n\r\n")[1]).toBe(Buffer.from(text).toString("latin1"));
  });

  it("carries its length, and no more fields than it needs", async () => {
    const port = await start(async () => ok("häh", { "content-type": "text/plain", "set-cookie": ["a=1", "b=2"] }));
    const received = await talk(port, get("/") + get("/", last));
    const [first = ""] = received.split("\r\n\r\n");
    expect(first.split("\r\n").map((line) => line.split(":")[0]?.toLowerCase())).toEqual([
      "http/1.1 200 ok",
      "request-id",
      "content-type",
      "set-cookie",
      "set-cookie",
      "content-length",
      "date",
    ]);
    expect(first).toContain("content-length: 4");
  });

  it("has no body for HEAD, 204 and 304", async () => {
    const port = await start(async (exchange) => ({
      status: Number(exchange.path.slice(1)),
      headers: exchange.path === "/304" ? { etag: '"1"' } : {},
      body: "body",
    }));
    const head = await talk(port, `HEAD /200 HTTP/1.1\r\nhost: a\r\n${last}\r\n`);
    expect(head).toContain("content-length: 4");
    expect(head).toMatch(/\r\n\r\n$/);
    for (const status of [204, 304]) {
      const received = await talk(port, get(`/${status}`, last));
      expect(received).not.toContain("content-length");
      expect(received).toMatch(/\r\n\r\n$/);
    }
  });

  it("may be long, as a text or as pieces, and comes whole", async () => {
    const text = "Ä long answer. ".repeat(50_000);
    const pieces = [Buffer.from(text), Buffer.from("!"), Buffer.alloc(0), Buffer.from(text)];
    const bodies: Record<string, Answer["body"]> = { "/text": text, "/pieces": pieces, "/none": [] };
    const port = await start(async ({ path }) => ok(bodies[path] ?? null));
    expect(await (await fetch(`http://127.0.0.1:${port}/none`)).text()).toBe("");
    expect(await (await fetch(`http://127.0.0.1:${port}/text`)).text()).toBe(text);
    const response = await fetch(`http://127.0.0.1:${port}/pieces`);
    expect(response.headers.get("content-length")).toBe(String(Buffer.concat(pieces).length));
    expect(await response.text()).toBe(`${text}!${text}`);
    const head = await fetch(`http://127.0.0.1:${port}/pieces`, { method: "HEAD" });
    expect([head.headers.get("content-length"), await head.text()]).toEqual([String(Buffer.concat(pieces).length), ""]);
  });

  it("is sent in one when its pieces are short, however many they are", async () => {
    const pieces = Array.from({ length: 400 }, (_, index) => Buffer.from(`${index},`));
    const port = await start(async () => ok(pieces));
    const chunks: number[] = [];
    const received = await talk(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", (socket) =>
      socket.on("data", (chunk) => void chunks.push(chunk.length)),
    );
    expect(received.endsWith(`\r\n\r\n${Buffer.concat(pieces).toString()}`)).toBe(true);
    expect(chunks.length).toBeLessThan(5);
  });

  it("waits for a client that takes none of it, while others are answered", async () => {
    const long = Array.from({ length: 100 }, () => Buffer.alloc(262_144, 65));
    const port = await start(async (exchange) => ok(exchange.path === "/long" ? long : "short"));
    const slow = connect(port, "127.0.0.1");
    slow.pause();
    slow.write("GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    for (let turn = 0; turn < 5; turn++) expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("short");
    let length = 0;
    slow.on("data", (chunk: Buffer) => (length += chunk.length));
    slow.resume();
    await once(slow, "close");
    expect(length).toBeGreaterThan(100 * 262_144);
  });

  it("may be bytes or empty", async () => {
    const port = await start(async (exchange) => ok(exchange.path === "/none" ? null : [Uint8Array.of(0, 255)]));
    const bytes = await fetch(`http://127.0.0.1:${port}/`);
    expect(new Uint8Array(await bytes.arrayBuffer())).toEqual(Uint8Array.of(0, 255));
    expect(await talk(port, get("/none", last))).toContain("content-length: 0");
  });

  it("keeps an HTTP/1.0 connection when it was asked to", async () => {
    const port = await start(async () => ok("x"));
    const request = "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n";
    const received = await talk(port, `${request}GET / HTTP/1.0\r\n\r\n`);
    expect(received.match(/200 OK/g)).toHaveLength(2);
    expect(received.toLowerCase()).toContain("connection: keep-alive");
  });

  it("is a problem when the handler throws, and says nothing of its own", async () => {
    const port = await start(async (exchange) => {
      if (exchange.path === "/known") throw new GalleyError("not_found", "Nothing.");
      throw new Error("secret");
    });
    const known = await fetch(`http://127.0.0.1:${port}/known`);
    expect(await known.json()).toMatchObject({ code: "not_found", status: 404 });
    const unknown = await fetch(`http://127.0.0.1:${port}/`);
    expect(unknown.status).toBe(500);
    expect(await unknown.text()).not.toContain("secret");
  });

  it("is a problem when its own header fields can't be sent", async () => {
    const port = await start(async () => ok("x", { location: "/a\r\nset-cookie: b" }));
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(response.status).toBe(500);
    expect(response.headers.get("set-cookie")).toBeNull();
  });
});

describe("a body", () => {
  const limited = async (): Promise<number> => start(async (exchange) => ok(String((await exchange.body(10)).length)));

  it("is read whole, in pieces and chunks", async () => {
    const port = await limited();
    const head = `POST / HTTP/1.1\r\nhost: a\r\n${last}`;
    expect(await talk(port, `${head}\r\n`)).toMatch(/\r\n\r\n0$/);
    expect(await talk(port, `${head}content-length: 10\r\n\r\n0123456789`)).toMatch(/\r\n\r\n10$/);
    const chunked = `${head}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`;
    expect(await talk(port, chunked, (socket) => socket.write("2\r\nde\r\n0\r\n\r\n"))).toMatch(/\r\n\r\n5$/);
  });

  it("is refused before it is read when it announces too much", async () => {
    const port = await limited();
    const received = await talk(port, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 999999999\r\n\r\n", (socket) =>
      setTimeout(() => socket.end(), 200),
    );
    expect(problemIn(received)).toMatchObject({ status: 413, code: "too_large" });
  });

  it("is refused as soon as it turns out too long", async () => {
    const port = await limited();
    const head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    const received = await talk(port, `${head}b\r\n01234567890\r\n`, (socket) => setTimeout(() => socket.end(), 200));
    expect(problemIn(received)).toMatchObject({ status: 413, code: "too_large" });
  });

  it("that is refused reaches a client that is still sending", async () => {
    const port = await limited();
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: Buffer.alloc(20_000_000) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: "too_large" });
  });

  it("that nobody reads doesn't harm the connection", async () => {
    const port = await start(async () => ok("unread"));
    const post = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n";
    const received = await talk(port, post, (socket) => setTimeout(() => socket.write(`hello${get("/", last)}`), 50));
    expect(received.match(/200 OK/g)).toHaveLength(2);
  });

  it("is asked for with 100 Continue only when it will be read", async () => {
    const port = await limited();
    const head = `POST / HTTP/1.1\r\nhost: a\r\n${last}expect: 100-continue\r\n`;
    const taken = await talk(port, `${head}content-length: 3\r\n\r\n`, (socket) =>
      socket.once("data", () => socket.write("abc")),
    );
    expect(taken).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK[^]*\r\n\r\n3$/);
    const refused = await talk(port, `${head}content-length: 11\r\n\r\n`, (socket) =>
      setTimeout(() => socket.end(), 200),
    );
    expect(problemIn(refused)).toMatchObject({ code: "too_large" });
    expect(problemIn(await talk(port, `${head.replace("100-continue", "tea")}\r\n`)).status).toBe(417);
  });

  it("that breaks off is nobody's error", async () => {
    let seen: unknown;
    const logged: string[] = [];
    const log = (_: unknown, message: string): void => void logged.push(message);
    const port = await start(
      async (exchange) => {
        await exchange.body(100).catch((error: unknown) => {
          seen = error;
          throw error;
        });
        return ok("x");
      },
      { logger: { debug: log, info: log, warn: log, error: log } },
    );
    await talk(port, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 50\r\n\r\nabc", (socket) =>
      setTimeout(() => socket.resetAndDestroy(), 50),
    );
    await expect.poll(() => seen).toMatchObject({ code: "malformed" });
    expect(logged).toEqual([]);
  });
});

describe("what is not HTTP, or too much of it", () => {
  const port = async (): Promise<number> => start(async () => ok("fine"), { limits: { url: 100, headers: 5 } });

  it("is refused with a problem, and the connection ends", async () => {
    const where = await port();
    const hostile = [
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
      "GET / HTTP/9.9\r\n\r\n",
      "hello\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: a\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: a\r\nx: a\x00b\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: a\r\n x: folded\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET /caf\xe9 HTTP/1.1\r\nhost: a\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n0\r\n\r\n",
    ];
    for (const text of hostile) expect(problemIn(await talk(where, text))).toMatchObject({ code: "malformed" });
  });

  it("is too large", async () => {
    const where = await port();
    expect(problemIn(await talk(where, get(`/${"a".repeat(100)}`)))).toMatchObject({ status: 413, code: "too_large" });
    expect(problemIn(await talk(where, get(`/${"a".repeat(50_000)}`)))).toMatchObject({ status: 431 });
    expect(problemIn(await talk(where, get("/", `x: ${"a".repeat(50_000)}\r\n`)))).toMatchObject({ status: 431 });
    expect(problemIn(await talk(where, get("/", "x: 1\r\n".repeat(5))))).toMatchObject({ status: 431 });
    expect(await talk(where, get("/", `${"x: 1\r\n".repeat(3)}${last}`))).toContain("200 OK");
  });

  it("in the middle of a body is refused once", async () => {
    const where = await start(async (exchange) => ok([await exchange.body(100)]));
    const text = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n";
    expect(problemIn(await talk(where, text))).toMatchObject({ status: 400, code: "malformed" });
  });

  it("after a sound request is not taken for its answer", async () => {
    const where = await start(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return ok("late");
    });
    expect(await talk(where, `${get("/")}garbage\r\n\r\n`)).not.toContain("400");
  });

  it("comes too slowly", async () => {
    const where = await start(async () => ok("x"), { limits: { headersTimeout: 200, requestTimeout: 400 } });
    expect(problemIn(await talk(where, "GET / HTTP/1.1\r\nhost: a\r\n"))).toMatchObject({ status: 408 });
    const slowBody = await start(async (exchange) => ok([await exchange.body(100)]), {
      limits: { headersTimeout: 200, requestTimeout: 400 },
    });
    const text = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 50\r\n\r\nabc";
    expect(problemIn(await talk(slowBody, text))).toMatchObject({ status: 408 });
  });

  it("leaves the server in good health when clients vanish at any moment", async () => {
    const where = await start(async (exchange) => {
      await exchange.body(1_000_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return ok("x".repeat(500_000));
    });
    const text = `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello`;
    await Promise.all(
      Array.from({ length: 80 }, (_, index) =>
        talk(where, text.slice(0, index), (socket) => setTimeout(() => socket.resetAndDestroy(), index % 12)),
      ),
    );
    expect((await fetch(`http://127.0.0.1:${where}`)).status).toBe(200);
  });
});

describe("close", () => {
  it("answers what is under way, tells it to go, and accepts nothing new", async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const host = createNodeHost({
      handle: async () => {
        await gate;
        return ok("done");
      },
    });
    const port = await host.listen({ port: 0, host: "127.0.0.1" });
    const idle = talk(port, "");
    const busy = talk(port, get("/"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = host.close(5000);
    expect(await idle).toBe("");
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
    release();
    expect(await busy).toMatch(/connection: close[^]*done$/i);
    expect(await closed).toBe(0);
  });

  it("cuts off what isn't done in time", async () => {
    const host = createNodeHost({ handle: () => new Promise(() => {}) });
    const port = await host.listen({ port: 0, host: "127.0.0.1" });
    const busy = talk(port, get("/"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await host.close(50)).toBe(1);
    expect(await busy).toBe("");
  });

  it("lets several hosts listen on one port when they say so, and one only otherwise", async () => {
    const handle = async (): Promise<Answer> => ok("x");
    const port = await start(handle);
    const second = createNodeHost({ handle });
    await expect(second.listen({ port, host: "127.0.0.1" })).rejects.toMatchObject({ code: "EADDRINUSE" });
    const sharing = [createNodeHost({ handle }), createNodeHost({ handle })];
    hosts.push(...sharing);
    let shared = 0;
    for (const host of sharing) shared = await host.listen({ port: shared, host: "127.0.0.1", reusePort: true });
    expect((await fetch(`http://127.0.0.1:${shared}`)).status).toBe(200);
  });
});
